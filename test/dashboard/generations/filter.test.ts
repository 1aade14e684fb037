import { describe, expect, it } from "vitest";
import {
  ANY,
  addressOf,
  apiQueryOf,
  type Filter,
  isAny,
  matches,
  pairOf,
  readFilter,
  withPair,
} from "../../../src/dashboard/generations/filter.ts";
import { summary } from "./summaries.ts";

const NOW = Date.parse("2026-11-27T12:34:56Z");

describe("a filter in an address", () => {
  it("survives, with the names that the API has", () => {
    const query =
      "status=failed&error=moderated&model=runway%2Fgen4_aleph&deliveries=failed&q=snow+%26+ice" +
      "&created_after=2026-11-01T00%3A00%3A00.000Z&created_before=2026-11-05T00%3A00%3A00.000Z" +
      "&metadata.order=42&metadata.team=a%3Db";
    const filter = readFilter(query);
    expect(filter).toEqual({
      ...ANY,
      status: "failed",
      error: "moderated",
      model: "runway/gen4_aleph",
      deliveries: "failed",
      q: "snow & ice",
      after: "2026-11-01T00:00:00.000Z",
      before: "2026-11-05T00:00:00.000Z",
      metadata: [
        ["order", "42"],
        ["team", "a=b"],
      ],
    });
    expect(addressOf(filter)).toBe(query);
    expect(apiQueryOf(filter, NOW)).toEqual(Object.fromEntries(new URLSearchParams(query)));
  });

  it("is ignored as far as it is invalid", () => {
    const long = "x".repeat(501);
    const query = `status=done&error=none&deliveries=all&period=1y&created_after=soon&created_before=1970-01-01&metadata.=1&metadata.${long}=1&metadata.a=${long}&page=2&model=&q=+`;
    expect(readFilter(query)).toEqual(ANY);
    expect(isAny(readFilter(query))).toBe(true);
    expect(readFilter(`q=${long}`).q).toHaveLength(200);
  });

  it("can have a period that ends now, which excludes times", () => {
    const filter = readFilter("period=24h&created_after=2026-11-01T00:00:00Z");
    expect(addressOf(filter)).toBe("period=24h");
    expect(apiQueryOf(filter, NOW)).toEqual({ created_after: "2026-11-26T12:34:56.000Z" });
    const today = apiQueryOf(readFilter("period=today"), NOW)["created_after"] ?? "";
    expect(new Date(today).getHours()).toBe(0);
    expect(NOW - Date.parse(today)).toBeLessThan(24 * 3_600_000);
  });
});

describe("metadata as somebody types it", () => {
  it("is a key, an equals sign, and a value", () => {
    expect(pairOf(" order = 42 ")).toEqual(["order", "42"]);
    expect(pairOf("a=b=c")).toEqual(["a", "b=c"]);
    expect(pairOf("empty=")).toEqual(["empty", ""]);
    expect([pairOf("order"), pairOf("=42"), pairOf("")]).toEqual([null, null, null]);
  });

  it("has each key once", () => {
    const filter = withPair(withPair({ ...ANY, metadata: [["order", "41"]] }, ["team", "a"]), ["order", "42"]);
    expect(filter.metadata).toEqual([
      ["order", "42"],
      ["team", "a"],
    ]);
  });
});

describe("a generation", () => {
  const verdict = (filter: Partial<Filter>, row: Parameters<typeof summary>[1] = {}) =>
    matches({ ...ANY, ...filter }, summary(30, row), Date.parse("2026-11-27T12:01:00Z"));
  const counts = { delivered: 1, pending: 0, failed: 1 };

  it("matches by what events tell", () => {
    expect(verdict({})).toBe(true);
    expect([verdict({ status: "generating" }), verdict({ status: "queued" })]).toEqual([true, false]);
    expect([verdict({ model: "a" }), verdict({ model: "b" })]).toEqual([true, false]);
    const failed = { status: "failed", error: { code: "moderated" } } as const;
    expect([verdict({ error: "moderated" }, failed), verdict({ error: "timed_out" }, failed)]).toEqual([true, false]);
    expect(verdict({ error: "moderated" })).toBe(false);
    expect(verdict({ deliveries: "failed" }, { deliveries: counts })).toBe(true);
    expect(verdict({ deliveries: "pending" }, { deliveries: counts })).toBe(false);
    expect(verdict({ q: "EN_3" })).toBe(true);
    expect(verdict({ q: "snow" }, { prompt: null })).toBe(false);
  });

  it("matches from the first time on, and before the second", () => {
    const at = "2026-11-27T12:00:30.000Z";
    expect([verdict({ after: at }), verdict({ before: at })]).toEqual([true, false]);
    expect([verdict({ after: "2026-11-27T12:00:30.001Z" }), verdict({ period: "24h" })]).toEqual([false, true]);
  });

  it("is left to the API where events tell too little", () => {
    expect(verdict({ metadata: [["order", "42"]] })).toBe(null);
    expect(verdict({ q: "lantern" })).toBe(null);
    expect(verdict({ deliveries: "failed" })).toBe(null);
    expect(verdict({ metadata: [["order", "42"]], status: "queued" })).toBe(false);
  });
});
