import { describe, expect, it } from "vitest";
import { USER_AGENT } from "../../src/contract/version.ts";
import type { SubmitResult } from "../../src/core/generation/action.ts";
import { RUNWAY_PATH } from "../../src/core/models/model.ts";
import type { Submission } from "../../src/generation/ports.ts";
import { aimlapi } from "../../src/providers/aimlapi.ts";
import { fakeFetch, json, type Step, silence } from "../support/fetch.ts";

const NOW = Date.UTC(2026, 10, 22, 12);

const KEY = "0123456789abcdef";

function provider(...steps: Step[]) {
  const { fetch, asked } = fakeFetch(...steps);
  const unknown: string[] = [];
  const missing: string[] = [];
  const built = aimlapi({
    apiKey: KEY,
    baseUrl: "https://api.example.com",
    fetch,
    clock: { now: () => NOW, random: () => 0.5 },
    rules: { allowLocal: false, ownOrigins: [] },
    onUnknownStatus: (status) => unknown.push(status),
    onMissingLink: (id, outline) => missing.push(`${id} ${outline}`),
    timeouts: { submitMs: 20, readMs: 20 },
  });
  return { ...built, asked, unknown, missing };
}

const submission: Submission = {
  model: "runway/gen4_aleph",
  path: RUNWAY_PATH,
  input: { prompt: "p" },
  simulate: null,
  staged: null,
  requestId: "r.1",
};
const job = {
  id: "uuid:kling/v1.6/pro",
  path: RUNWAY_PATH,
  input: { prompt: "a secret prompt", video_url: "https://example.com/mine.mp4" },
};

describe("a submission", () => {
  it("is a POST to the model's path with a request id", async () => {
    const { submit, asked } = provider(json({ id: "j", status: "queued" }, 201));
    await submit(submission);
    expect(asked).toMatchObject([
      {
        url: "https://api.example.com/v2/generate/video/runway/generation",
        init: {
          method: "POST",
          redirect: "manual",
          body: '{"model":"runway/gen4_aleph","prompt":"p"}',
          headers: { authorization: `Bearer ${KEY}`, "user-agent": USER_AGENT, "x-client-request-id": "r.1" },
        },
      },
    ]);
  });

  it("never shows the operator's key, even if the provider repeats it", async () => {
    const echo = { message: `Bearer ${KEY} is not valid` };
    const without = { message: "Bearer [API key] is not valid" };
    const { submit, poll, reconcile } = provider(
      ...[json(echo, 401), new Error(echo.message), json(echo, 400), json(echo, 500)],
      ...[json({ id: job.id, status: "failed", error: echo }), json(echo, 401)],
    );
    expect(await submit(submission)).toMatchObject({ kind: "refused", ...without });
    expect(await submit(submission)).toMatchObject({ message: `POST api.example.com: ${without.message}` });
    expect(await submit(submission)).toMatchObject({ kind: "refused", ...without });
    expect(await poll(job)).toMatchObject({ kind: "unavailable", ...without });
    expect(await poll(job)).toMatchObject({ kind: "failed", ...without });
    expect(await reconcile({ requestId: "r", sentAt: NOW, model: submission.model })).toMatchObject(without);
  });

  const accepted = { kind: "accepted", jobId: "j", status: "queued", credits: null, usd: null };
  const error = (status: number, headers = {}) => json({ message: "why", statusCode: String(status) }, status, headers);
  it.each<[string, Step, Partial<SubmitResult>]>([
    ["201 with an id", json({ id: "j", status: "queued" }, 201), accepted as SubmitResult],
    ["200 with generation_id", json({ generation_id: "j", status: "queued" }), accepted as SubmitResult],
    [
      "the price in a header",
      json({ id: "j", status: "queued" }, 201, { "x-aimlapi-credits-used": "5" }),
      { credits: 5 } as SubmitResult,
    ],
    ["an id in a header only", json({}, 201, { "x-inference-id": "j" }), { kind: "accepted", jobId: "j" }],
    [
      "an id in a header, no JSON",
      new Response("<html>", { status: 200, headers: { "x-inference-id": "j" } }),
      { kind: "accepted" },
    ],
    ["an id in a wrapper", json({ data: { task_id: "j" } }, 201), { kind: "accepted", jobId: "j" }],
    ["an id of 900 kB", json({ id: "j".repeat(900_000) }, 201), { kind: "unknown" }],
    ["an empty id", json({ id: "" }, 201), { kind: "unknown" }],
    ["an id that JSON cannot carry", new Response('{"id": 9007199254740993}'), { kind: "unknown" }],
    [
      "such an id, and one in a header",
      new Response('{"id": 9007199254740993}', { headers: { "x-inference-id": "j" } }),
      { kind: "accepted", jobId: "j" },
    ],
    ["2xx without an id", json({ status: "queued" }, 201), { kind: "unknown" }],
    ["2xx that is not JSON", new Response("<html>"), { kind: "unknown" }],
    ["400", error(400), { kind: "refused", code: "invalid_input", message: "why" }],
    ["401", error(401), { kind: "refused", code: "provider_unauthorized", message: "why" }],
    ["403", error(403), { kind: "refused", code: "insufficient_credits", message: "why" }],
    [
      "a firewall's page with 403",
      new Response("<html>Blocked</html>", { status: 403 }),
      { kind: "refused", code: "provider_error", message: "POST api.example.com: status 403, not JSON" },
    ],
    ["405", error(405), { kind: "refused", code: "provider_error" }],
    ["413", error(413), { kind: "refused", code: "provider_error" }],
    ["301", new Response(null, { status: 301 }), { kind: "refused", code: "provider_error" }],
    ["404", error(404), { kind: "refused", code: "provider_error", message: "why" }],
    ["418", error(418), { kind: "refused", code: "provider_error", message: "why" }],
    ["a redirect", new Response(null, { status: 302, headers: { location: "https://evil" } }), { kind: "refused" }],
    ["429", error(429, { "retry-after": "7" }), { kind: "busy", retryAfterMs: 7_000 }],
    ["429 and seconds with a fraction", error(429, { "retry-after": "40.5" }), { kind: "busy", retryAfterMs: 40_500 }],
    ["429 and an unreadable wait", error(429, { "retry-after": "-3" }), { kind: "busy", retryAfterMs: null }],
    ["503", error(503), { kind: "busy", retryAfterMs: null }],
    ["503 of a gateway", new Response("upstream connect error", { status: 503 }), { kind: "busy" }],
    [
      "503 of a gateway that says when",
      new Response("<html>", { status: 503, headers: { "retry-after": "9" } }),
      { kind: "busy", retryAfterMs: 9_000 },
    ],
    ["429 of a gateway", new Response("<html>", { status: 429 }), { kind: "busy" }],
    ["303", new Response(null, { status: 303 }), { kind: "unknown" }],
    ["409", error(409), { kind: "refused", code: "provider_error" }],
    ["423", error(423), { kind: "refused", code: "provider_error" }],
    ["499", error(499), { kind: "unknown" }],
    ["520", new Response("<html>", { status: 520 }), { kind: "unknown" }],
    ["524", new Response("<html>", { status: 524 }), { kind: "unknown" }],
    ["529", error(529), { kind: "unknown" }],
    ["200 with an HTTP error in the body", json({ statusCode: 429, status: "error" }), { kind: "unknown" }],
    ["500", error(500), { kind: "unknown" }],
    ["502", error(502), { kind: "unknown" }],
    ["504", error(504), { kind: "unknown" }],
    ["408", error(408), { kind: "unknown" }],
    ["a lost connection", new Error("reset"), { kind: "unknown", message: "POST api.example.com: reset" }],
    ["silence", silence, { kind: "unknown", message: "POST api.example.com: no answer within 0.02 s" }],
  ])("answered by %s", async (_, step, expected) => {
    expect(await provider(step).submit(submission)).toMatchObject(expected);
  });
});

describe("the price", () => {
  const HEADERS = { "x-aimlapi-credits-used": "5", "x-aimlapi-usd-spent": "0.2" };
  const usage = (credits: unknown, usd: unknown) => ({ meta: { usage: { credits_used: credits, usd_spent: usd } } });

  it.each<[string, object, Record<string, string>, object]>([
    ["in the body", usage(7, 0.39), {}, { credits: 7, usd: 390_000 }],
    ["in headers", {}, HEADERS, { credits: 5, usd: 200_000 }],
    ["in both, of which the body counts", usage(7, 0.39), HEADERS, { credits: 7, usd: 390_000 }],
    ["in the body, zero", usage(0, 0), HEADERS, { credits: 0, usd: 0 }],
    ["in a header, zero", {}, { "x-aimlapi-usd-spent": "0" }, { credits: null, usd: 0 }],
    ["partly in the body", usage(7, null), HEADERS, { credits: 7, usd: 200_000 }],
    ["in the body, unreadable", usage("seven", "cheap"), HEADERS, { credits: 5, usd: 200_000 }],
    ["in the body, too large", usage(7, 1e9), HEADERS, { credits: 7, usd: 200_000 }],
    ["nowhere", {}, {}, { credits: null, usd: null }],
    ...["", "-1", "NaN", "Infinity", "1e3", "0x10", "1,5", "1.5 USD", "9".repeat(400), "1000000.01"].map(
      (text): [string, object, Record<string, string>, object] => [
        `in a header, as ${JSON.stringify(text.slice(0, 20))}`,
        {},
        { "x-aimlapi-usd-spent": text },
        { usd: null },
      ],
    ),
  ])("%s is read from the answers to submissions and polls", async (_, body, headers, expected) => {
    const answer = (status: string) => json({ id: job.id, status, ...body }, 200, headers);
    const { submit, poll } = provider(
      ...["queued", "generating", "completed", "failed"].map(answer),
      json({ id: job.id, status: "failed", ...body }, 400, headers),
      json({ id: job.id, error: "no", ...body }, 200, headers),
    );
    expect(await submit(submission)).toMatchObject({ kind: "accepted", ...expected });
    expect(await poll(job)).toMatchObject({ kind: "running", ...expected });
    expect(await poll(job)).toMatchObject({ kind: "done", ...expected });
    for (const _ of [1, 2, 3]) expect(await poll(job)).toMatchObject({ kind: "failed", ...expected });
  });

  it.each<[string, object, Record<string, string>, boolean]>([
    ["nowhere", {}, {}, false],
    ["zero", usage(0, 0), { "x-aimlapi-usd-spent": "0.00" }, false],
    ["in the body", usage(null, 0.2), {}, true],
    ["in the body, unreadable", usage(null, "$0.20"), {}, true],
    ["in another field", { cost: { usd: 0.2 } }, {}, true],
    ["in a header", {}, HEADERS, true],
    ["in a header, unreadable", {}, { "x-aimlapi-usd-spent": "$0.20" }, true],
  ])("%s: whether a failed job may be charged", async (_, body, headers, isCharged) => {
    const { poll } = provider(json({ id: "j", status: "failed", ...body }, 200, headers));
    expect(await poll(job)).toMatchObject({ kind: "failed", isCharged, retryable: !isCharged });
  });
});

const V = "https://v.example.com/";
const NO_LINK = { kind: "done", url: null };
const NOT_RETRYABLE = { kind: "failed", code: "provider_error", retryable: false };

describe("a poll", () => {
  it("is a GET with the encoded job id in the query", async () => {
    const { poll, asked } = provider(json({ id: "x", status: "generating" }));
    expect(await poll(job)).toEqual({ kind: "running", started: true, status: "generating", credits: null, usd: null });
    expect(asked[0]?.url).toBe(
      "https://api.example.com/v2/generate/video/runway/generation?generation_id=uuid%3Akling%2Fv1.6%2Fpro",
    );
  });

  it.each<[string, Step, object]>([
    ["queued", json({ status: "queued" }), { kind: "running", started: false }],
    ["completed", json({ status: "completed", video: { url: V } }), { kind: "done", url: V }],
    ["an unknown word and a link", json({ status: "wrapped_up", videos: [V] }), { kind: "done", url: V }],
    ["an unknown word and an error", json({ status: "broken", error: "no" }), { kind: "failed", retryable: false }],
    ["a forbidden link", json({ status: "completed", video: { url: "javascript:alert(1)" } }), NO_LINK],
    ["a private address", json({ status: "completed", video: { url: "https://10.0.0.1/v.mp4" } }), NO_LINK],
    ["the caller's own video", json({ status: "completed", video_url: "https://example.com/mine.mp4" }), NO_LINK],
    [
      "the caller's own video beside the result",
      json({ status: "completed", video_url: "https://example.com/mine.mp4", output: [V] }),
      { kind: "done", url: V },
    ],
    [
      "a price in a header",
      json({ status: "queued" }, 200, { "x-aimlapi-credits-used": "5" }),
      { credits: 5, usd: null },
    ],
    ["2 MiB", json({ status: "completed", preview: "x".repeat(2 * 1024 * 1024), video: { url: V } }), { kind: "done" }],
    [
      "more than 8 MiB",
      json({ status: "completed", preview: "x".repeat(8 * 1024 * 1024), video: { url: V } }),
      { kind: "unavailable", message: "GET api.example.com: status 200, more than 8 MiB" },
    ],
    [
      "commas and brackets in texts, which are no values",
      json({ status: "completed", preview: '\\",[{'.repeat(100_000), video: { url: V } }),
      { kind: "done", url: V },
    ],
    [
      "too many values",
      json({ status: "completed", rows: Array(100_000).fill([]), video: { url: V } }),
      { kind: "unavailable", message: "GET api.example.com: status 200, more than 100000 values" },
    ],
    [
      "a failure",
      json({ id: "j", status: "failed", failure: "broke" }),
      { kind: "failed", message: "broke", retryable: true },
    ],
    ["a failure that was charged", json({ status: "failed", meta: { usage: { credits_used: 5 } } }), NOT_RETRYABLE],
    ["a failure that was paid for", json({ status: "failed", meta: { usage: { usd_spent: 0.2 } } }), NOT_RETRYABLE],
    [
      "a failure with a price in a header",
      json({ status: "failed" }, 200, { "x-aimlapi-usd-spent": "0.2" }),
      NOT_RETRYABLE,
    ],
    [
      "a failure and no price",
      json({ id: "j", status: "failed" }, 200, { "x-aimlapi-usd-spent": "0.00" }),
      { retryable: true },
    ],
    ["a failure that may be another job's", json({ status: "failed", failure: "broke" }), NOT_RETRYABLE],
    ["an error beside the job's id", json({ id: job.id, error: "no" }), { ...NOT_RETRYABLE, message: "no" }],
    ["an error beside another id", json({ id: "request-1", error: "no" }), { kind: "unavailable", message: "no" }],
    ["410 with the failed job", json({ id: job.id, status: "expired", error: "late" }, 410), NOT_RETRYABLE],
    ["410 with another failed job", json({ id: "j", status: "expired" }, 410), { kind: "unavailable" }],
    ["500 with the failed job", json({ id: job.id, status: "failed" }, 500), { kind: "unavailable" }],
    ["an error of a gateway", json({ status: "error", code: 429, message: "slow" }), { kind: "unavailable" }],
    ["a rejected job", json({ status: "rejected", error: "no" }), NOT_RETRYABLE],
    ["an error of HTTP's", json({ status: 500, error: "Internal Server Error", path: "/" }), { kind: "unavailable" }],
    ["an error of the API", json({ statusCode: 429, status: "error", message: "slow" }), { kind: "unavailable" }],
    ["a failure with a video", json({ status: "failed", video: { url: V } }), NOT_RETRYABLE],
    [
      "an expired job",
      json({ status: "expired", error: { message: "too late" } }),
      { ...NOT_RETRYABLE, message: "too late" },
    ],
    ["a moderated job", json({ status: "failed", failureCode: "SAFETY.OUTPUT.VIDEO" }), { code: "moderated" }],
    ["completed without a URL", json({ status: "completed" }), { kind: "done", url: null }],
    ["error", json({ status: "error", error: "no" }), { kind: "failed", code: "provider_error", message: "no" }],
    ["404", json({ message: "unknown" }, 404), { kind: "missing" }],
    ["404 without a body", new Response(null, { status: 404 }), { kind: "missing" }],
    [
      "a gateway's 404",
      new Response("<html>", { status: 404, headers: { "content-type": "text/html" } }),
      { kind: "unavailable", message: "GET api.example.com: status 404, not JSON" },
    ],
    ["401", json({ message: "key" }, 401), { kind: "unavailable", message: "key" }],
    ["403", json({ message: "credits" }, 403), { kind: "unavailable" }],
    [
      "429",
      json({}, 429, { "retry-after": "Sun, 22 Nov 2026 12:00:30 GMT" }),
      { kind: "unavailable", isRefused: true, retryAfterMs: 30_000 },
    ],
    ["503", json({}, 503), { kind: "unavailable", isRefused: true }],
    ["500", json({}, 500), { kind: "unavailable", isRefused: false, message: "GET api.example.com: status 500" }],
    ["no JSON", new Response("<html>"), { kind: "unavailable", message: "GET api.example.com: status 200, not JSON" }],
    ["nothing", new Response(null), { kind: "unavailable", message: "GET api.example.com: status 200, no body" }],
    ["JSON without a status", json({ id: "j" }), { kind: "unavailable" }],
    ["a lost connection", new Error("reset"), { kind: "unavailable", message: "GET api.example.com: reset" }],
    ["silence", silence, { kind: "unavailable", message: "GET api.example.com: no answer within 0.02 s" }],
  ])("answered by %s", async (_, step, expected) => {
    expect(await provider(step).poll(job)).toMatchObject(expected);
  });

  it("with an unknown status counts as running and reports the status", async () => {
    const { poll, unknown } = provider(json({ status: "daydreaming" }));
    expect(await poll(job)).toEqual({
      kind: "running",
      started: false,
      status: "daydreaming",
      credits: null,
      usd: null,
    });
    expect(unknown).toEqual(["daydreaming"]);
  });

  it("that is done without a link reports the answer, without the prompt and without query strings", async () => {
    const answer = {
      status: "completed",
      odd_field: "https://files.example.com/v.mp4?token=secret",
      prompt: "anything",
      echo: "You asked for a secret prompt.",
      list: [1, null, true],
    };
    const { poll, missing } = provider(json(answer));
    await poll(job);
    expect(missing).toEqual([
      `${job.id} {"status":"completed","odd_field":"https://files.example.com/v.mp4?…","prompt":"…","echo":"…","list":[1,null,true]}`,
    ]);
    const large = provider(json({ status: "completed", list: Array.from({ length: 1_000 }, () => "x".repeat(1_000)) }));
    await large.poll(job);
    expect(large.missing[0]?.length).toBeLessThan(2_100);
    // The input of a deleted generation is not known, so its prompt could not be recognized.
    const deleted = provider(json(answer));
    expect(await deleted.poll({ ...job, input: null })).toMatchObject({ kind: "done", url: null });
    expect(deleted.missing).toEqual([]);
  });
});

describe("a search of the provider's log", () => {
  const lost = { requestId: "r.1", sentAt: NOW, model: "runway/gen4_aleph" };
  const row = (more: object) => ({
    created: "x",
    status: "succeeded",
    inference_id: "other",
    client_request_id: "r.0",
    ...more,
  });
  const page = (data: object[], has_more = false) =>
    json({ data, pagination: { limit: 100, offset: 0, total: 1, has_more } });

  it("reads all pages of a narrow time window", async () => {
    const { reconcile, asked } = provider(
      page([row({})], true),
      page([row({ client_request_id: "r.1", inference_id: "j" })]),
    );
    expect(await reconcile(lost)).toEqual({ kind: "found", jobId: "j" });
    const queries = asked.map(({ url }) => Object.fromEntries(new URL(url).searchParams));
    expect(queries).toEqual([
      { start: "2026-11-22T11:58:00.000Z", end: "2026-11-22T12:03:00.000Z", limit: "100", offset: "0" },
      { start: "2026-11-22T11:58:00.000Z", end: "2026-11-22T12:03:00.000Z", limit: "100", offset: "100" },
    ]);
  });

  it.each<[string, Step, object]>([
    ["no matching row", page([row({})]), { kind: "absent" }],
    ["an empty log", page([]), { kind: "absent" }],
    ["a matching row that failed", page([row({ client_request_id: "r.1", status: "failed" })]), { kind: "failed" }],
    [
      "a failed and a successful row of one request",
      page([row({ client_request_id: "r.1", status: "failed" }), row({ client_request_id: "r.1", inference_id: "j" })]),
      { kind: "found", jobId: "j" },
    ],
    [
      "a row that failed and one that may run",
      page([
        row({ client_request_id: "r.1", status: "failed" }),
        row({ client_request_id: "r.1", inference_id: null }),
      ]),
      { kind: "absent" },
    ],
    ["a matching row without a job", page([row({ client_request_id: "r.1", inference_id: null })]), { kind: "absent" }],
    ["429", json({}, 429, { "retry-after": "3" }), { kind: "unavailable", retryAfterMs: 3_000 }],
    ["no JSON", new Response("<html>"), { kind: "unavailable" }],
    ["a lost connection", new Error("reset"), { kind: "unavailable" }],
  ])("that returns %s", async (_, step, expected) => {
    expect(await provider(step).reconcile(lost)).toMatchObject(expected);
  });
});
