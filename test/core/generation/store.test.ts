import { describe, expect, it } from "vitest";
import type { PollResult, StoreResult } from "../../../src/core/generation/action.ts";
import { type Generation, UNKNOWN_FACTS } from "../../../src/core/generation/record.ts";
import { STORING_TIMEOUT_MS } from "../../../src/core/generation/store.ts";
import { applied, CALM, changed, inPhase, stateOf, T0 } from "../../support/lives.ts";

describe("a copy", () => {
  const video = { key: "k", bytes: 3, contentType: "video/mp4", sha256: "ff", ...UNKNOWN_FACTS };
  const link = { url: "https://x/", expiresAt: null };

  it("completes the generation and emits generation.completed once the video is stored", () => {
    const { generation, events } = applied(inPhase("storing"), {
      kind: "store",
      result: { kind: "stored", video, link },
    });
    expect(stateOf(generation, "completed").video).toEqual(video);
    expect(events).toMatchObject([{ type: "generation.completed" }]);
    expect(JSON.parse(events[0]?.body ?? "").data).toMatchObject({ status: "completed", video: { url: link.url } });
    expect(generation.unresolved).toEqual(events);
  });

  it("is retried with backoff after an interruption", () => {
    const result = { kind: "interrupted", message: "" } as const;
    const once = applied(inPhase("storing"), { kind: "store", result }).generation;
    const twice = applied(once, { kind: "store", result }).generation;
    expect([once, twice].map((each) => stateOf(each, "storing").notBefore - T0 - 1_000)).toEqual([2_000, 4_000]);
  });

  it("fails at once, with the source URL, when the source can never be stored", () => {
    const result = { kind: "rejected", message: "not a video" } as const;
    const { generation } = applied(inPhase("storing"), { kind: "store", result });
    expect(stateOf(generation, "failed").error).toEqual({
      code: "storage_failed",
      message: "not a video",
      retryable: false,
      sourceUrl: "https://cdn.example.com/v.mp4",
    });
  });
});

type Answer = Exclude<StoreResult, { kind: "stored" }>;

const GONE: Answer = { kind: "gone", message: "GET cdn.example.com: status 404" };
const BUSY: Answer = { kind: "interrupted", message: "GET cdn.example.com: status 503" };
const FRESH: PollResult = {
  kind: "done",
  url: "https://fresh.example.com/v.mp4",
  status: "completed",
  credits: null,
  usd: null,
};
const SAME: PollResult = { ...FRESH, url: "https://cdn.example.com/v.mp4" };
const SILENT: PollResult = { kind: "unavailable", retryAfterMs: null, message: "GET api.example.com: status 502" };

interface Tried {
  readonly generation: Generation;
  /** Start of each copy, in seconds after storing began. */
  readonly copies: readonly number[];
  readonly polls: number;
}

/** Runs copies and polls when the rules schedule them, until the generation ends or 24 hours have passed. */
function tried(
  { copy, poll = () => FRESH }: { copy: (seconds: number) => Answer; poll?: (seconds: number) => PollResult },
  { begun = inPhase("storing"), random = CALM }: { begun?: Generation; random?: number } = {},
): Tried {
  let generation = begun;
  const copies: number[] = [];
  let polls = 0;
  while (generation.state.phase === "storing") {
    const { sourceUrl, notBefore: now, since } = generation.state;
    const seconds = (now - since) / 1000;
    if (now >= since + STORING_TIMEOUT_MS) break;
    if (sourceUrl === null) polls++;
    else copies.push(seconds);
    const outcome =
      sourceUrl === null
        ? ({ kind: "poll", slot: 4, result: poll(seconds) } as const)
        : ({ kind: "store", result: copy(seconds) } as const);
    generation = applied(generation, outcome, now, random).generation;
  }
  return { generation, copies, polls };
}

describe("a dead link", () => {
  it.each([
    ["a fresh one each time", () => FRESH],
    ["the same one", () => SAME],
    ["none", () => ({ ...FRESH, url: null })],
    ["no such job", () => ({ kind: "missing" }) as const],
  ])("fails the generation after two minutes if the provider gives %s", (_, poll) => {
    const { generation, copies, polls } = tried({ copy: () => GONE, poll });
    expect(copies).toEqual([0, 1, 3, 7, 15, 31, 61, 91, 121]);
    expect(polls).toBe(8);
    const { error } = stateOf(generation, "failed");
    expect(error).toMatchObject({ code: "storage_failed", message: GONE.message, retryable: false });
    expect(error.sourceUrl).toBe((poll() as { url?: string | null }).url ?? "https://cdn.example.com/v.mp4");
  });

  it("is replaced at least six times, even if that takes longer than two minutes", () => {
    // Each poll takes half a minute.
    let generation = inPhase("storing");
    let now = T0;
    let copies = 0;
    while (generation.state.phase === "storing") {
      generation = applied(generation, { kind: "store", result: GONE }, now).generation;
      copies++;
      now += 30_000;
      generation = applied(generation, { kind: "poll", slot: 4, result: FRESH }, now).generation;
    }
    expect(copies).toBe(7);
  });

  it("does not fail a generation whose host recovers in time", () => {
    const { generation } = tried({ copy: (seconds) => (seconds < 110 ? GONE : BUSY) });
    expect(stateOf(generation, "storing").problem).toBe(BUSY.message);
  });

  it("is counted from zero again after an interrupted copy", () => {
    const { copies, generation } = tried({ copy: (seconds) => (seconds > 100 && seconds < 200 ? BUSY : GONE) });
    expect(stateOf(generation, "failed").error.message).toBe(GONE.message);
    expect(copies.at(-1)).toBeGreaterThan(320);
  });

  it("is tried again without being counted while the provider does not answer", () => {
    const hour = 3600;
    const { generation, copies } = tried({
      copy: () => GONE,
      poll: (seconds) => (seconds < hour ? SILENT : FRESH),
    });
    const later = copies.filter((seconds) => seconds >= hour);
    expect(later.length).toBeGreaterThanOrEqual(6);
    expect(copies.length - later.length).toBeGreaterThan(20);
    expect(stateOf(generation, "failed").error.sourceUrl).toBe("https://fresh.example.com/v.mp4");
  });

  it("waits as long as the provider's Retry-After says, but at most an hour", () => {
    const dead = applied(inPhase("storing"), { kind: "store", result: GONE }, T0).generation;
    const waitAfter = (retryAfterMs: number) => {
      const result = { ...SILENT, retryAfterMs } as PollResult;
      return stateOf(applied(dead, { kind: "poll", slot: 4, result }, T0).generation, "storing").notBefore - T0;
    };
    expect(waitAfter(60_000)).toBe(66_000);
    expect(waitAfter(90 * 24 * 3600_000)).toBe(3_960_000);
  });

  it("fails the generation with the provider's reason when the job turns out to have failed", () => {
    const result = {
      kind: "failed",
      code: "moderated",
      message: "not allowed",
      status: "error",
      credits: 0,
      usd: null,
    } as const;
    const { generation, copies } = tried({ copy: () => GONE, poll: () => result });
    expect(copies).toEqual([0]);
    expect(stateOf(generation, "failed").error).toMatchObject({ code: "storage_failed", message: "not allowed" });
  });

  it("in a record of an earlier release fails the generation two minutes from now", () => {
    const begun = inPhase("storing", { refreshes: 5 });
    const { copies } = tried({ copy: () => GONE }, { begun });
    expect(copies.at(-1)).toBeGreaterThanOrEqual(120);
  });
});

describe("a copy that is interrupted every time", () => {
  it("begins a bounded number of times within its 24 hours", () => {
    expect(tried({ copy: () => BUSY }).copies).toHaveLength(34);
    expect(tried({ copy: () => BUSY }, { random: 0 }).copies).toHaveLength(40);
  });

  it("waits as long as the host's Retry-After says, but at most an hour", () => {
    const waitAfter = (retryAfterMs: number) => {
      const result = { ...BUSY, retryAfterMs } as Answer;
      const { generation } = applied(inPhase("storing"), { kind: "store", result }, T0);
      return stateOf(generation, "storing").notBefore - T0;
    };
    expect(waitAfter(60_000)).toBe(66_000);
    expect(waitAfter(90 * 24 * 3600_000)).toBe(3_960_000);
  });

  it("fails with the last error", () => {
    const { generation } = tried({ copy: () => ({ ...BUSY, message: `${"x".repeat(199)}😀` }) });
    const ended = changed(generation, { kind: "ensure" }, T0 + 30_000 + STORING_TIMEOUT_MS).generation;
    expect(stateOf(ended, "failed").error).toMatchObject({
      code: "storage_failed",
      message: `The video could not be copied within 24 hours. Last error: ${"x".repeat(199)}`,
    });
  });
});
