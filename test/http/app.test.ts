// The middleware: settings, crashes, request ids and the log.

import { describe, expect, it } from "vitest";
import { AUTHORIZED, BINDINGS, ENV, httpApp, KEY, noApiKeys, SETTINGS } from "../support/http-app.ts";

describe("a deployment with invalid settings", () => {
  it("names them on /healthz, without their values", async () => {
    const { get } = httpApp();
    const response = await get("/healthz", { ...BINDINGS, SIGNING_SECRET: "hunter2", POLL_INTERVAL_SECONDS: "soon" });
    expect(response.status).toBe(503);
    const text = await response.text();
    expect(text).not.toContain("hunter2");
    expect(JSON.parse(text)).toEqual({
      status: "misconfigured",
      version: "0.1.0",
      problems: [
        { setting: "API_KEYS", message: "is missing; set it or ADMIN_KEY" },
        { setting: "SIGNING_SECRET", message: "must be one or more space-separated secrets of at least 32 bytes" },
        { setting: "POLL_INTERVAL_SECONDS", message: "must be a number of seconds from 0.1 to 3600" },
      ],
    });
  });

  it("needs ADMIN_KEY or API_KEYS, and tells on /healthz while there is no API key", async () => {
    const env = { ...BINDINGS, SIGNING_SECRET: "s".repeat(32), ADMIN_KEY: "a".repeat(20) };
    const health = async (names: readonly string[] | null, more: object = {}) =>
      (
        await httpApp({}, { apiKeys: { ...noApiKeys(), accounts: async () => names } }).get("/healthz", {
          ...env,
          ...more,
        })
      ).json();
    expect(await health([])).toMatchObject({ status: "ok", api_keys: "none" });
    expect(await health(["acme"])).not.toHaveProperty("api_keys");
    expect(await health(null)).not.toHaveProperty("api_keys");
    expect(await health([], { API_KEYS: SETTINGS.API_KEYS })).not.toHaveProperty("api_keys");
    for (const unusable of ["too short", "with whitespace 0123456789", "not-all-ASCII-ü-0123456789"]) {
      expect(await health([], { ADMIN_KEY: unusable })).toMatchObject({
        problems: [{ setting: "ADMIN_KEY", message: "must be at least 20 ASCII characters without whitespace" }],
      });
    }
    const same = await health([], { ADMIN_KEY: KEY, API_KEYS: SETTINGS.API_KEYS });
    expect(same).toMatchObject({
      problems: [{ setting: "ADMIN_KEY", message: "must not also be an API key in API_KEYS" }],
    });
  });

  it("names a missing binding on /healthz", async () => {
    const response = await httpApp().get("/healthz", SETTINGS);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      problems: [
        { setting: "GENERATIONS" },
        { setting: "ACCOUNTS" },
        { setting: "CATALOGUE" },
        { setting: "KEYS" },
        { setting: "QUEUES" },
        { setting: "VIDEOS" },
      ],
    });
  });

  it("answers /v1 with 503 misconfigured, and logs the setting", async () => {
    const { get, lines } = httpApp();
    const response = await get("/v1/generations/gen_x", { ...ENV, ALLOW_LOCAL_URLS: "maybe" });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: "misconfigured", detail: expect.stringContaining("/healthz") });
    expect(lines).toContainEqual({ event: "misconfigured", fields: { settings: "ALLOW_LOCAL_URLS" } });
  });
});

describe("every answer", () => {
  it("has a request id, which is logged, while the query is not", async () => {
    const { get, lines } = httpApp();
    const response = await get("/nothing?signature=secret");
    const id = response.headers.get("x-request-id");
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(lines).toEqual([
      {
        event: "request",
        fields: { request_id: id, method: "GET", path: "/nothing", status: 404, code: "not_found", ms: 0 },
      },
    ]);
  });

  it("is logged with its problem code, if it is a problem", async () => {
    const codes = async (path: string, headers?: Record<string, string>) => {
      const { get, lines } = httpApp();
      await get(path, ENV, headers);
      return lines.map(({ fields }) => fields["code"]);
    };
    expect(await codes("/v1/account")).toEqual(["unauthorized"]);
    expect(await codes("/v1/account", AUTHORIZED)).toEqual([undefined]);
    expect(await codes("/v2/video/generations")).toEqual(["unauthorized"]);
    expect(await codes("/v1/account?x=1", { "reelhook-attempt": "1" })).toEqual(["invalid_request"]);
  });

  it("is a problem without details after an unexpected error", async () => {
    const broken = { findVideo: () => Promise.reject(new Error("a detail that is nobody's business")) };
    const { get, lines } = httpApp(broken);
    const response = await get(`/v1/generations/gen_${"0".repeat(26)}/video`, ENV, AUTHORIZED);
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).not.toContain("business");
    expect(JSON.parse(text)).toMatchObject({ code: "internal", request_id: response.headers.get("x-request-id") });
    expect(lines.map(({ event }) => event)).toContain("request.crashed");
  });

  it.each(["/healthz", "/v1/generations", "/nothing"])("of %s must not be cached or framed", async (path) => {
    const { headers } = await httpApp().get(path);
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
      return { json: JSON.stringify({ status }), status, refusal: null, retirement: null };
    };
    const { get } = httpApp({ read });
    const headers = { ...AUTHORIZED, prefer: "wait=60" };
    const response = await get(`/v1/generations/gen_${"0".repeat(26)}`, ENV, headers);
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
    const read = async () => ({ json: "{}", status: "completed", refusal: null, retirement: null });
    const { get } = httpApp({ read });
    const headers = new Headers({ ...AUTHORIZED });
    // The runtime passes the bytes of the header as characters.
    headers.set("prefer", new TextDecoder("latin1").decode(new TextEncoder().encode(prefer)));
    const path = `/v1/generations/gen_${"0".repeat(26)}`;
    const response = await get(path, ENV, Object.fromEntries(headers));
    expect(response.headers.get("preference-applied")).toBe(applied);
  });
});

describe("a HEAD request", () => {
  const headers = { ...AUTHORIZED, accept: "text/event-stream" };

  it.each(["/v1/events", `/v1/generations/gen_${"0".repeat(26)}/events`])("to %s opens no stream", async (path) => {
    // The gateways are empty, so listening would crash.
    const { get } = httpApp({ timeline: async () => "{}" });
    const response = await get(path, ENV, headers, "HEAD");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(response.headers.get("cache-control")).toBe("no-store, no-transform");
  });
});

describe("Accept of a timeline", () => {
  const path = `/v1/generations/gen_${"0".repeat(26)}/events`;

  it.each([
    ["text/event-stream", true],
    ["Text/Event-Stream", true],
    ["text/html, text/event-stream", true],
    ["application/json, text/event-stream", true],
    ["application/json;q=0.9 , text/event-stream ; charset=utf-8 ; Q=0.9", true],
    ["application/json, text/event-stream;q=0.9", false],
    ["application/*;q=0.5, text/event-stream;q=0.4", false],
    ["*/*, text/event-stream;q=0.4", false],
    ["application/json;q=0, */*, text/event-stream;q=0.1", true],
    ["text/event-stream;q=0", false],
    ["*/*", false],
    ["text/*", false],
    ["", false],
  ])("%j asks for a stream: %j", async (accept, isStream) => {
    const { get } = httpApp({ timeline: async () => "{}" });
    const response = await get(path, ENV, { ...AUTHORIZED, accept }, "HEAD");
    expect(response.headers.get("content-type")).toBe(isStream ? "text/event-stream" : "application/json");
  });
});

describe("the pages", () => {
  it("are 404 without their binding", async () => {
    const response = await httpApp().get("/docs");
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: "not_found" });
  });
});
