import { APICallError } from "@ai-sdk/provider";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createReelhook } from "../../../packages/reelhook/src/ai-sdk/index.ts";
import { COMPLETED, GENERATION, ID, json, play, problem, start } from "./played-api.ts";
import { at, model as fieldsOf, TEXT } from "./request.ts";

const READ = "GET /v1/models/vendor%2Fmodel";
const CREATE = "POST /v1/generations";

afterEach(() => {
  vi.useRealTimers();
});

describe("starting a generation", () => {
  it("sends the mapped fields, and returns an operation", async () => {
    const { model, calls } = play();
    const started = await model.doStart(start({ duration: 5, fps: 24 }));
    expect(calls.map(({ call }) => call)).toEqual([READ, CREATE]);
    expect(calls[1]?.body).toEqual({ model: "vendor/model", prompt: "A fairy.", duration: 5 });
    expect(started).toMatchObject({
      operation: { id: ID },
      warnings: [{ type: "unsupported", feature: "fps" }],
      providerMetadata: { reelhook: { id: ID, status: "queued", estimate: { usd: 0.5 } } },
      response: { modelId: "vendor/model", headers: { "content-type": "application/json" } },
    });
  });

  it("forwards the SDK's headers, except those of the client", async () => {
    const { model, calls } = play();
    const headers = {
      "Idempotency-Key": "aisdk_vid_1",
      "user-agent": "ai/7",
      "X-Mine": "1",
      Authorization: "Bearer x",
    };
    await model.doStart(start({ headers: { ...headers, "x-absent": undefined } }));
    const sent = Object.fromEntries(calls[1]?.headers ?? []);
    expect(sent).toMatchObject({
      ...{ "idempotency-key": "aisdk_vid_1", "user-agent": "ai/7", "x-mine": "1" },
      ...{ authorization: "Bearer rh_test_key_0123456789", "content-type": "application/json" },
    });
    expect(sent).not.toHaveProperty("x-absent");
    expect(calls[0]?.headers.get("x-mine")).toBe("1");
  });

  it("sends the app's own fields, which win over mapped ones", async () => {
    const { model, calls } = play();
    const reelhook = {
      duration: 8,
      negative_prompt: "rain",
      metadata: { order: "42" },
      retention_days: 7,
      model: "other",
    };
    await model.doStart(start({ duration: 5, providerOptions: { reelhook, other: { seed: 1 } } }));
    expect(calls[1]?.body).toEqual({ prompt: "A fairy.", ...reelhook, model: "vendor/model" });
  });

  it.each([
    [{}, { webhook_url: "https://sdk.example" }],
    [
      { webhook_url: "https://app.example" },
      { webhooks: [{ url: "https://app.example" }, { url: "https://sdk.example" }] },
    ],
    [
      { webhooks: [{ url: "https://app.example", events: ["generation.failed"] }] },
      {
        webhooks: [{ url: "https://app.example", events: ["generation.failed"] }, { url: "https://sdk.example" }],
      },
    ],
    [
      { webhooks: { url: "https://app.example" } },
      { webhooks: [{ url: "https://app.example" }, { url: "https://sdk.example" }] },
    ],
    [{ webhooks: "https://app.example" }, { webhooks: ["https://app.example", { url: "https://sdk.example" }] }],
  ])("sends the SDK's webhook next to the app's own (%#)", async (reelhook, webhooks) => {
    const { model, calls } = play();
    await model.doStart(start({ webhookUrl: "https://sdk.example", providerOptions: { reelhook } }));
    expect(calls[1]?.body).toEqual({ model: "vendor/model", prompt: "A fairy.", ...webhooks });
  });

  it("leaves the video to the status, because the SDK adds the two lists of videos", async () => {
    const { model } = play({ generations: json(COMPLETED) });
    expect((await model.doStart(start())).providerMetadata["reelhook"]).not.toHaveProperty("videos");
  });

  it("warns of a model that is retired soon", async () => {
    const deprecated = { on: "2027-01-31", replacement: "vendor/next" };
    const { model } = play({ generations: json({ ...GENERATION, deprecated }, { status: 202 }) });
    const message = "vendor/model is retired on 2027-01-31. Use vendor/next instead.";
    expect((await model.doStart(start())).warnings).toEqual([{ type: "deprecated", setting: "model", message }]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    "refuses the duration %d, which JSON does not have",
    async (duration) => {
      const { model, calls } = play();
      await expect(model.doStart(start({ duration }))).rejects.toThrow(new RangeError(`duration is ${duration}.`));
      expect(calls.map(({ call }) => call)).toEqual([READ]);
    },
  );

  it("refuses files that are too large before it sends them", async () => {
    const { model, calls } = play();
    const image = { type: "file", mediaType: "image/png", data: new Uint8Array(25 * 1024 * 1024) } as const;
    await expect(model.doStart(start({ image }))).rejects.toThrow(/Send URLs instead/);
    expect(calls.map(({ call }) => call)).toEqual([READ]);
  });

  it("calls the app's webhook factory", async () => {
    const received = Promise.resolve({ headers: {}, body: null });
    const webhook = async () => ({ url: "https://sdk.example", received });
    expect(await play().model.handleWebhookOption({ webhook })).toEqual({
      webhookUrl: "https://sdk.example",
      received,
    });
  });
});

describe("the model's schema", () => {
  it("is read once for ten minutes, also by calls at the same time", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 0 });
    const { model, calls } = play();
    const reads = () => calls.filter(({ call }) => call === READ).length;
    await Promise.all([model.doStart(start()), model.doStart(start())]);
    vi.setSystemTime(10 * 60_000 - 1);
    await model.doStart(start());
    expect(reads()).toBe(1);
    vi.setSystemTime(10 * 60_000);
    await model.doStart(start());
    expect(reads()).toBe(2);
  });

  it("is read again after a failure", async () => {
    let isAway = true;
    const schema = json({ input_schema: null });
    const { model } = play({ "vendor%2Fmodel": () => (isAway ? problem(503, "internal")() : schema()) });
    await expect(model.doStart(start())).rejects.toMatchObject({ statusCode: 503, isRetryable: true });
    isAway = false;
    await model.doStart(start());
  });

  it.each([
    ["is null", json({ input_schema: null })],
    ["is of an unknown model, which the API refuses better", problem(404, "not_found")],
  ])("has the usual names if it %s", async (_, answer) => {
    const { model, calls } = play({ "vendor%2Fmodel": answer });
    await model.doStart(start({ image: at("a.png") }));
    expect(calls[1]?.body).toMatchObject({ prompt: "A fairy.", image_url: "https://files.example/a.png" });
  });

  it("is read again after an answer without it", async () => {
    const { model, calls } = play({ "vendor%2Fmodel": json({ input_schema: null }) });
    await model.doStart(start());
    await model.doStart(start());
    expect(calls.filter(({ call }) => call === READ).length).toBe(2);
  });

  it("stays the same for a start that is repeated after its answer was lost", async () => {
    const schemas = [null, fieldsOf({ prompt: TEXT, start_image_url: TEXT })];
    const played = play({
      "vendor%2Fmodel": () => Response.json({ input_schema: schemas.shift() ?? null }),
      generations: () => Promise.reject(new Error("lost")),
    });
    const image = at("fairy.png");
    const starts = ["key-1", "key-1", "key-2"].map((key) => start({ image, headers: { "idempotency-key": key } }));
    for (const options of starts) await expect(played.model.doStart(options)).rejects.toThrow("lost");
    const sent = played.calls.filter(({ call }) => call === CREATE).map(({ body }) => Object.keys(body));
    expect(sent[0]).toContain("image_url");
    expect(sent[1]).toEqual(sent[0]);
    expect(sent[2]).toContain("start_image_url");
  });

  it("is not affected when one of the waiting calls is aborted", async () => {
    const { promise: answer, resolve } = Promise.withResolvers<Response>();
    const { model, calls } = play({ "vendor%2Fmodel": () => answer });
    const abort = new AbortController();
    const aborted = model.doStart(start({ abortSignal: abort.signal }));
    const other = model.doStart(start());
    abort.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    resolve(Response.json({ input_schema: null }));
    await other;
    expect(calls.map(({ call }) => call)).toEqual([READ, CREATE]);
  });
});

describe("errors", () => {
  it.each([
    ["a limit", problem(429, "rate_limited", { "retry-after": "3" }), 429, true],
    ["a limit for longer than the SDK waits", problem(429, "rate_limited", { "retry-after": "3600" }), 429, false],
    ["invalid fields", problem(400, "invalid_request"), 400, false],
    ["a conflict", problem(409, "idempotency_key_deleted"), 409, false],
    ["a spent budget", problem(402, "budget_exceeded", { "retry-after": "3600" }), 402, false],
    ["a bug", problem(500, "internal"), 500, true],
    ["a setting", problem(503, "provider_not_configured"), 503, false],
    ["a proxy", () => new Response("<html>", { status: 502 }), 502, true],
  ])("tell the SDK whether to repeat the call: %s", async (_, answer, statusCode, isRetryable) => {
    const { model, calls } = play({ generations: answer });
    const error: unknown = await model.doStart(start()).catch((cause: unknown) => cause);
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ statusCode, isRetryable, url: "https://reelhook.example/v1/generations" });
    // The SDK repeats calls, so the client does not.
    expect(calls.length).toBe(2);
  });

  it("carry what the API has answered", async () => {
    const { model } = play({ generations: problem(429, "rate_limited", { "retry-after": "3" }) });
    await expect(model.doStart(start())).rejects.toMatchObject({
      message: "POST /v1/generations: It is rate_limited.",
      responseHeaders: { "retry-after": "3" },
      requestBodyValues: { model: "vendor/model", prompt: "A fairy." },
      data: { code: "rate_limited", request_id: "req_1" },
      cause: { name: "ReelhookError" },
    });
  });

  it("let the SDK repeat a call whose connection is lost", async () => {
    const { model } = play({ generations: () => Promise.reject(new TypeError("fetch failed")) });
    const error: unknown = await model.doStart(start()).catch((cause: unknown) => cause);
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ statusCode: undefined, responseHeaders: undefined, isRetryable: true });
  });

  it("name a missing option at once", () => {
    expect(() => createReelhook({ baseUrl: "reelhook.example", apiKey: "rh_test_key" })).toThrow(/baseUrl/);
    expect(() => createReelhook({ baseUrl: "https://reelhook.example", apiKey: "" })).toThrow(/apiKey/);
  });
});
