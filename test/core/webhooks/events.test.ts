import { describe, expect, it } from "vitest";
import { eventData, generationView } from "../../../src/core/generation/view.ts";
import { buildEventBody, MAX_EVENT_BYTES } from "../../../src/core/webhooks/events.ts";
import { inPhase, stateOf, T0 } from "../../support/lives.ts";

const seen = { now: T0 + 60_000, link: { url: "https://reelhook.example.com/v", expiresAt: T0 + 604_800_000 } };

describe("an event's body", () => {
  it("contains the event's type, its time and the generation", () => {
    const body = JSON.parse(buildEventBody("generation.failed", T0, eventData(inPhase("failed"), seen)));
    expect(body).toMatchObject({
      type: "generation.failed",
      timestamp: "2026-11-22T12:00:00.000Z",
      data: {
        object: "generation",
        status: "failed",
        error: { code: "provider_error", message: "no", retryable: true },
      },
    });
  });

  it.each([
    ["the input", 25_000, 10, { truncated: true }, { k: "vvvvvvvvvv" }],
    ["the input, then the metadata", 25_000, 25_000, { truncated: true }, { truncated: true }],
    ["nothing", 10, 10, { prompt: "pppppppppp" }, { k: "vvvvvvvvvv" }],
  ])("drops %s to fit a webhook", (_, prompt, value, input, metadata) => {
    const facts = { input: { prompt: "p".repeat(prompt) }, metadata: { k: "v".repeat(value) } };
    const body = buildEventBody("generation.completed", T0, eventData(inPhase("completed", {}, facts), seen));
    expect(new TextEncoder().encode(body).byteLength).toBeLessThan(MAX_EVENT_BYTES);
    expect(JSON.parse(body).data).toMatchObject({ input, metadata });
  });

  it.each([
    ["not known", {}, null, null, { usd: null }, null],
    ["known", { estimate: 750_000 }, null, null, { usd: 0.75 }, null],
    ["stated in credits", { estimate: 750_000 }, 7, null, { usd: 0.75 }, { credits: 7, usd: null }],
    ["stated in dollars", { estimate: 750_000 }, null, 390_000, { usd: 0.75 }, { credits: null, usd: 0.39 }],
    ["stated as zero", { estimate: 0 }, 0, 0, { usd: 0 }, { credits: 0, usd: 0 }],
  ])("carries estimate and usage: %s", (_, facts, credits, usd, estimate, usage) => {
    const { job } = stateOf(inPhase("completed"), "completed");
    const completed = inPhase("completed", { job: { ...job, credits, usd } }, facts);
    const { data } = JSON.parse(buildEventBody("generation.completed", T0, eventData(completed, seen)));
    expect(data).toMatchObject({ estimate, usage });
    const generating = inPhase("generating", { job: { ...job, credits, usd } }, facts);
    const started = JSON.parse(buildEventBody("generation.started", T0, eventData(generating, seen)));
    expect(started.data).toMatchObject({ estimate, usage });
  });

  it("is one line, whatever it contains", () => {
    const text = Array.from({ length: 0x100 }, (_, code) => String.fromCharCode(code)).join("");
    const facts = { input: { prompt: `${text}\u2028\u2029\ud83d` }, metadata: { [text]: text } };
    const body = buildEventBody("generation.completed", T0, eventData(inPhase("completed", {}, facts), seen));
    expect(JSON.parse(body).data).toMatchObject(facts);
    expect(body).not.toMatch(/[\r\n]/);
    // Half of a character would not survive as bytes.
    expect(body.isWellFormed()).toBe(true);
  });

  it("is measured in bytes, not characters", () => {
    const facts = { input: { prompt: "妖".repeat(8_000) } };
    const body = buildEventBody("generation.completed", T0, eventData(inPhase("completed", {}, facts), seen));
    expect(JSON.parse(body).data.input).toEqual({ truncated: true });
  });
});

describe("an event's body in the worst case", () => {
  it("fits a webhook, whatever the provider answers", () => {
    // Every kept field at its maximum length, in characters that take several bytes each.
    const error = {
      code: "storage_failed",
      message: "\u0001".repeat(1_000),
      retryable: false,
      sourceUrl: `https://example.com/${"妖".repeat(16_000)}`,
    } as const;
    const job = { id: "\u0001".repeat(1_024), status: "\u0001".repeat(100), acceptedAt: T0 };
    const price = { credits: Number.MAX_SAFE_INTEGER / 1.1, usd: 999_999_999_999 };
    const retirement = { endsAt: T0, announcedAt: T0, replacement: "\u0001".repeat(200) };
    const facts = { retirement, estimate: 999_999_999_999 };
    const failed = inPhase("failed", { error, job: { ...job, ...price } }, facts);
    const body = buildEventBody("generation.failed", T0, eventData(failed, seen));
    expect(new TextEncoder().encode(body).byteLength).toBeLessThan(MAX_EVENT_BYTES);
    const told = JSON.parse(body).data;
    expect(told.error).toEqual({ code: "storage_failed", message: error.message, retryable: false });
    expect(told.provider.id).toBe(job.id);
    expect(told.usage).toEqual({ credits: price.credits, usd: 999_999.999_999 });
  });
});

describe("a generation as callers see it", () => {
  it("always has every field, null where it does not apply yet", () => {
    expect(generationView(inPhase("ready"), [], seen)).toEqual({
      id: "gen_0123456789abcdefghjkmnpqrs",
      object: "generation",
      status: "queued",
      mode: "live",
      model: "runway/gen4_aleph",
      deprecated: null,
      input: { prompt: "a fairy on a raccoon", video_url: "https://example.com/raccoon.mp4" },
      metadata: {},
      created_at: "2026-11-22T12:00:00.000Z",
      submitted_at: null,
      started_at: null,
      finished_at: null,
      provider: { name: "aimlapi", id: null, status: null, polls: 0 },
      progress: null,
      video: null,
      queue: null,
      estimate: { usd: null },
      usage: null,
      error: null,
      webhooks: [],
      expires_at: null,
    });
  });

  it("shows the video once it is stored", () => {
    expect(eventData(inPhase("completed"), seen)).toMatchObject({
      status: "completed",
      submitted_at: "2026-11-22T12:00:00.000Z",
      started_at: "2026-11-22T12:00:10.000Z",
      finished_at: "2026-11-22T12:00:31.000Z",
      progress: { bytes: 10, total_bytes: 10 },
      video: { url: seen.link.url, url_expires_at: "2026-11-29T12:00:00.000Z", bytes: 10, sha256: "00" },
    });
  });

  it("shows the progress of the copy", () => {
    const progress = { bytes: 5, totalBytes: 10 };
    expect(eventData(inPhase("storing"), { ...seen, progress }).progress).toEqual({ bytes: 5, total_bytes: 10 });
  });

  it.each([
    ["ready", "queued"],
    ["submitting", "queued"],
    ["reconciling", "queued"],
    ["waiting", "queued"],
    ["generating", "generating"],
    ["storing", "storing"],
    ["completed", "completed"],
    ["failed", "failed"],
    ["canceled", "canceled"],
  ] as const)("shows phase %s as status %s", (phase, status) => {
    expect(eventData(inPhase(phase), seen).status).toBe(status);
  });
});
