import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Order } from "../../../src/core/queue/order.ts";

const position = (createdAt: number, id = `g${createdAt}`) => ({ createdAt, id });

describe("the order of a line", () => {
  it.each([
    ["by time of acceptance", [3, 1, 2], ["g1", "g2", "g3"]],
    ["without repeats", [1, 2, 1], ["g1", "g2"]],
  ])("is kept %s", (_, times, ids) => {
    const order = new Order();
    for (const at of times) order.add("acme", position(at));
    expect(order.of("acme").map(({ id }) => id)).toEqual(ids);
    expect(order.size).toBe(ids.length);
  });

  it("is by id for generations that were accepted at once", () => {
    const order = new Order();
    for (const id of ["b", "c", "a"]) order.add("acme", position(1, id));
    expect(order.of("acme").map(({ id }) => id)).toEqual(["a", "b", "c"]);
  });

  it("is kept for each account, and an account without anyone in line is forgotten", () => {
    const order = new Order();
    order.add("acme", position(2));
    order.add("other", position(1));
    expect(order.positionOf("acme", position(2))).toBe(1);
    expect(order.positionOf("other", position(2))).toBeNull();
    order.remove("other", position(2));
    expect(order.size).toBe(2);
    order.remove("other", position(1));
    expect([...order.accounts]).toEqual(["acme"]);
    expect(order.size).toBe(1);
  });

  it("is the same as sorting, after any additions and removals", () => {
    const changes = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 9 }), fc.constantFrom("a", "b", "c")));
    fc.assert(
      fc.property(changes, (all) => {
        const order = new Order();
        const expected = new Map<string, ReturnType<typeof position>>();
        for (const [isAdded, createdAt, id] of all) {
          const each = position(createdAt, `${createdAt}${id}`);
          if (isAdded) order.add("acme", each);
          else order.remove("acme", each);
          if (isAdded) expected.set(each.id, each);
          else expected.delete(each.id);
        }
        const sorted = [...expected].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
        expect(order.of("acme")).toEqual(sorted);
        expect(sorted.map((each) => order.positionOf("acme", each))).toEqual(sorted.map((_, at) => at + 1));
      }),
      { numRuns: 300, seed: 19 },
    );
  });
});
