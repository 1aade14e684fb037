import { describe, expect, it } from "vitest";
import type { GenerationSummary, QueueView } from "../../../src/contract/generation.ts";
import { currentPlace, placeWords, waitWords, withPlaces } from "../../../src/dashboard/shared/places.ts";

describe("a place in line", () => {
  it.each([
    [1, "Next in line"],
    [2, "2nd in line"],
    [3, "3rd in line"],
    [4, "4th in line"],
    [11, "11th in line"],
    [12, "12th in line"],
    [13, "13th in line"],
    [21, "21st in line"],
    [101, "101st in line"],
    [112, "112th in line"],
    [1_203, "1,203rd in line"],
  ])("%i is told as %s", (position, words) => {
    expect(placeWords({ position, waiting: 2_000 })).toBe(words);
  });
});

describe("the wait in line", () => {
  it.each([
    [null, "12th in line"],
    [0, "12th in line, less than a minute"],
    [59, "12th in line, less than a minute"],
    [60, "12th in line, about 1 min"],
    [400, "12th in line, about 7 min"],
    [569, "12th in line, about 9 min"],
    [570, "12th in line, about 10 min"],
    [2_760, "12th in line, about 45 min"],
    [3_449, "12th in line, about 55 min"],
    [3_450, "12th in line, about 1 h"],
    [5_000, "12th in line, about 1.5 h"],
    [34_199, "12th in line, about 9.5 h"],
    [40_000, "12th in line, about 11 h"],
    [86_400, "12th in line, about 24 h"],
    [86_401, "12th in line, more than a day"],
  ])("of %j seconds is told as %s", (remaining_seconds, words) => {
    expect(waitWords({ position: 12, waiting: 40, remaining_seconds })).toBe(words);
  });

  it("of the next in line has the time, too", () => {
    expect(waitWords({ position: 1, waiting: 1, remaining_seconds: 130 })).toBe("Next in line, about 2 min");
  });
});

describe("the place that is shown", () => {
  const loaded = { position: 12, waiting: 40 };
  const told = { position: 12, waiting: 40, remaining_seconds: 400, at: 5_000 };

  it("is the loaded one without a time before the first event", () => {
    expect(currentPlace({ loaded, loadedAt: 0, told: null })).toEqual({ ...loaded, remaining_seconds: null });
  });

  it("is that of the last event, if it is newer or the loaded one agrees with it", () => {
    expect(currentPlace({ loaded: { position: 14, waiting: 40 }, loadedAt: 4_000, told })).toBe(told);
    expect(currentPlace({ loaded: null, loadedAt: 4_000, told })).toBe(told);
    expect(currentPlace({ loaded, loadedAt: 9_000, told })).toBe(told);
  });

  it("is the loaded one if that is newer and differs", () => {
    const moved = { position: 3, waiting: 40 };
    expect(currentPlace({ loaded: moved, loadedAt: 9_000, told })).toEqual({ ...moved, remaining_seconds: null });
    expect(currentPlace({ loaded: null, loadedAt: 9_000, told })).toBeNull();
  });
});

describe("the places that were read", () => {
  function row(id: string, status: GenerationSummary["status"], queue: QueueView | null): GenerationSummary {
    const created_at = "2026-01-01T00:00:00.000Z";
    const money = { estimate: { usd: null }, usage: null };
    const unknown = { prompt: null, video: null, error: null, deliveries: null };
    return { id, object: "generation", status, mode: "test", model: "m", created_at, queue, ...unknown, ...money };
  }

  it("replace those of the rows that are queued, and change nothing else", () => {
    const place = (position: number) => ({ position, waiting: 9 });
    const list = {
      rows: [
        row("moved", "queued", place(5)),
        row("granted", "queued", place(2)),
        row("started", "generating", null),
        row("beyond", "queued", place(1)),
      ],
      next: "c",
    };
    const read = [
      row("new", "queued", place(6)),
      row("moved", "queued", place(3)),
      row("granted", "queued", null),
      row("started", "queued", place(1)),
    ];
    expect(withPlaces(list, read)).toEqual({
      rows: [
        row("moved", "queued", place(3)),
        row("granted", "queued", null),
        row("started", "generating", null),
        row("beyond", "queued", place(1)),
      ],
      next: "c",
    });
  });
});
