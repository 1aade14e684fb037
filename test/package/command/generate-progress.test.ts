import { describe, expect, it } from "vitest";
import { barLine } from "../../../packages/reelhook/src/command/generate/bar-line.ts";
import { downloading, progressOf } from "../../../packages/reelhook/src/command/generate/progress.ts";
import {
  bytesText,
  elapsedText,
  remainingText,
  shellWord,
} from "../../../packages/reelhook/src/command/generate/texts.ts";

const QUEUED = { status: "queued", queue: null, progress: null } as const;
const IN_LINE = { ...QUEUED, queue: { position: 12, waiting: 40 } };

describe("the progress of a generation", () => {
  it.each([
    [QUEUED, null, { text: "Waiting for the provider", bytes: null }],
    [IN_LINE, null, { text: "In line: place 12 of 40", bytes: null }],
    [IN_LINE, 420, { text: "In line: place 12 of 40", note: ", about 7 min left", bytes: null }],
    [{ ...QUEUED, status: "generating" }, null, { text: "Generating", bytes: null }],
    [{ ...QUEUED, status: "storing" }, null, { text: "Copying to R2", bytes: null }],
    [
      { ...QUEUED, status: "storing", progress: { bytes: 0, total_bytes: null } },
      null,
      { text: "Copying to R2", bytes: null },
    ],
    [
      { ...QUEUED, status: "storing", progress: { bytes: 1, total_bytes: 2 } },
      null,
      { text: "Copying to R2", bytes: { done: 1, total: 2 } },
    ],
    [{ ...QUEUED, status: "completed" }, null, null],
    [{ ...QUEUED, status: "failed" }, null, null],
    [{ ...QUEUED, status: "canceled" }, null, null],
  ] as const)("of %j, with %s seconds left", (generation, remaining, progress) => {
    expect(progressOf(generation, remaining)).toEqual(progress);
  });
});

describe("the line of a terminal", () => {
  const inLine = progressOf(IN_LINE, 420) ?? downloading(0, 1);

  it("shows transferred bytes as a bar with a percentage", () => {
    expect(barLine(downloading(3_300_000, 7_340_032), { width: 100, elapsedMs: 0 })).toBe(
      `Downloading               ${"█".repeat(18)}${"░".repeat(22)}   44%  3.3 MB of 7.3 MB`,
    );
  });

  it("claims no percentage where there is none", () => {
    const line = barLine(inLine, { width: 80, elapsedMs: 63_000 });
    expect(line).toMatch(/^In line: place 12 of 40, about 7 min left {2}[░█]+ {2}1:03$/);
    expect(line).not.toContain("%");
    expect(
      barLine({ text: "Copying to R2", bytes: { done: 5_000, total: null } }, { width: 80, elapsedMs: 0 }),
    ).toMatch(/[░█] {2}5\.0 kB$/);
  });

  it("moves the block of a bar without a measure", () => {
    const at = (elapsedMs: number) => barLine(inLine, { width: 80, elapsedMs }).indexOf("█");
    expect(at(0)).toBeLessThan(at(240));
  });

  it("never fills the last column, however narrow the terminal is", () => {
    const lines = Array.from({ length: 201 }, (_, width) => [
      barLine(inLine, { width, elapsedMs: 5_000 }),
      barLine(downloading(999_949_999, 999_949_999), { width, elapsedMs: 5_000 }),
    ]);
    expect(lines.flatMap((both, width) => both.map((line) => line.length <= Math.max(0, width - 1)))).not.toContain(
      false,
    );
    expect(barLine(inLine, { width: 15, elapsedMs: 0 })).toBe("In line: plac…");
  });
});

describe("numbers", () => {
  it.each([
    [0, "0 bytes"],
    [999, "999 bytes"],
    [1_000, "1.0 kB"],
    [7_340_032, "7.3 MB"],
    [999_999, "1.0 MB"],
    [12_345_678_900, "12.3 GB"],
    [5e15, "5000.0 TB"],
  ])("%s bytes are %s", (bytes, text) => expect(bytesText(bytes)).toBe(text));

  it.each([
    [0, "0:00"],
    [63_999, "1:03"],
    [3_723_000, "1:02:03"],
  ])("%s ms are %s", (ms, text) => expect(elapsedText(ms)).toBe(text));

  it.each([
    [0, "about 10 s"],
    [41, "about 50 s"],
    [59, "about 1 min"],
    [420, "about 7 min"],
    [7_000, "about 2 h"],
  ])("%s seconds left are %s", (seconds, text) => expect(remainingText(seconds)).toBe(text));

  it("are quoted for a shell where needed", () => {
    expect([shellWord("./a-b.mp4"), shellWord("my video.mp4"), shellWord("it's")]).toEqual([
      "./a-b.mp4",
      "'my video.mp4'",
      "'it'\\''s'",
    ]);
  });
});
