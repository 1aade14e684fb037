import { describe, expect, it } from "vitest";
import {
  type Filter,
  type Row,
  type Rows,
  reaches,
  withNews,
  withPage,
} from "../../../src/dashboard/generations/rows.ts";

const ANY: Filter = { status: "", model: "" };

function row(second: number, status = "generating"): Row {
  return { id: `gen_${second}`, status, model: "a", created_at: `2026-01-01T00:00:${second}.000Z` };
}

function list(next: string | null, ...rows: readonly Row[]): Rows<Row> {
  return { rows, next };
}

const idsOf = ({ rows }: Rows<Row>) => rows.map(({ id }) => id);

describe("an event of a generation", () => {
  it("adds a new row first and updates a known row in place", () => {
    const before = list(null, row(20), row(10));
    expect(idsOf(withNews(before, row(30), ANY))).toEqual(["gen_30", "gen_20", "gen_10"]);
    expect(withNews(before, row(10, "completed"), ANY).rows).toEqual([row(20), row(10, "completed")]);
  });

  it("does not add a row older than all shown ones before its page is loaded", () => {
    expect(idsOf(withNews(list("c", row(20)), row(10), ANY))).toEqual(["gen_20"]);
    expect(idsOf(withNews(list(null, row(20)), row(10), ANY))).toEqual(["gen_20", "gen_10"]);
  });

  it("removes a row that no longer matches the filter or was deleted", () => {
    const before = list(null, row(20), row(10));
    expect(idsOf(withNews(before, row(10, "completed"), { ...ANY, status: "generating" }))).toEqual(["gen_20"]);
    expect(idsOf(withNews(before, row(20, "deleted"), ANY))).toEqual(["gen_10"]);
  });
});

describe("an older page", () => {
  it("is appended with the changes that happened during its request", () => {
    const page = list(null, row(10), row(11));
    const news = [row(10, "completed"), row(11, "deleted")];
    expect(withPage(list("c", row(20)), { cursor: "c", page, news }, ANY)).toEqual(
      list(null, row(20), row(10, "completed")),
    );
  });

  it("is dropped if the list has changed meanwhile, because it would leave a gap", () => {
    const now = list("d", row(50), row(40));
    expect(withPage(now, { cursor: "c", page: list(null, row(10)), news: [] }, ANY)).toBe(now);
  });

  it("does not repeat rows", () => {
    const page = list("d", row(20), row(10));
    expect(idsOf(withPage(list("c", row(20)), { cursor: "c", page, news: [] }, ANY))).toEqual(["gen_20", "gen_10"]);
  });
});

describe("a reloaded list", () => {
  it("is loaded until it reaches the oldest row that was shown", () => {
    expect(reaches(list("c", row(30)), row(20))).toBe(false);
    expect(reaches(list("c", row(30), row(20)), row(20))).toBe(true);
    expect(reaches(list("c", row(30), row(10)), row(20))).toBe(true);
    expect(reaches(list("c"), row(20))).toBe(false);
    expect(reaches(list(null), row(20))).toBe(true);
    expect(reaches(list("c", row(30)), undefined)).toBe(true);
  });
});
