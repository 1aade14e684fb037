// The app around its handlers: settings, crashes, request ids and the log.

import { describe, expect, it } from "vitest";
import type { Env } from "../../src/env.ts";
import { createApp } from "../../src/http/app.ts";
import type { Generations, Log, LogFields } from "../../src/ports.ts";

const SETTINGS = { API_KEYS: '{"acme": ["rh_live_0123456789"]}', SIGNING_SECRET: "s".repeat(32) };
const BINDINGS = { GENERATIONS: {}, ACCOUNTS: {}, VIDEOS: {} };

function app(generations = {} as Generations) {
  const lines: { event: string; fields: LogFields }[] = [];
  const write = (event: string, fields: LogFields) => void lines.push({ event, fields });
  const log: Log = { info: write, error: write };
  const built = createApp(() => ({
    generations,
    videos: {} as R2Bucket,
    clock: { now: () => 0, random: () => 0 },
    log,
  }));
  const get = (path: string, env: object) => built.request(path, {}, env as Env);
  return { get, lines };
}

describe("a deployment with bad settings", () => {
  it("says on /healthz which, never their values", async () => {
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
        { setting: "SIGNING_SECRET", message: "must be one or more secrets of at least 32 bytes, space-separated" },
        { setting: "POLL_INTERVAL_SECONDS", message: "must be a number of seconds from 0.1 to 3600" },
      ],
    });
  });

  it("names a binding that is missing", async () => {
    const response = await app().get("/healthz", SETTINGS);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      problems: [{ setting: "GENERATIONS" }, { setting: "ACCOUNTS" }, { setting: "VIDEOS" }],
    });
  });

  it("answers /v1 with 503 misconfigured, and logs which setting", async () => {
    const { get, lines } = app();
    const response = await get("/v1/generations/gen_x", { ...BINDINGS, ...SETTINGS, ALLOW_LOCAL_URLS: "maybe" });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: "misconfigured", detail: expect.stringContaining("/healthz") });
    expect(lines).toContainEqual({ event: "misconfigured", fields: { settings: "ALLOW_LOCAL_URLS" } });
  });
});

describe("every answer", () => {
  it("carries a request id, which its log line has too, and the query is not logged", async () => {
    const { get, lines } = app();
    const response = await get("/nothing?signature=secret", { ...BINDINGS, ...SETTINGS });
    const id = response.headers.get("x-request-id");
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(lines).toEqual([
      { event: "request", fields: { request_id: id, method: "GET", path: "/nothing", status: 404, ms: 0 } },
    ]);
  });

  it("is a problem without details when something unexpected happens", async () => {
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
