import { describe, expect, it } from "vitest";
import { type Filter, type Row, type Rows, reaches, withNews, withPage } from "../../src/dashboard/rows.ts";

const ANY: Filter = { status: "", model: "" };

function row(second: number, status = "generating"): Row {
  return { id: `gen_${second}`, status, model: "a", created_at: `2026-01-01T00:00:${second}.000Z` };
}

function list(next: string | null, ...rows: readonly Row[]): Rows<Row> {
  return { rows, next };
}

const idsOf = ({ rows }: Rows<Row>) => rows.map(({ id }) => id);

describe("news of a generation", () => {
  it("puts a new one first, and changes another where it stands", () => {
    const before = list(null, row(20), row(10));
    expect(idsOf(withNews(before, row(30), ANY))).toEqual(["gen_30", "gen_20", "gen_10"]);
    expect(withNews(before, row(10, "completed"), ANY).rows).toEqual([row(20), row(10, "completed")]);
  });

  it("leaves out what is older than all that is shown, until its page comes", () => {
    expect(idsOf(withNews(list("c", row(20)), row(10), ANY))).toEqual(["gen_20"]);
    expect(idsOf(withNews(list(null, row(20)), row(10), ANY))).toEqual(["gen_20", "gen_10"]);
  });

  it("takes away what fits the filter no more, or was deleted", () => {
    const before = list(null, row(20), row(10));
    expect(idsOf(withNews(before, row(10, "completed"), { ...ANY, status: "generating" }))).toEqual(["gen_20"]);
    expect(idsOf(withNews(before, row(20, "deleted"), ANY))).toEqual(["gen_10"]);
  });
});

describe("an older page", () => {
  it("goes to the end, as it has become while it was on its way", () => {
    const page = list(null, row(10), row(11));
    const news = [row(10, "completed"), row(11, "deleted")];
    expect(withPage(list("c", row(20)), { cursor: "c", page, news }, ANY)).toEqual(
      list(null, row(20), row(10, "completed")),
    );
  });

  it("is thrown away when the list has become another meanwhile: there would be a gap", () => {
    const now = list("d", row(50), row(40));
    expect(withPage(now, { cursor: "c", page: list(null, row(10)), news: [] }, ANY)).toBe(now);
  });

  it("repeats no row", () => {
    const page = list("d", row(20), row(10));
    expect(idsOf(withPage(list("c", row(20)), { cursor: "c", page, news: [] }, ANY))).toEqual(["gen_20", "gen_10"]);
  });
});

describe("a list that is read anew", () => {
  it("is read until it goes back as far as what was shown", () => {
    expect(reaches(list("c", row(30)), row(20))).toBe(false);
    expect(reaches(list("c", row(30), row(20)), row(20))).toBe(true);
    expect(reaches(list("c", row(30), row(10)), row(20))).toBe(true);
    expect(reaches(list("c"), row(20))).toBe(false);
    expect(reaches(list(null), row(20))).toBe(true);
    expect(reaches(list("c", row(30)), undefined)).toBe(true);
  });
});
