import { describe, expect, it } from "vitest";
import { UNKNOWN_FACTS } from "../../../src/core/generation/record.ts";
import { applied, inPhase, stateOf, T0 } from "../../support/lives.ts";

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

  it("polls for a fresh URL when the source is dead, at most five times", () => {
    let generation = inPhase("storing");
    const gone = { kind: "store", result: { kind: "gone", message: "404" } } as const;
    for (let refresh = 1; refresh <= 5; refresh++) {
      generation = applied(generation, gone).generation;
      expect(stateOf(generation, "storing").sourceUrl).toBeNull();
      const result = { kind: "done", url: `https://fresh/${refresh}`, status: "completed", credits: null } as const;
      generation = applied(generation, { kind: "poll", slot: 4, result }).generation;
      expect(stateOf(generation, "storing").sourceUrl).toBe(`https://fresh/${refresh}`);
    }
    expect(stateOf(applied(generation, gone).generation, "failed").error).toMatchObject({
      code: "storage_failed",
      sourceUrl: "https://fresh/5",
    });
  });
});
