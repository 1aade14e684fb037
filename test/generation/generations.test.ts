import { describe, expect, it } from "vitest";
import { generationsIn } from "../../src/generation/generations.ts";
import { FACTS } from "../support/lives.ts";

/** A namespace whose objects throw these, one a call, and answer after that. */
function namespace(...failures: object[]) {
  const stubs: object[] = [];
  const found = {
    getByName: () => {
      const stub = {
        create: async () => {
          const failure = failures.shift();
          if (failure !== undefined) throw Object.assign(new Error("broken"), failure);
          return { kind: "created", view: "{}" };
        },
      };
      stubs.push(stub);
      return stub;
    },
  };
  return { stubs, generations: generationsIn(found as unknown as Parameters<typeof generationsIn>[0]) };
}

describe("a call to a generation's object", () => {
  it("that broke is repeated with a new stub, which is safe, since the id was chosen before", async () => {
    const { stubs, generations } = namespace({ retryable: true }, { retryable: true });
    expect(await generations.create(FACTS, null)).toEqual({ kind: "created", view: "{}" });
    expect(new Set(stubs).size).toBe(3);
  });

  it.each([
    ["three times at most", 3, [{ retryable: true }, { retryable: true }, { retryable: true }]],
    ["not when the object is overloaded", 1, [{ retryable: true, overloaded: true }]],
    ["not when it is a bug", 1, [{}]],
  ])("is tried %s", async (_, times, failures) => {
    const { stubs, generations } = namespace(...failures);
    await expect(generations.create(FACTS, null)).rejects.toThrow("broken");
    expect(stubs).toHaveLength(times);
  });
});
