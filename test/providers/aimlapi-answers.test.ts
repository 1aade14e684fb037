import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readId, readJob, readLogPage, readReason, refusalCode } from "../../src/providers/aimlapi-answers.ts";
import { outlineOf } from "../../src/providers/answer-outline.ts";

const V = "https://cdn.example.com/v";

const jobIn = (answer: unknown) => readJob(answer, (url) => url.startsWith("https:"));

const moderated = (message: string | null) => ({ stage: "failed", reason: { message, isModerated: true } });

describe("an answer about a job", () => {
  it.each<[object, string]>([
    [{ status: "queued" }, "queued"],
    [{ status: "processing" }, "generating"],
    // A running job may have a preview, or an error of one try.
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
    // An unknown word.
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
    [{ status: "daydreaming", error_code: 0, err_code: "0", errorCode: 200, err_msg: "Success." }, "unknown"],
    [{ status: "daydreaming", progress_video: V, video_page_url: V }, "unknown"],
    [{ status: "daydreaming", message: "still at it" }, "unknown"],
    [{ status: "daydreaming", video: { url: "javascript:alert(1)" } }, "unknown"],
    [{ status: "broken", error: { code: 500 } }, "failed"],
    [{ status: "retry", error: "a worker was lost" }, "generating"],
    [{ status: "almost_done", video: { url: V } }, "generating"],
    // Without a word, an error is about the request, not about the job.
    // An unknown word that says that moderation refused the job. A link still counts for more.
    [{ status: "nsfw_detected" }, "failed"],
    [{ status: "rejected_by_moderation" }, "failed"],
    [{ status: "Failed: NSFW content" }, "failed"],
    [{ status: "nsfw_detected", video: { url: V } }, "done"],
    [{ status: "nsfw_not_detected" }, "unknown"],
    [{ status: "nsfwNotDetected" }, "unknown"],
    [{ status: "no content violation detected" }, "unknown"],
    [{ status: "safety_check" }, "unknown"],
    [{ status: "moderation" }, "unknown"],
    [{ id: "j", video: { url: V } }, "done"],
    [{ id: "j", error: "bad gateway" }, "unknown"],
    [{ id: "j", status: 500, error: "Internal Server Error" }, "unknown"],
  ])("%j is %s", (answer, stage) => {
    expect(jobIn(answer)?.stage).toBe(stage);
  });

  it("is read in one level of wrapping", () => {
    const wrapped = { code: 0, message: "SUCCEED", data: { task_id: 7, task_status: "succeed", videos: [{ url: V }] } };
    expect(jobIn(wrapped)).toMatchObject({ id: "7", status: "succeed", stage: "done", videoUrl: V });
    expect(jobIn([{ id: "j", status: "done", url: V }])).toMatchObject({ id: "j", stage: "done", videoUrl: V });
  });

  const job = { task_id: "j", task_status_msg: "" };
  const samples = [{ video: { uri: V } }];
  const filtered = { raiMediaFilteredReasons: ["It was blocked by your current safety filter threshold."] };
  const risk = "Failure to pass the risk control system";
  it.each<[string, object, object]>([
    ["Runway", { id: "j", status: "SUCCEEDED", output: [V] }, { stage: "done", videoUrl: V }],
    ["Runway", { id: "j", status: "FAILED", failure: "no", failureCode: "SAFETY.INPUT.TEXT" }, moderated("no")],
    [
      "Kling",
      { code: 0, request_id: "r", data: { ...job, task_status: "failed", task_status_msg: risk } },
      moderated(risk),
    ],
    [
      "MiniMax",
      { task_id: "j", status: "Fail", base_resp: { status_msg: "output new_sensitive" } },
      moderated("output new_sensitive"),
    ],
    [
      "MiniMax",
      { task_id: "j", status: "Success", file_id: "1", base_resp: { status_msg: "success" } },
      { stage: "done", reason: { message: null } },
    ],
    ["Luma", { id: "j", state: "dreaming", failure_reason: null, assets: null }, { stage: "generating" }],
    [
      "Luma",
      { id: "j", state: "failed", failure_reason: "Frame 0 contains moderated content" },
      moderated("Frame 0 contains moderated content"),
    ],
    [
      "Veo",
      { id: "j", done: true, response: { generateVideoResponse: { generatedSamples: samples } } },
      { stage: "done", videoUrl: V },
    ],
    [
      "Veo",
      { id: "j", done: true, response: { generateVideoResponse: filtered } },
      moderated(filtered.raiMediaFilteredReasons[0] ?? ""),
    ],
    ["Veo", { id: "j", done: false, metadata: {} }, { stage: "generating" }],
    [
      "Wan",
      { request_id: "r", output: { task_id: "j", task_status: "SUCCEEDED", video_url: V } },
      { stage: "done", videoUrl: V },
    ],
    [
      "Wan",
      { output: { task_id: "j", task_status: "FAILED", code: "DataInspectionFailed", message: "no" } },
      moderated("no"),
    ],
    [
      "PixVerse",
      { ErrCode: 0, ErrMsg: "success", Resp: { id: "j", status: 1, url: V } },
      { stage: "done", videoUrl: V },
    ],
    ["PixVerse", { ErrCode: 0, ErrMsg: "success", Resp: { id: "j", status: 5, url: "" } }, { stage: "unknown" }],
    ["Vidu", { id: "j", state: "failed", err_code: "AuditSubmitIllegal" }, moderated("AuditSubmitIllegal")],
    [
      "Novita",
      { task: { task_id: "j", status: "TASK_STATUS_PROCESSING", reason: "" }, videos: [] },
      { stage: "generating" },
    ],
    [
      "HeyGen",
      {
        code: 100,
        data: { id: "j", status: "completed", gif_url: V, video_url: V, video_url_caption: `${V}c` },
        message: "Success",
      },
      { stage: "done", videoUrl: V },
    ],
    ["Flux", { id: "j", status: "Request Moderated", result: null }, moderated(null)],
    ["Higgsfield", { status: "nsfw", id: "j", status_url: V, cancel_url: V }, moderated(null)],
    [
      "Azure",
      { id: "j", status: "failed", generations: [], failure_reason: "output_moderation" },
      moderated("output_moderation"),
    ],
    ["D-ID", { id: "j", status: "started", source_url: `${V}.mp4` }, { stage: "generating", videoUrl: null }],
    ["Haiper", { status: "success", value: { job_id: "j", status: "processing" } }, { stage: "generating" }],
    [
      "Shotstack",
      { success: true, message: "OK", response: { id: "j", status: "fetching", error: "" } },
      { stage: "generating" },
    ],
  ])("is read in the shape of %s: %j", (_, answer, expected) => {
    expect(jobIn(answer)).toMatchObject({ id: "j", ...expected });
  });

  it("is not about a job if it states an HTTP error and has no id", () => {
    expect(jobIn({ statusCode: 429, status: "error", message: "Too many requests" })).toBeNull();
    expect(jobIn({ statusCode: "503", status: "error", message: "Unavailable" })).toBeNull();
    expect(jobIn({ id: "j", statusCode: 400, status: "error", message: "no" })).toMatchObject({ stage: "failed" });
  });

  it.each([
    [{}, false],
    [{ meta: { usage: { credits_used: 0, usd_spent: "0.00" } } }, false],
    [{ cost: { credits: 0, usd: null } }, false],
    [{ meta: { usage: { credits_used: 5 } } }, true],
    [{ meta: { usage: { usd_spent: 0.2 } } }, true],
    [{ meta: { usage: { usd_spent: 5e-7 } } }, true],
    [{ meta: { usage: { credits_used: "5 credits" } } }, true],
    [{ meta: { credits_used: -1 } }, true],
    [{ data: { credits: 4 } }, true],
    [{ cost: { amount: 1 } }, true],
    [{ charged: true }, true],
  ])("with %j is charged: %j", (more, expected) => {
    expect(jobIn({ id: "j", status: "failed", ...more })?.isCharged).toBe(expected);
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

  it.each<[object, number | null]>([
    [{ meta: { usage: { usd_spent: 0.39 } } }, 390_000],
    [{ meta: { usage: { credits_used: 7, usd_spent: 0.39 } } }, 390_000],
    [{ meta: { usd_spent: 0.39 } }, 390_000],
    [{ usage: { usdSpent: "0.39" } }, 390_000],
    [{ usd_used: 0.39 }, 390_000],
    [{ data: { meta: { usage: { usd_spent: 0.39 } } } }, 390_000],
    [{ generations: [{ usage: { "USD-Spent": 0.39 } }] }, 390_000],
    [{ usd_used: 0.2, meta: { usage: { usd_spent: 0.39 } } }, 200_000],
    [{ usd_spent: "about 1", meta: { usage: { usd_spent: 0.39 } } }, 390_000],
    [{ usd_spent: 0 }, 0],
    [{ usd_spent: "0.00" }, 0],
    [{ usd_spent: 1_000_000 }, 1_000_000_000_000],
    [{ usd_spent: 1_000_001 }, null],
    [{ usd_spent: 1e300 }, null],
    [{ usd_spent: Number.POSITIVE_INFINITY }, null],
    [{ usd_spent: Number.NaN }, null],
    [{ usd_spent: -0.39 }, null],
    [{ usd_spent: "$0.39" }, null],
    [{ usd_spent: "0,39" }, null],
    [{ usd_spent: "" }, null],
    [{ usd_spent: true }, null],
    [{ usd_spent: [0.39] }, null],
    [{ usd_spent: { amount: 0.39 } }, null],
    [{ meta: { usage: { credits_used: 7 } } }, null],
    [{}, null],
  ])("with %j has cost this many micro-dollars: %j", (more, usd) => {
    expect(jobIn({ id: "j", status: "completed", ...more })?.usd).toBe(usd);
  });

  it.each([undefined, null, "text", 7, [], {}, { hello: "world" }])("that is %j is not about a job", (answer) => {
    expect(jobIn(answer)).toBeNull();
  });

  it("has no id in an object that cannot be converted to text, or in `__proto__`", () => {
    const poser = { length: { toString: 1 }, toString: 1, valueOf: 1 };
    expect(jobIn({ status: "queued", code: [poser], statusCode: poser })).toMatchObject({ stage: "queued" });
    expect(jobIn({ id: poser, status: "queued", error: poser, meta: poser })).toMatchObject({ id: null });
    expect(jobIn(JSON.parse('{"status": "queued", "__proto__": {"id": "j"}}'))).toMatchObject({ id: null });
  });
});

describe("the id of a job", () => {
  it.each<[unknown, string | null]>([
    ["j", "j"],
    ["uuid:kling-video/v1.6/pro", "uuid:kling-video/v1.6/pro"],
    [42, "42"],
    [0, null],
    [-1, null],
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
    [{ request_id: "r", trace_id: "t", output: { task_id: "j" } }, "j"],
    [{ video_id: "v", data: { id: "j" } }, "j"],
    [{ data: { video_id: "j" } }, "j"],
    [{ request_id: "r", status: "queued" }, null],
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
    // A page from something in between, such as a firewall.
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
    // Unless the page states whether there is more, a full page may be followed by another.
    [{ data: [row] }, { rows: [read], hasMore: false }],
    [{ data: [row, row] }, { rows: [read, read], hasMore: true }],
    [
      { data: [null, 7, row], pagination: { has_more: false } },
      { rows: [read], hasMore: false },
    ],
    [{ data: [{ ...row, status: "FAILED" }] }, { rows: [{ ...read, hasFailed: true }], hasMore: false }],
    [{ data: [{ ...row, status: "failed", cost: { credits: 5 } }] }, { rows: [read], hasMore: false }],
    [{ data: [{ ...row, status: "failed", cost: { usd: 5e-7 } }] }, { rows: [read], hasMore: false }],
    [{ data: [{ ...row, status: "failed", cost: 5 }] }, { rows: [read], hasMore: false }],
    [{ data: [{ ...row, status: "failed", cost: { credits: "five" } }] }, { rows: [read], hasMore: false }],
    [
      { data: [{ ...row, status: "failed", cost: { credits: 0, usd: null } }] },
      { rows: [{ ...read, hasFailed: true }], hasMore: false },
    ],
    [{ data: [{ ...row, status: "rejected" }] }, { rows: [read], hasMore: false }],
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
      "blocked by moderation",
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

  const nest = (inner: unknown, wrap: (value: unknown) => unknown) => {
    let value = inner;
    for (let level = 0; level < 50_000; level++) value = wrap(value);
    return value;
  };
  const many = <T>(count: number, make: (index: number) => T) =>
    Array.from({ length: count }, (_, index) => make(index));
  it.each<[string, () => unknown]>([
    ["deep lists", () => nest(1, (each) => [each])],
    ["deep errors", () => ({ status: "failed", error: nest("no", (each) => ({ error: [each] })) })],
    ["deep jobs", () => nest({ id: "j" }, (data) => ({ data }))],
    ["many fields", () => Object.fromEntries(many(100_000, (index) => [`field_${index}`, "x"]))],
    ["many names for one field", () => Object.fromEntries(many(2_000, (index) => [`${"_".repeat(index)}error`, "x "]))],
    ["many jobs", () => ({ data: many(300, () => ({ data: many(300, () => ({ id: {} })) })) })],
    ["many errors", () => ({ status: "failed", error: many(20, () => many(20, () => many(20, () => ["x y"]))) })],
    ["many links", () => ({ status: "x", videos: many(50_000, () => "http://10.0.0.1/v.mp4") })],
    [
      "long texts",
      () => ({ [" ".repeat(1e6)]: 1, status: "x".repeat(1e6), error: " ".repeat(1e6), id: "\u00a0".repeat(1e6) }),
    ],
    ["names of JavaScript", () => JSON.parse('{"__proto__": {"id": 1}, "constructor": {"name": 1}, "toString": 1}')],
  ])("with %s is read within bounds", (_, make) => {
    const answer = make();
    jobIn(answer);
    readReason(answer);
    readLogPage(answer, 100);
    refusalCode({ status: 400, body: answer, isEmpty: false });
    expect(outlineOf(answer, { prompt: "a prompt" }).length).toBeLessThanOrEqual(2_000);
  });

  it("is read without throwing, and is done only with a link", () => {
    fc.assert(
      fc.property(value, (generated) => {
        // Parsed from JSON, so that `__proto__` is a field like any other.
        const answer: unknown = JSON.parse(JSON.stringify(generated) ?? "null");
        const job = jobIn(answer);
        readLogPage(answer, 100);
        const reason = readReason(answer);
        if (reason.message !== null) expect(reason.message.isWellFormed()).toBe(true);
        if (job === null) return;
        expect(job.videoUrl === null || job.videoUrl.startsWith("https:")).toBe(true);
        expect(job.id === null || (job.id.isWellFormed() && job.id.length <= 1024 && job.id !== "")).toBe(true);
        expect(job.status === null || (job.status.isWellFormed() && job.status.length <= 100)).toBe(true);
        // An unknown word counts as done only with a link.
        if (job.stage === "done" && job.videoUrl === null) expect(job.status).toMatch(/^(completed|done)$/);
        if (job.stage === "unknown") expect(job.videoUrl).toBeNull();
      }),
      { numRuns: 3_000 },
    );
  });
});
