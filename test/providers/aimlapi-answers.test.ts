import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readId, readJob, readLogPage, readReason, refusalCode } from "../../src/providers/aimlapi-answers.ts";

const V = "https://cdn.example.com/v";

const jobIn = (answer: unknown) => readJob(answer, (url) => url.startsWith("https:"));

describe("an answer about a job", () => {
  it.each<[object, string]>([
    [{ status: "queued" }, "queued"],
    [{ status: "processing" }, "generating"],
    // A job that is known to run may show a preview, or an error of one try.
    [{ status: "processing", video: { url: V } }, "generating"],
    [{ status: "processing", error: "a worker was lost" }, "generating"],
    [{ status: "completed", video: { url: V } }, "done"],
    [{ status: "completed", video: { url: V }, error: "watermark failed" }, "done"],
    [{ status: "completed" }, "done"],
    [{ status: "completed", error: { name: "E", message: "no" } }, "failed"],
    [{ status: "completed", error: null, message: "all good" }, "done"],
    [{ status: "error" }, "failed"],
    [{ status: "failed", video: { url: V } }, "failed"],
    [{ status: "expired", error: { message: "too late" } }, "failed"],
    // A word that nobody knows.
    [{ status: "wrapped_up", video: { url: V } }, "done"],
    [{ status: "wrapped_up", video: { url: V }, error: "late" }, "done"],
    [{ status: "broken", error: { message: "no" } }, "failed"],
    [{ status: "broken", failure: "no" }, "failed"],
    [{ status: "broken", error: true }, "failed"],
    [{ status: "broken", errors: ["no"] }, "failed"],
    [{ status: "daydreaming" }, "unknown"],
    [{ status: "daydreaming", error: null }, "unknown"],
    [{ status: "daydreaming", error: "" }, "unknown"],
    [{ status: "daydreaming", error: {} }, "unknown"],
    [{ status: "daydreaming", error: [] }, "unknown"],
    [{ status: "daydreaming", error: false }, "unknown"],
    [{ status: "daydreaming", error: { code: 0, message: "ok" } }, "unknown"],
    [{ status: "daydreaming", message: "still at it" }, "unknown"],
    [{ status: "daydreaming", video: { url: "javascript:alert(1)" } }, "unknown"],
    // No word at all: an error is about the request, not about the job.
    [{ id: "j", video: { url: V } }, "done"],
    [{ id: "j", error: "bad gateway" }, "unknown"],
  ])("%j is %s", (answer, stage) => {
    expect(jobIn(answer)?.stage).toBe(stage);
  });

  it("is read in one level of wrapping", () => {
    const wrapped = { code: 0, message: "SUCCEED", data: { task_id: 7, task_status: "succeed", videos: [{ url: V }] } };
    expect(jobIn(wrapped)).toMatchObject({ id: "7", status: "succeed", stage: "done", videoUrl: V });
    expect(jobIn([{ id: "j", status: "done", url: V }])).toMatchObject({ id: "j", stage: "done", videoUrl: V });
  });

  it.each<[unknown, number | null]>([
    [{ usage: { credits_used: 120000 } }, 120000],
    [{ usage: { credits_used: "120000.5" } }, 120000.5],
    [{ usage: { credits_used: -1 } }, null],
    [{ usage: { credits_used: Number.POSITIVE_INFINITY } }, null],
    [{ usage: {} }, null],
    [null, null],
    ["odd", null],
  ])("with meta %j has the credits %j", (meta, credits) => {
    expect(jobIn({ id: "j", status: "completed", meta })?.credits).toBe(credits);
  });

  it.each([undefined, null, "text", 7, [], {}, { hello: "world" }])("that is %j is not about a job", (answer) => {
    expect(jobIn(answer)).toBeNull();
  });

  it("may pose as what it is not", () => {
    const poser = { length: { toString: 1 }, toString: 1, valueOf: 1 };
    expect(jobIn({ id: poser, status: "queued", error: poser, meta: poser })).toMatchObject({ id: null });
    expect(jobIn(JSON.parse('{"status": "queued", "__proto__": {"id": "j"}}'))).toMatchObject({ id: null });
  });
});

describe("the id of a job", () => {
  it.each<[unknown, string | null]>([
    ["j", "j"],
    ["uuid:kling-video/v1.6/pro", "uuid:kling-video/v1.6/pro"],
    [42, "42"],
    [Number.MAX_SAFE_INTEGER, "9007199254740991"],
    [JSON.parse("9007199254740993"), null],
    [1.5, null],
    [Number.POSITIVE_INFINITY, null],
    ["j".repeat(1024), "j".repeat(1024)],
    ["j".repeat(1025), null],
    ["j".repeat(900_000), null],
    ["half \ud83d", null],
    ["", null],
    [" ", null],
    [null, null],
    [true, null],
    [{ nested: true }, null],
  ])("%j is %j", (value, id) => {
    expect(readId(value)).toBe(id);
  });

  it.each<[object, string | null]>([
    [{ id: "j" }, "j"],
    [{ generation_id: "j" }, "j"],
    [{ generationId: "j" }, "j"],
    [{ id: "", generation_id: "g" }, "g"],
    [{ data: { task_id: "j" } }, "j"],
    [{ id: 2 ** 63, status: "queued" }, null],
  ])("in %j is %j", (answer, id) => {
    expect(jobIn(answer)?.id ?? null).toBe(id);
  });
});

describe("a refusal", () => {
  const json = (message: string) => ({ message });
  it.each<[number, unknown, string]>([
    [400, json("Body validation error"), "invalid_input"],
    [400, json("blocked by moderation"), "moderated"],
    [400, { error: { code: "SAFETY.INPUT.TEXT", message: "no" } }, "moderated"],
    [400, json("moderate motion is not supported"), "invalid_input"],
    [400, null, "invalid_input"],
    [401, json("bad key"), "provider_unauthorized"],
    [401, null, "provider_unauthorized"],
    [402, json("pay"), "insufficient_credits"],
    [403, json("out of credits"), "insufficient_credits"],
    [403, json("blocked by moderation"), "moderated"],
    [422, json("unprocessable"), "invalid_input"],
    [404, json("no such path"), "provider_error"],
    [405, json("method"), "provider_error"],
    [413, json("too large"), "provider_error"],
    [301, null, "provider_error"],
    // From something in between.
    [403, "<html>", "provider_error"],
    [403, null, "provider_error"],
    [402, "<html>", "provider_error"],
    [401, "<html>", "provider_error"],
    [400, "<html>", "provider_error"],
  ])("with %i %j is %s", (status, body, code) => {
    const parsed = typeof body === "object" && body !== null ? body : undefined;
    expect(refusalCode({ status, body: parsed, isEmpty: body === null })).toBe(code);
  });
});

describe("a page of the provider's log", () => {
  const row = { client_request_id: "r.1", inference_id: "j", status: "succeeded" };
  const read = { clientRequestId: "r.1", jobId: "j", hasFailed: false };
  it.each<[unknown, unknown]>([
    [
      { data: [row], pagination: { has_more: true } },
      { rows: [read], hasMore: true },
    ],
    [
      { data: [row], pagination: { has_more: false } },
      { rows: [read], hasMore: false },
    ],
    // Unless the page says so, a full page may be followed by another.
    [{ data: [row] }, { rows: [read], hasMore: false }],
    [{ data: [row, row] }, { rows: [read, read], hasMore: true }],
    [
      { data: [null, 7, row], pagination: { has_more: false } },
      { rows: [read], hasMore: false },
    ],
    [{ data: [{ ...row, status: "FAILED" }] }, { rows: [{ ...read, hasFailed: true }], hasMore: false }],
    [{ data: [{ ...row, status: "failed", cost: { credits: 5 } }] }, { rows: [read], hasMore: false }],
    [{ data: [{ ...row, status: "canceled" }] }, { rows: [read], hasMore: false }],
    [{ data: [{ ...row, inference_id: 7 }] }, { rows: [{ ...read, jobId: "7" }], hasMore: false }],
    [{ data: [{ ...row, inference_id: 2 ** 60 }] }, { rows: [{ ...read, jobId: null }], hasMore: false }],
    [{ data: [{}] }, { rows: [{ clientRequestId: null, jobId: null, hasFailed: false }], hasMore: false }],
    [{ data: {} }, null],
    [{}, null],
    [[], null],
    ["text", null],
  ])("%j is read as %j", (answer, page) => {
    expect(readLogPage(answer, 2)).toEqual(page);
  });
});

describe("any answer", () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom("\ud83d", "\ude00", "a", "\u0000") }),
    fc.constantFrom(
      "completed",
      "done",
      "failed",
      "weird",
      "processing",
      V,
      `${V}.mp4`,
      "javascript:alert(1)",
      "x".repeat(2_000),
    ),
  );
  const name = fc.oneof(
    fc.constantFrom("id", "status", "state", "video", "videos", "url", "uri", "output", "error", "message", "failure"),
    fc.constantFrom("data", "result", "generations", "meta", "usage", "credits_used", "code", "detail", "loc", "msg"),
    fc.constantFrom("__proto__", "toString", "length", "pagination", "has_more", "client_request_id", "inference_id"),
    fc.string({ maxLength: 5 }),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      text,
      fc.constantFrom(null, true, false, 0, -1, 1.5, 2 ** 60, 1e308),
      fc.array(tie("value"), { maxLength: 5 }),
      fc.array(fc.tuple(name, tie("value")), { maxLength: 8 }).map((entries) => Object.fromEntries(entries)),
    ),
  }));

  it("is read without throwing, and never done without a link", () => {
    fc.assert(
      fc.property(value, (generated) => {
        // As it arrives: `__proto__` is a field like any other.
        const answer: unknown = JSON.parse(JSON.stringify(generated) ?? "null");
        const job = jobIn(answer);
        readLogPage(answer, 100);
        const reason = readReason(answer);
        if (reason.message !== null) expect(reason.message.isWellFormed()).toBe(true);
        if (job === null) return;
        expect(job.videoUrl === null || job.videoUrl.startsWith("https:")).toBe(true);
        expect(job.id === null || (job.id.isWellFormed() && job.id.length <= 1024 && job.id !== "")).toBe(true);
        expect(job.status === null || (job.status.isWellFormed() && job.status.length <= 100)).toBe(true);
        // A word that nobody knows counts as done only together with a link.
        if (job.stage === "done" && job.videoUrl === null) expect(job.status).toMatch(/^(completed|done)$/);
        if (job.stage === "unknown") expect(job.videoUrl).toBeNull();
      }),
      { numRuns: 3_000 },
    );
  });
});
