// Reading when models are retired. The provider's field names are unknown, so these are the likely ones.

import { describe, expect, it } from "vitest";
import { withRetirements } from "../../src/catalogue/retirements.ts";
import { readModels } from "../../src/providers/aimlapi-models.ts";
import { readRetirements } from "../../src/providers/aimlapi-retirements.ts";
import { listed } from "../support/catalogue.ts";

const END = Date.UTC(2027, 0, 31);
const ANNOUNCED = Date.UTC(2026, 9, 1);
const SOME = { model: "a/b", endsAt: END, announcedAt: null, replacement: null };

describe("readRetirements", () => {
  it.each([
    ["a list", [{ id: "a/b", sunset_date: "2027-01-31" }]],
    ["a list in data", { object: "list", data: [{ model: "a/b", shutdown_at: "2027-01-31T00:00:00Z" }] }],
    ["a list in deprecations", { deprecations: [{ modelId: "a/b", retirementDate: "2027-01-31T01:00:00+01:00" }] }],
    ["a map by id", { "a/b": { endOfLife: "2027-01-31" } }],
    ["a map of dates", { "a/b": "2027-01-31" }],
    ["a map in data", { data: { "a/b": { eol: "2027-01-31 00:00" } } }],
    ["seconds", [{ name: "a/b", removal_at: END / 1000 }]],
    ["milliseconds", [{ model_id: "a/b", expiresAt: END }]],
    ["only the deprecation's date", [{ model: "a/b", deprecation_date: "2027-01-31" }]],
    ["other dates too", [{ model: "a/b", released: "2020-01-01", endpoint: "2026-01-01", ends_on: "2027-01-31" }]],
  ])("reads %s", (_, answer) => {
    expect(readRetirements(answer)).toEqual([SOME]);
  });

  it("distinguishes the end date from the announcement", () => {
    const both = { deprecatedAt: "2026-10-01", shutdownDate: "2027-01-31" };
    expect(readRetirements([{ id: "a/b", ...both }])).toEqual([{ ...SOME, announcedAt: ANNOUNCED }]);
    expect(readRetirements([{ id: "a/b", announced_on: "2026-10-01", deprecated_on: "2027-01-31" }])).toEqual([
      { ...SOME, announcedAt: ANNOUNCED },
    ]);
    // The date of the announcement is after the end.
    expect(readRetirements([{ id: "a/b", announced_on: "2028-10-01", end: "2027-01-31" }])).toEqual([SOME]);
  });

  it.each([
    ["a text", "c/d"],
    ["a list", ["c/d", "e/f"]],
    ["an object", { id: "c/d", name: "New" }],
    ["a list of objects", [{ model: "c/d" }]],
    ["not an id", ["use another", "c/d"]],
  ])("reads the replacement as %s", (_, replacement) => {
    expect(readRetirements([{ id: "a/b", sunset: "2027-01-31", replacement }])).toEqual([
      { ...SOME, replacement: "c/d" },
    ]);
    for (const name of ["replaced_by", "replacementModelId", "replacement_id"]) {
      const [read] = readRetirements([{ id: "a/b", sunset: "2027-01-31", [name]: replacement }]) ?? [];
      expect(read?.replacement, name).toBe("c/d");
    }
  });

  it("distinguishes an empty list from an answer of another shape", () => {
    expect(readRetirements([])).toEqual([]);
    expect(readRetirements({ data: [] })).toEqual([]);
    for (const other of [null, "x", 5, { message: "Not found", statusCode: 404 }, [{ id: "a/b" }], ["a/b"], [5]]) {
      expect(readRetirements(other), JSON.stringify(other)).toBeNull();
    }
  });

  it("ignores entries without a date, and keeps at most 1,000", () => {
    const odd = ["soon", "2027-13-45", "40.5", true, {}, [], -1, 1e300, "0001-01-01", null];
    const entries = odd.map((sunset, at) => ({ id: `odd/${at}`, sunset }));
    expect(
      readRetirements([{ id: "a/b", sunset: "2027-01-31" }, ...entries, { id: "bad id", sunset: "2027-01-31" }]),
    ).toEqual([SOME]);
    const many = Array.from({ length: 5_000 }, (_, at) => ({ id: `m${at}`, sunset: "2027-01-31" }));
    expect(readRetirements(many)).toHaveLength(1_000);
  });
});

describe("withRetirements", () => {
  const models = readModels([listed("a/b", { aliases: ["ab"] }), listed("c/d")]) ?? [];
  const known = (retirement: object | null) => models.map((model) => ({ ...model, retirement })) as never;

  it("matches ids and aliases, and uses the current time if no announcement is dated", () => {
    for (const model of ["a/b", "ab"]) {
      const [one, two] = withRetirements(models, [{ ...SOME, model }], { known: [], now: 5 });
      expect(one?.retirement).toEqual({ endsAt: END, announcedAt: 5, replacement: null });
      expect(two?.retirement).toBeNull();
    }
  });

  it("keeps the time when a retirement was first seen", () => {
    const before = { endsAt: 1, announcedAt: 2, replacement: null };
    const [one] = withRetirements(models, [SOME], { known: known(before), now: 5 });
    expect(one?.retirement).toEqual({ endsAt: END, announcedAt: 2, replacement: null });
    const [told] = withRetirements(models, [{ ...SOME, announcedAt: 3 }], { known: known(before), now: 5 });
    expect(told?.retirement?.announcedAt).toBe(3);
  });

  it("keeps known retirements only if the announcements could not be read", () => {
    const before = { endsAt: END, announcedAt: 2, replacement: null };
    expect(withRetirements(models, null, { known: known(before), now: 5 })[0]?.retirement).toEqual(before);
    expect(withRetirements(models, [], { known: known(before), now: 5 })[0]?.retirement).toBeNull();
  });
});
