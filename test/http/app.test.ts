// The middleware: settings, crashes, request ids, limits and the log.

import { timingSafeEqual as nodeTimingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Index, WebhookEndpoints } from "../../src/account/accounts.ts";
import type { Generations } from "../../src/generation/generations.ts";
import { createApp } from "../../src/http/app.ts";
import type { Bindings } from "../../src/http/app-env.ts";
import { RATE_LIMIT } from "../../src/http/rate-limit.ts";
import type { Log, LogFields } from "../../src/log.ts";
import type { VideoFiles } from "../../src/videos/files.ts";
import type { StagedInputs } from "../../src/videos/staged-inputs.ts";

const SETTINGS = { API_KEYS: '{"acme": ["rh_live_0123456789"]}', SIGNING_SECRET: "s".repeat(32) };
const BINDINGS = { GENERATIONS: {}, ACCOUNTS: {}, VIDEOS: {} };

function app(generations = {} as Generations) {
  const lines: { event: string; fields: LogFields }[] = [];
  const write = (event: string, fields: LogFields) => void lines.push({ event, fields });
  const log: Log = { info: write, error: write };
  const built = createApp(() => ({
    generations,
    index: {} as Index,
    webhookEndpoints: {} as WebhookEndpoints,
    videos: {} as VideoFiles,
    inputs: {} as StagedInputs,
    clock: { now: () => 0, random: () => 0 },
    log,
  }));
  const get = (path: string, env: object, headers: Record<string, string> = {}, method = "GET") =>
    built.request(path, { headers, method }, env as Bindings);
  return { get, lines };
}

describe("a deployment with invalid settings", () => {
  it("names them on /healthz, without their values", async () => {
    const { get } = app();
    const response = await get("/healthz", { ...BINDINGS, SIGNING_SECRET: "hunter2", POLL_INTERVAL_SECONDS: "soon" });
    expect(response.status).toBe(503);
    const text = await response.text();
    expect(text).not.toContain("hunter2");
    expect(JSON.parse(text)).toEqual({
      status: "misconfigured",
      version: "0.1.0",
      problems: [
        { setting: "API_KEYS", message: "is missing" },
        { setting: "SIGNING_SECRET", message: "must be one or more space-separated secrets of at least 32 bytes" },
        { setting: "POLL_INTERVAL_SECONDS", message: "must be a number of seconds from 0.1 to 3600" },
      ],
    });
  });

  it("names a missing binding on /healthz", async () => {
    const response = await app().get("/healthz", SETTINGS);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      problems: [{ setting: "GENERATIONS" }, { setting: "ACCOUNTS" }, { setting: "VIDEOS" }],
    });
  });

  it("answers /v1 with 503 misconfigured, and logs the setting", async () => {
    const { get, lines } = app();
    const response = await get("/v1/generations/gen_x", { ...BINDINGS, ...SETTINGS, ALLOW_LOCAL_URLS: "maybe" });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: "misconfigured", detail: expect.stringContaining("/healthz") });
    expect(lines).toContainEqual({ event: "misconfigured", fields: { settings: "ALLOW_LOCAL_URLS" } });
  });
});

describe("every answer", () => {
  it("has a request id, which is logged, while the query is not", async () => {
    const { get, lines } = app();
    const response = await get("/nothing?signature=secret", { ...BINDINGS, ...SETTINGS });
    const id = response.headers.get("x-request-id");
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(lines).toEqual([
      { event: "request", fields: { request_id: id, method: "GET", path: "/nothing", status: 404, ms: 0 } },
    ]);
  });

  it("is a problem without details after an unexpected error", async () => {
    const broken = { findVideo: () => Promise.reject(new Error("a detail that is nobody's business")) };
    const { get, lines } = app(broken as unknown as Generations);
    const link = "/v1/generations/gen_00000000000000000000000000/video?expires=1&signature=x";
    const response = await get(link, { ...BINDINGS, ...SETTINGS });
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).not.toContain("business");
    expect(JSON.parse(text)).toMatchObject({ code: "internal", request_id: response.headers.get("x-request-id") });
    expect(lines.map(({ event }) => event)).toContain("request.crashed");
  });
});

describe("the rate limit of an API key", () => {
  const authorization = "Bearer rh_live_0123456789";
  const env = (success: boolean, keys: string[] = []) => ({
    ...BINDINGS,
    ...SETTINGS,
    RATE_LIMITER: {
      limit: async ({ key }: { key: string }) => {
        keys.push(key);
        return { success };
      },
    },
  });

  beforeAll(() => {
    // workerd has this function here, Node has it elsewhere.
    const timingSafeEqual = (a: ArrayBuffer, b: ArrayBuffer) =>
      nodeTimingSafeEqual(new Uint8Array(a), new Uint8Array(b));
    Object.assign(crypto.subtle, { timingSafeEqual });
  });

  it("is announced with every answer, and counts keys by their hash", async () => {
    const keys: string[] = [];
    const response = await app().get("/v1/nothing", env(true, keys), { authorization });
    expect(response.status).toBe(404);
    expect(response.headers.get("ratelimit-policy")).toBe('"api-key";q=10000;w=60');
    expect(keys).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
  });

  it("is explained when it is reached, on both APIs", async () => {
    const response = await app().get("/v1/nothing", env(false), { authorization });
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe("60");
    expect(await response.json()).toMatchObject({ code: "rate_limited", status: 429 });
    const dropIn = await app().get("/v2/nothing", env(false), { authorization });
    expect(await dropIn.json()).toMatchObject({ statusCode: 429, path: "/v2/nothing" });
  });

  it("counts IP addresses where no key is required", async () => {
    const keys: string[] = [];
    const headers = { "cf-connecting-ip": "192.0.2.1" };
    await app().get(`/v1/generations/gen_${"0".repeat(26)}/video?signature=x&expires=1`, env(false, keys), headers);
    await app().get("/.well-known/webhook-keys/x", env(false, keys), headers);
    expect(keys).toEqual(["address:192.0.2.1", "address:192.0.2.1"]);
  });

  it("does not exist without the binding", async () => {
    const response = await app().get("/v1/nothing", { ...BINDINGS, ...SETTINGS }, { authorization });
    expect(response.headers.has("ratelimit-policy")).toBe(false);
  });

  it("is the one in wrangler.toml", () => {
    const { requests, seconds } = RATE_LIMIT;
    const toml = readFileSync(join(import.meta.dirname, "../../wrangler.toml"), "utf8");
    expect(toml).toContain(`simple = { limit = ${requests}, period = ${seconds} }`);
  });
});

describe("every answer", () => {
  it.each(["/healthz", "/v1/generations", "/nothing"])("of %s must not be cached or framed", async (path) => {
    const { headers } = await app().get(path, { ...BINDINGS, ...SETTINGS });
    expect(Object.fromEntries(headers)).toMatchObject({
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "referrer-policy": "no-referrer",
      "strict-transport-security": "max-age=31536000",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    });
  });
});

describe("Prefer: wait", () => {
  it("waits in short calls, so that no object waits long for a caller that has left", async () => {
    const waits: number[] = [];
    const read = async (_id: string, _scope: object, waitMs = 0) => {
      waits.push(waitMs);
      const status = waits.length < 3 ? "generating" : "completed";
      return { json: JSON.stringify({ status }), status, refusal: null };
    };
    const { get } = app({ read } as unknown as Generations);
    const headers = { authorization: "Bearer rh_live_0123456789", prefer: "wait=60" };
    const response = await get(`/v1/generations/gen_${"0".repeat(26)}`, { ...BINDINGS, ...SETTINGS }, headers);
    expect(await response.json()).toEqual({ status: "completed" });
    expect(waits).toEqual([5_000, 5_000, 5_000]);
  });

  it.each([
    ["wait=5", "wait=5"],
    ['WAIT = "5"; x=1', "wait=5"],
    ["respond-async, wait=5", "wait=5"],
    ["wait=5, wait=10", "wait=5"],
    ["wait=999999999999999999999", "wait=60"],
    ["wait=0", "wait=0"],
    ['x="a, wait=5"', null],
    ["wait=5.5", null],
    ["wait=1e3", null],
    ["wait=+5", null],
    ["wait=-5", null],
    ["wait=", null],
    ["wait", null],
    ["await=5", null],
    ["wait=٥", null],
  ])("%j is read as %j", async (prefer, applied) => {
    const read = async () => ({ json: "{}", status: "completed", refusal: null });
    const { get } = app({ read } as unknown as Generations);
    const headers = new Headers({ authorization: "Bearer rh_live_0123456789" });
    // The runtime passes the bytes of the header as characters.
    headers.set("prefer", new TextDecoder("latin1").decode(new TextEncoder().encode(prefer)));
    const path = `/v1/generations/gen_${"0".repeat(26)}`;
    const response = await get(path, { ...BINDINGS, ...SETTINGS }, Object.fromEntries(headers));
    expect(response.headers.get("preference-applied")).toBe(applied);
  });
});

describe("a HEAD request", () => {
  const headers = { authorization: "Bearer rh_live_0123456789", accept: "text/event-stream" };

  it.each(["/v1/events", `/v1/generations/gen_${"0".repeat(26)}/events`])("to %s opens no stream", async (path) => {
    // The gateways are empty, so listening would crash.
    const { get } = app({ timeline: async () => "{}" } as unknown as Generations);
    const response = await get(path, { ...BINDINGS, ...SETTINGS }, headers, "HEAD");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(response.headers.get("cache-control")).toBe("no-store, no-transform");
  });
});

describe("the pages", () => {
  it("are 404 without their binding", async () => {
    const response = await app().get("/docs", { ...BINDINGS, ...SETTINGS });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: "not_found" });
  });
});
