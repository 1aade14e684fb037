import { describe, expect, it } from "vitest";
import { generationsIn } from "../../src/generation/generations.ts";
import { FACTS } from "../support/lives.ts";

/** A namespace whose objects throw these failures, one per call, and then answer. */
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
  it("is retried with a new stub after a failure, which is safe because the id is already chosen", async () => {
    const { stubs, generations } = namespace({ retryable: true }, { retryable: true });
    expect(await generations.create(FACTS, null)).toEqual({ kind: "created", view: "{}" });
    expect(new Set(stubs).size).toBe(3);
  });

  it.each([
    ["at most three times", 3, [{ retryable: true }, { retryable: true }, { retryable: true }]],
    ["only once when the object is overloaded", 1, [{ retryable: true, overloaded: true }]],
    ["only once when the error is not retryable", 1, [{}]],
  ])("is tried %s", async (_, times, failures) => {
    const { stubs, generations } = namespace(...failures);
    await expect(generations.create(FACTS, null)).rejects.toThrow("broken");
    expect(stubs).toHaveLength(times);
  });
});
