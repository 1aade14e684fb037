// What requests are counted by, and what happens over the limit.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { RATE_LIMIT } from "../../src/http/rate-limit.ts";
import { AUTHORIZED, ENV, httpApp, noApiKeys } from "../support/http-app.ts";

const WRONG = { authorization: "Bearer rh_live_wrong_0123456789" };

/** @param isOver whether the key of the limiter is over its limit. */
function limiter(isOver: (key: string) => boolean = () => false) {
  const keys: string[] = [];
  const limit = async ({ key }: { key: string }) => {
    keys.push(key);
    return { success: !isOver(key) };
  };
  return { keys, env: { ...ENV, RATE_LIMITER: { limit } } };
}

const from = (address: string) => ({ "cf-connecting-ip": address });

describe("the rate limit of an API key", () => {
  it("is announced with every answer, and counts keys by their hash", async () => {
    const { keys, env } = limiter();
    const response = await httpApp().get("/v1/nothing", env, AUTHORIZED);
    expect(response.status).toBe(404);
    expect(response.headers.get("ratelimit-policy")).toBe('"api-key";q=10000;w=60');
    expect(keys).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
  });

  it("is explained when it is reached, on both APIs", async () => {
    const { env } = limiter(() => true);
    const response = await httpApp().get("/v1/nothing", env, AUTHORIZED);
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe("60");
    expect(await response.json()).toMatchObject({ code: "rate_limited", status: 429 });
    const dropIn = await httpApp().get("/v2/nothing", env, AUTHORIZED);
    expect(await dropIn.json()).toMatchObject({ statusCode: 429, path: "/v2/nothing" });
  });

  it("counts what a read-only key may not do", async () => {
    const { keys, env } = limiter();
    const scope = { account: "acme", mode: "live" } as const;
    const check = async () => ({ kind: "valid", scope, readOnly: true }) as const;
    const app = httpApp({}, { apiKeys: { ...noApiKeys(), check } });
    expect((await app.get("/v1/generations", env, WRONG, "POST")).status).toBe(403);
    expect(keys).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
  });

  it("does not exist without the binding", async () => {
    const response = await httpApp().get("/v1/nothing", ENV, AUTHORIZED);
    expect(response.headers.has("ratelimit-policy")).toBe(false);
    expect((await httpApp().get("/v1/nothing", ENV, WRONG)).status).toBe(401);
  });

  it("is the one in wrangler.toml", () => {
    const { requests, seconds } = RATE_LIMIT;
    const toml = readFileSync(join(import.meta.dirname, "../../wrangler.toml"), "utf8");
    expect(toml).toContain(`simple = { limit = ${requests}, period = ${seconds} }`);
  });
});

describe("the rate limit of an address", () => {
  it("counts requests that need no key", async () => {
    const { keys, env } = limiter();
    const link = `/v1/generations/gen_${"0".repeat(26)}/video?v=1&signature=x&expires=1`;
    await httpApp().get(link, env, from("192.0.2.1"));
    await httpApp().get("/.well-known/webhook-keys/x", env, from("192.0.2.1"));
    expect(keys).toEqual(["address:192.0.2.1", "address:192.0.2.1"]);
  });

  it.each([
    ["a wrong key", WRONG],
    ["no key", {}],
    ["another scheme", { authorization: "Basic cmg6cmg=" }],
    ["a key with whitespace", { authorization: "Bearer a b" }],
  ])("audit 9: counts a request with %s", async (_, headers) => {
    const { keys, env } = limiter();
    for (const path of ["/v1/generations", "/v2/video/generations", "/v1/nothing"]) {
      expect((await httpApp().get(path, env, { ...headers, ...from("192.0.2.1") })).status).toBe(401);
    }
    expect(keys).toEqual(Array(3).fill("address:192.0.2.1"));
  });

  it("audit 9: refuses wrong keys from an address over its limit, while a right key from there works", async () => {
    const { keys, env } = limiter((key) => key === "address:192.0.2.1");
    const { get } = httpApp();
    const refused = await get("/v1/nothing", env, { ...WRONG, ...from("192.0.2.1") });
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("60");
    expect(await refused.json()).toMatchObject({ code: "rate_limited" });
    expect((await get("/v1/nothing", env, { ...WRONG, ...from("192.0.2.2") })).status).toBe(401);
    keys.length = 0;
    expect((await get("/v1/nothing", env, { ...AUTHORIZED, ...from("192.0.2.1") })).status).toBe(404);
    // The address is not counted for a right key, so its requests do not wait for a second count.
    expect(keys).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
  });

  it("audit 10: is one for all addresses of an IPv6 /64", async () => {
    const { keys, env } = limiter();
    for (const address of ["2001:db8:1:2::1", "2001:DB8:1:2:ffff::2", "2001:db8:1:3::1", "::ffff:192.0.2.1"]) {
      await httpApp().get("/v1/nothing", env, from(address));
    }
    expect(keys).toEqual([
      "address:2001:db8:1:2::/64",
      "address:2001:db8:1:2::/64",
      "address:2001:db8:1:3::/64",
      "address:192.0.2.1",
    ]);
  });
});
