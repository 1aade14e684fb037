import { afterEach, describe, expect, it, vi } from "vitest";
import { AUTHORIZED, ENV, httpApp } from "../support/http-app.ts";

const HOST = "http://reelhook.example.com";
const ID = `gen_${"0".repeat(26)}`;
const DEVELOPMENT = { ...ENV, ALLOW_LOCAL_URLS: "true" };

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a request over http:", () => {
  it.each([
    "/v1/generations",
    "/v1",
    "/V1/generations",
    "//v1/generations",
    "/%76%31/generations",
    "/v2/video/generations",
    `/v1/generations/${ID}/video?v=1&expires=9999999999&signature=${"A".repeat(43)}`,
    `/.well-known/webhook-keys/${"0".repeat(64)}`,
    "/nothing",
    "/healthz/",
    "/docs/x",
  ])("audit 17: to %s is refused before anything is read or authenticated", async (path) => {
    // The gateways are empty, so reaching one would crash.
    const digest = vi.spyOn(crypto.subtle, "digest");
    const limit = vi.fn(async () => ({ success: true }));
    const { get } = httpApp();
    for (const method of ["GET", "POST", "DELETE"]) {
      const response = await get(HOST + path, { ...ENV, RATE_LIMITER: { limit } }, AUTHORIZED, method);
      expect(response.status).toBe(400);
      expect(await response.text()).toContain("Use https://.");
    }
    expect(digest).not.toHaveBeenCalled();
    expect(limit).not.toHaveBeenCalled();
  });

  it("audit 17: is refused with a problem, on /v2 in the provider's format", async () => {
    const { get } = httpApp();
    const detail = "Use https://. This request was not encrypted: replace any API key that was sent with it.";
    expect(await (await get(`${HOST}/v1/generations`)).json()).toMatchObject({ code: "invalid_request", detail });
    const dropIn = await get(`${HOST}/v2/video/generations`);
    expect(await dropIn.json()).toMatchObject({ statusCode: 400, message: detail });
  });

  it("audit 17: is refused even while settings are invalid", async () => {
    const response = await httpApp().get(`${HOST}/v1/generations`, { ...ENV, ALLOW_LOCAL_URLS: "maybe" });
    expect(await response.json()).toMatchObject({ code: "invalid_request" });
  });

  it.each([
    [`${HOST}/`, "https://reelhook.example.com/"],
    [`${HOST}/docs?x=1`, "https://reelhook.example.com/docs?x=1"],
    [`${HOST}:8080/docs`, "https://reelhook.example.com/docs"],
    ["http://192.168.1.5:8787/", "https://192.168.1.5/"],
  ])("audit 17: for the page %s is redirected to https:", async (url, location) => {
    for (const method of ["GET", "HEAD"]) {
      const response = await httpApp().get(url, ENV, {}, method);
      expect(response.status).toBe(308);
      expect(response.headers.get("location")).toBe(location);
    }
    expect((await httpApp().get(url, ENV, {}, "POST")).status).toBe(400);
  });

  it("is answered by /healthz", async () => {
    const response = await httpApp().get(`${HOST}/healthz`);
    expect(await response.json()).toMatchObject({ status: "ok" });
  });

  it.each([
    "localhost",
    "LOCALHOST:8787",
    "localhost.",
    "reelhook.localhost:8787",
    "127.0.0.1:8787",
    "127.1",
    "127.8.9.10",
    "[::1]:8787",
  ])("to the loopback host %s is answered", async (host) => {
    expect((await httpApp().get(`http://${host}/v1/nothing`, ENV, AUTHORIZED)).status).toBe(404);
  });

  it.each([
    "192.168.1.5:8787",
    "10.0.0.1",
    "0.0.0.0",
    "[::2]",
    "localhost.example.com",
    "notlocalhost",
    "127.0.0.1.example.com",
    "128.0.0.1",
  ])("audit 17: to %s is refused, but answered in development", async (host) => {
    const url = `http://${host}/v1/nothing`;
    expect((await httpApp().get(url, ENV, AUTHORIZED)).status).toBe(400);
    expect((await httpApp().get(url, DEVELOPMENT, AUTHORIZED)).status).toBe(404);
  });
});

describe("a request over https:", () => {
  it("is answered", async () => {
    expect((await httpApp().get("https://reelhook.example.com/v1/nothing", ENV, AUTHORIZED)).status).toBe(404);
  });
});
