import { describe, expect, it } from "vitest";
import { type Filtered, type ListFilters, passing } from "../../src/account/listing.ts";

const FAIRY: Filtered = {
  id: "gen_0a1b2c",
  status: "completed",
  model: "runway/gen4_aleph",
  error: null,
  deliveries: { delivered: 1, pending: 0, failed: 0 },
  prompt: "A fairy flies around a raccoon in Köln",
  metadata: { order: "42", "customer.id": "7" },
};

const passes = (filters: ListFilters, change: Partial<Filtered> = {}) => passing(filters)({ ...FAIRY, ...change });

describe("the filters of a list", () => {
  it("let everything pass if there are none", () => {
    expect(passes({})).toBe(true);
    expect(passes({ status: undefined, metadata: undefined, q: undefined })).toBe(true);
  });

  it.each<[filters: ListFilters, change: Partial<Filtered>, isListed: boolean]>([
    [{ status: "completed" }, {}, true],
    [{ status: "failed" }, {}, false],
    [{ model: "runway/gen4_aleph" }, {}, true],
    [{ model: "runway/gen4" }, {}, false],
    [{ error: "timed_out" }, { error: "timed_out" }, true],
    [{ error: "timed_out" }, { error: "moderated" }, false],
    [{ error: "timed_out" }, {}, false],
    [{ deliveries: "failed" }, { deliveries: { delivered: 3, pending: 0, failed: 1 } }, true],
    [{ deliveries: "failed" }, { deliveries: { delivered: 3, pending: 1, failed: 0 } }, false],
    [{ deliveries: "pending" }, { deliveries: { delivered: 3, pending: 1, failed: 0 } }, true],
    [{ deliveries: "pending" }, {}, false],
    [{ deliveries: "failed" }, { deliveries: null }, false],
  ])("%j with %j: %s", (filters, change, isListed) => {
    expect(passes(filters, change)).toBe(isListed);
  });

  it.each<[pairs: Record<string, string>, isListed: boolean]>([
    [{ order: "42" }, true],
    [{ order: "4" }, false],
    [{ order: "42", "customer.id": "7" }, true],
    [{ order: "42", "customer.id": "8" }, false],
    [{ customer: "7" }, false],
    [{ toString: "x" }, false],
  ])("require each pair of metadata: %j %s", (metadata, isListed) => {
    expect(passes({ metadata })).toBe(isListed);
  });

  it.each<[q: string, isListed: boolean]>([
    ["fairy", true],
    ["FAIRY", true],
    [" raccoon  fairy ", true],
    ["fair rac", true],
    ["fairy dragon", false],
    ["KÖLN", true],
    ["ko\u0308ln", true],
    ["gen_0a1b2c", true],
    ["A1B2", true],
    ["0a1b2c fairy", false],
  ])("search a part of the id, or all words in the prompt: %j %s", (q, isListed) => {
    expect(passes({ q })).toBe(isListed);
  });

  it("find nothing in the prompt if there is none, and combine", () => {
    expect(passes({ q: "fairy" }, { prompt: null })).toBe(false);
    expect(passes({ q: "gen_" }, { prompt: null })).toBe(true);
    const all = { status: "completed", model: FAIRY.model, metadata: { order: "42" }, q: "fairy" } as const;
    expect(passes(all)).toBe(true);
    for (const other of [
      { status: "failed" },
      { model: "m" },
      { metadata: { order: "1" } },
      { q: "dragon" },
    ] as const) {
      expect(passes({ ...all, ...other })).toBe(false);
    }
  });
});
