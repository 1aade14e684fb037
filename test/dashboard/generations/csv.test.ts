import { describe, expect, it } from "vitest";
import { csvOf } from "../../../src/dashboard/generations/csv.ts";
import { summary } from "./summaries.ts";

const HEADER =
  "id,status,error,model,prompt,created_at,duration_seconds,deliveries_delivered,deliveries_pending,deliveries_failed,estimate_usd,usage_usd";

describe("a CSV file", () => {
  it("has a header, and a line for each generation", () => {
    const done = summary(10, {
      status: "completed",
      video: { url: "https://example.com/v", duration_seconds: 5.04 },
      deliveries: { delivered: 2, pending: 1, failed: 0 },
      estimate: { usd: 0.75 },
      usage: { credits: null, usd: 0.7 },
    });
    const failed = summary(20, { status: "failed", error: { code: "moderated" }, prompt: null });
    expect(csvOf([failed, done]).split("\r\n")).toEqual([
      `\uFEFF${HEADER}`,
      "gen_20,failed,moderated,a,,2026-11-27T12:00:20.000Z,,,,,,",
      "gen_10,completed,,a,A lantern,2026-11-27T12:00:10.000Z,5.04,2,1,0,0.75,0.7",
      "",
    ]);
  });

  it.each([
    ['a "quoted" word', '"a ""quoted"" word"'],
    ["one, two", '"one, two"'],
    ["two\nlines", '"two\nlines"'],
    ["=HYPERLINK(1)", "'=HYPERLINK(1)"],
    ["+1", "'+1"],
    ["-1", "'-1"],
    ["@sum", "'@sum"],
    ["\tx", "'\tx"],
    ['=A1,"', `"'=A1,"""`],
    ["Ein Löwe 🦁", "Ein Löwe 🦁"],
  ])("writes the prompt %j safely", (prompt, cell) => {
    expect(csvOf([summary(10, { prompt })])).toContain(`,a,${cell},2026-`);
  });
});
