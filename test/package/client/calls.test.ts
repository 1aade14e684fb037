// Calls of the client and their failures, over real HTTP. Only the waits before repetitions are skipped and recorded.

import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Reelhook } from "../../../packages/reelhook/src/index.ts";
import type { ReelhookOptions } from "../../../packages/reelhook/src/options.ts";
import { type Answer, cut, html, json, Loopback, problem, reset } from "../../support/loopback.ts";
import { errorOf } from "../../support/reelhook-error.ts";

// All test files share their modules. The client must be loaded here with the mock, and elsewhere without it.
vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());

const { waits } = vi.hoisted(() => ({ waits: [] as number[] }));

vi.mock("../../../packages/reelhook/src/pause.ts", () => ({
  pause: async (ms: number) => {
    waits.push(ms);
  },
}));

const server = new Loopback();
const KEY = "rh_test_acme_0123456789";
const client = (options: Partial<ReelhookOptions> = {}) =>
  new Reelhook({ baseUrl: server.url, apiKey: KEY, ...options });

beforeAll(() => server.start());
afterAll(() => server.stop());
beforeEach(() => {
  waits.length = 0;
});

const MADE = json({ id: "gen_1" }, 202);

describe("a call that fails for a while", () => {
  it.each<[string, Answer]>([
    ["429", problem(429, "rate_limited")],
    ["500", problem(500, "internal")],
    ["a proxy's 502", html(502)],
    ["a lost connection", reset],
    ["an answer that breaks off", cut],
    [
      "an answer that is cut short by a proxy",
      (response) => {
        response.writeHead(202, { "content-type": "application/json" }).end('{"id":');
      },
    ],
  ])("creates one generation after %s", async (_, failure) => {
    server.answer(failure, failure, MADE);
    expect(await client().generations.create({ prompt: "p" })).toEqual({ id: "gen_1" });
    const keys = server.received.map(({ headers }) => headers["idempotency-key"]);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(keys).toEqual([keys[0], keys[0], keys[0]]);
    expect(new Set(server.received.map(({ body }) => body))).toEqual(new Set(['{"prompt":"p"}']));
  });

  it("has a key of its own each time", async () => {
    server.answer(MADE, MADE);
    await client().generations.create({ prompt: "p" });
    await client().generations.create({ prompt: "p" });
    const [first, second] = server.received.map(({ headers }) => headers["idempotency-key"]);
    expect(first).not.toBe(second);
  });

  it("waits as long as Retry-After says, in seconds or until a date", async () => {
    const date = new Date(Date.now() + 30_000).toUTCString();
    const busy = (retryAfter: string) => problem(503, "overloaded", { "retry-after": retryAfter });
    server.answer(busy("7"), busy(date), busy("no number"), MADE);
    await client().generations.create({ prompt: "p" });
    const [seconds, untilDate = 0, unknown = 0] = waits;
    expect(seconds).toBe(7_000);
    expect(untilDate).toBeGreaterThan(20_000);
    expect(untilDate).toBeLessThanOrEqual(30_000);
    expect(unknown).toBeLessThanOrEqual(2_000);
  });

  it("leaves a long Retry-After to the caller", async () => {
    server.answer(problem(429, "rate_limited", { "retry-after": "3600" }));
    expect(await errorOf(client().account.get())).toMatchObject({ status: 429, retryAfterMs: 3_600_000 });
  });

  it("fails with the last error once the repetitions are used up", async () => {
    server.answer(...Array<Answer>(5).fill(reset));
    const error = await errorOf(client().account.get());
    expect(error).toMatchObject({ status: null, code: "connection_failed", requestId: null, detail: null });
    expect(error.message).toBe(`GET /v1/account: no answer from ${server.url} (other side closed).`);
    expect(server.received).toHaveLength(5);
  });

  it("is not repeated with maxRetries: 0", async () => {
    server.answer(problem(503, "overloaded"));
    expect(await errorOf(client({ maxRetries: 0 }).account.get())).toMatchObject({ code: "overloaded" });
    expect(server.received).toHaveLength(1);
  });

  it("is not repeated if it could do something twice, unless it was refused before", async () => {
    const { webhookEndpoints } = client();
    server.answer(problem(429, "rate_limited"), problem(500, "internal"));
    await errorOf(webhookEndpoints.rotateSecret("we_1"));
    expect(server.received).toHaveLength(2);
  });

  it("cancels again, because that has no second effect", async () => {
    server.answer(reset, json({ id: "gen_1" }));
    expect(await client().generations.cancel("gen_1")).toEqual({ id: "gen_1" });
  });

  it.each<[string, Answer[]]>([
    ["the answer was lost", [reset, problem(404, "not_found")]],
    ["it was lost and the next one refused", [html(502), problem(429, "rate_limited"), problem(404, "not_found")]],
  ])("has deleted a generation that is gone after %s", async (_, answers) => {
    server.answer(...answers);
    await client().generations.delete("gen_1");
    expect(server.received).toHaveLength(answers.length);
  });

  it.each<[string, Answer[], object]>([
    ["was never there", [problem(404, "not_found")], { code: "not_found" }],
    [
      "was not there when the API could answer",
      [problem(429, "rate_limited"), problem(404, "not_found")],
      { code: "not_found" },
    ],
    ["a proxy does not know", [reset, html(404)], { code: "unexpected_answer" }],
  ])("has not deleted what %s", async (_, answers, expected) => {
    server.answer(...answers);
    expect(await errorOf(client().generations.delete("gen_1"))).toMatchObject(expected);
  });
});

describe("a success without what it should have", () => {
  it.each<[string, Answer]>([
    ["nothing", (response) => response.writeHead(204).end()],
    ["a list", json([], 202)],
  ])("is an error: %s", async (_, answer) => {
    server.answer(answer);
    const create = client().generations.create({ prompt: "p" });
    expect(await errorOf(create)).toMatchObject({ code: "unexpected_answer" });
    expect(server.received).toHaveLength(1);
  });
});

describe("an error", () => {
  it("has what the API says about it", async () => {
    const body = {
      ...{ type: "about:blank", title: "The request is invalid", status: 400, code: "invalid_request" },
      ...{ detail: "The request is invalid.", request_id: "req_1", generation_id: "gen_1" },
      errors: [{ pointer: "/duration", message: "must be 5 or 10" }],
    };
    server.answer(json(body, 400, { "content-type": "application/problem+json" }));
    const error = await errorOf(client().generations.create({ prompt: "p" }));
    expect(error).toMatchObject({
      ...{ name: "ReelhookError", status: 400, code: "invalid_request", requestId: "req_1", generationId: "gen_1" },
      ...{ detail: "The request is invalid.", errors: body.errors, retryAfterMs: null },
      message: "POST /v1/generations: The request is invalid. /duration: must be 5 or 10",
    });
  });

  it("names each bad field once, also those that the detail leaves out", async () => {
    const body = {
      ...{ type: "about:blank", title: "Invalid request", status: 400, code: "invalid_request", request_id: "req_1" },
      detail: "the body: must be shorter; /duration: must be 5 or 10; and 1 more",
      errors: [
        { pointer: "", message: "must be shorter" },
        { pointer: "/duration", message: "must be 5 or 10" },
        { pointer: "/seed", message: "must be a number" },
      ],
    };
    server.answer(json(body, 400, { "content-type": "application/problem+json" }));
    const { message } = await errorOf(client().generations.create({ prompt: "p" }));
    expect(message).toBe(`POST /v1/generations: ${body.detail} /seed: must be a number`);
  });

  it.each<[string, Answer, number]>([
    ["a page", html(200), 200],
    ["a page that does not exist", html(404), 404],
    ["nothing", (response) => response.writeHead(200).end(), 200],
    ["text", json("pong"), 200],
    ["another API's error", json({ code: "E42", detail: "no", errors: { field: "bad" } }, 422), 422],
  ])("says that somebody else has answered with %s", async (_, answer, status) => {
    server.answer(answer);
    const error = await errorOf(client().models.list());
    expect(error).toMatchObject({ status, code: "unexpected_answer", requestId: null, errors: [] });
    expect(error.message).toMatch(/^GET \/v1\/models: .* is not Reelhook's\. Check the base URL/);
    expect(server.received).toHaveLength(1);
  });

  it("names where a redirect leads, without its query, and does not take the key there", async () => {
    server.answer(html(302, { location: "https://login.example.com/start?token=secret" }));
    const error = await errorOf(client().account.get());
    expect(error).toMatchObject({ status: 302, code: "unexpected_answer" });
    expect(error.message).toContain("is a redirect to https://login.example.com/start. Check the base URL.");
    server.answer(html(308, { location: "/other" }), json({ object: "account" }));
    expect((await errorOf(client().account.get())).message).toContain(`${server.url}/other`);
    expect(server.received).toHaveLength(1);
  });
});

describe("the video", () => {
  it("is a Response whose body arrives as a stream", async () => {
    server.answer((response) => {
      response.writeHead(206, { "content-type": "video/mp4", "content-range": "bytes 0-3/8" }).end("mp4!");
    });
    const video = await client().generations.video("gen_1", { range: "bytes=0-3" });
    expect([video.status, video.headers.get("content-range"), await video.text()]).toEqual([
      206,
      "bytes 0-3/8",
      "mp4!",
    ]);
    expect(server.received[0]).toMatchObject({ path: "/v1/generations/gen_1/video", headers: { range: "bytes=0-3" } });
  });

  it("is not a page that something else answers with", async () => {
    server.answer(html(200));
    expect(await errorOf(client().generations.video("gen_1"))).toMatchObject({ code: "unexpected_answer" });
  });
});
