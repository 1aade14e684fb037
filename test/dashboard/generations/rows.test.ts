import { describe, expect, it } from "vitest";
import type { GenerationSummary } from "../../../src/contract/generation.ts";
import { ANY, type Filter } from "../../../src/dashboard/generations/filter.ts";
import {
  type News,
  type Rows,
  reaches,
  withNews,
  withOlder,
  withPage,
  withRead,
} from "../../../src/dashboard/generations/rows.ts";
import { summary } from "./summaries.ts";

const NOW = Date.parse("2026-11-27T12:01:00Z");

function context(filter: Partial<Filter> = {}) {
  return { filter: { ...ANY, ...filter }, mode: "test", now: NOW } as const;
}

/** An event lacks what is computed when a list is read. */
function news(second: number, status: News["status"] = "generating"): News {
  const { mode: _, video: __, queue: ___, ...told } = summary(second);
  return { ...told, status };
}

function list(next: string | null, ...rows: readonly GenerationSummary[]): Rows {
  return { rows, next };
}

const idsOf = ({ rows }: Rows) => rows.map(({ id }) => id);

describe("an event of a generation", () => {
  it("adds a new row first and updates a known row in place", () => {
    const before = list(null, summary(20), summary(10));
    expect(withNews(before, news(30), context()).rows).toEqual([summary(30), summary(20), summary(10)]);
    expect(withNews(before, news(10, "storing"), context()).rows).toEqual([
      summary(20),
      summary(10, { status: "storing" }),
    ]);
  });

  it("keeps the link to the video, and ends the wait in line", () => {
    const video = { url: "https://example.com/v", duration_seconds: 5 };
    const known = summary(10, { video, queue: { position: 1, waiting: 1 } });
    expect(withNews(list(null, known), news(10), context()).rows).toEqual([summary(10, { video })]);
  });

  it("does not add a row older than all shown ones before its page is loaded", () => {
    expect(idsOf(withNews(list("c", summary(20)), news(10), context()))).toEqual(["gen_20"]);
    expect(idsOf(withNews(list(null, summary(20)), news(10), context()))).toEqual(["gen_20", "gen_10"]);
  });

  it("removes a row that no longer matches the filter or was deleted", () => {
    const before = list(null, summary(20), summary(10));
    expect(idsOf(withNews(before, news(10, "completed"), context({ status: "generating" })))).toEqual(["gen_20"]);
    expect(idsOf(withNews(before, news(20, "deleted"), context()))).toEqual(["gen_10"]);
  });

  it("only updates rows if the API alone can tell whether others match", () => {
    const filter = { metadata: [["order", "42"]] } as const;
    const before = list(null, summary(20));
    expect(withNews(before, news(20, "storing"), context(filter)).rows).toEqual([summary(20, { status: "storing" })]);
    expect(withNews(before, news(30), context(filter))).toEqual(before);
  });
});

describe("rows that were read again", () => {
  it("replace those that are shown, and are added where they belong", () => {
    const before = list("c", summary(30), summary(10));
    const read = [summary(30, { model: "b" }), summary(20)];
    expect(withRead(before, read)).toEqual(list("c", summary(30, { model: "b" }), summary(20), summary(10)));
  });

  it("are followed by the older ones that were shown, with their cursor", () => {
    const shown = list("shown", summary(30), summary(20), summary(10));
    expect(withOlder(list("read", summary(40), summary(20)), shown)).toEqual(
      list("shown", summary(40), summary(20), summary(10)),
    );
    expect(withOlder(list("read", summary(30), summary(10)), shown).next).toBe("read");
    expect(withOlder(list(null, summary(30)), shown)).toEqual(list(null, summary(30)));
  });
});

describe("an older page", () => {
  it("is appended with the changes that happened during its request", () => {
    const page = list(null, summary(10), summary(11));
    const all = [news(10, "storing"), news(11, "deleted")];
    expect(withPage(list("c", summary(20)), { cursor: "c", page, news: all }, context())).toEqual(
      list(null, summary(20), summary(10, { status: "storing" })),
    );
  });

  it("is dropped if the list has changed meanwhile, because it would leave a gap", () => {
    const now = list("d", summary(50), summary(40));
    expect(withPage(now, { cursor: "c", page: list(null, summary(10)), news: [] }, context())).toBe(now);
  });

  it("does not repeat rows", () => {
    const page = list("d", summary(20), summary(10));
    expect(idsOf(withPage(list("c", summary(20)), { cursor: "c", page, news: [] }, context()))).toEqual([
      "gen_20",
      "gen_10",
    ]);
  });
});

describe("a reloaded list", () => {
  it("is loaded until it reaches the oldest row that was shown, or has a thousand", () => {
    const oldest = [summary(20)];
    expect(reaches(list("c", summary(30)), oldest)).toBe(false);
    expect(reaches(list("c", summary(30), summary(20)), oldest)).toBe(true);
    expect(reaches(list("c", summary(30), summary(10)), oldest)).toBe(true);
    expect(reaches(list("c"), oldest)).toBe(false);
    expect(reaches(list(null), oldest)).toBe(true);
    expect(reaches(list("c", summary(30)), [])).toBe(true);
    expect(reaches(list("c", ...Array.from({ length: 1_000 }, () => summary(30))), oldest)).toBe(true);
  });
});
