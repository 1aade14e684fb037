import { describe, expect, it } from "vitest";
import { upgraded, upgradedDelivery } from "../../src/generation/upgrade.ts";
import { delivery, inPhase } from "../support/lives.ts";

describe("a stored record", () => {
  it("of schema 1 is read as the present one", () => {
    const { unresolved: _, rotation: __, ...rest } = inPhase("completed");
    expect(upgraded({ ...rest, schema: 1 })).toEqual(inPhase("completed"));
  });

  it("of the present schema is left as it is", () => {
    const generation = inPhase("generating");
    expect(upgraded(generation)).toBe(generation);
  });

  it("of a schema to come is not guessed at", () => {
    expect(() => upgraded({ ...inPhase("completed"), schema: 3 as 2 })).toThrow("has schema 3");
  });

  it("of a delivery that is older than standing endpoints is one that the request named", () => {
    const { requested: _, endpointId: __, ...old } = delivery("a");
    expect(upgradedDelivery(old as ReturnType<typeof delivery>)).toEqual(delivery("a"));
  });
});
