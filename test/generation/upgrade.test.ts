import { describe, expect, it } from "vitest";
import type { Generation } from "../../src/core/generation/record.ts";
import { eventData } from "../../src/core/generation/view.ts";
import { upgraded, upgradedDelivery } from "../../src/generation/upgrade.ts";
import { delivery, inPhase, stateOf, T0 } from "../support/lives.ts";

describe("a stored record", () => {
  it("of schema 1 is upgraded to the current schema", () => {
    const { unresolved: _, rotation: __, ...rest } = inPhase("completed");
    expect(upgraded({ ...rest, schema: 1 })).toEqual(inPhase("completed"));
  });

  it("of the current schema is returned unchanged", () => {
    const generation = inPhase("generating");
    expect(upgraded(generation)).toBe(generation);
  });

  it.each([
    ["runway/gen4_aleph", "/v2/generate/video/runway/generation"],
    ["runway/gen4_turbo", "/v2/video/generations"],
    ["vendor/new", "/v2/video/generations"],
  ])("from before paths were stored gets the path that its release used for %s", (model, path) => {
    const { path: _, ...earlier } = inPhase("generating", {}, { model, path });
    expect(upgraded(earlier)).toEqual({ ...earlier, path });
  });

  it("from before costs were stored is returned unchanged, without an estimate or a cost", () => {
    const generating = inPhase("generating");
    const { usd: _, ...job } = stateOf(generating, "generating").job;
    const earlier: Generation = { ...generating, state: { ...stateOf(generating, "generating"), job } };
    expect(upgraded(earlier)).toBe(earlier);
    const data = eventData(upgraded(earlier), { now: T0, link: null });
    expect([data.estimate, data.usage]).toEqual([{ usd: null }, null]);
  });

  it("of a newer schema is rejected", () => {
    expect(() => upgraded({ ...inPhase("completed"), schema: 3 as 2 })).toThrow("has schema 3");
  });

  it("of a delivery from schema 1 counts as requested", () => {
    const { requested: _, endpointId: __, ...old } = delivery("a");
    expect(upgradedDelivery(old as ReturnType<typeof delivery>)).toEqual(delivery("a"));
  });

  it("audit 18: of a delivery with a hundred answers is cut to the current limits when it is read", () => {
    const attempt = { at: T0, durationMs: 1, status: 500, error: null, response: "x".repeat(1024) };
    const { attempts } = upgradedDelivery(delivery("a", { attempts: Array(100).fill(attempt) }));
    expect(attempts).toHaveLength(50);
    expect(attempts.filter(({ response }) => response !== null)).toHaveLength(12);
  });
});
