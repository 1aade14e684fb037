// Errors of the HTTP API, idempotency, and what callers cannot see.

import { describe, expect, it } from "vitest";
import type { Index } from "../../src/account/accounts.ts";
import { indexIn } from "../../src/account/accounts.ts";
import type { Generations } from "../../src/generation/generations.ts";
import { createApp } from "../../src/http/app.ts";
import {
  call,
  finished,
  gateways,
  LIVE,
  ORIGIN,
  OTHER,
  play,
  problemOf,
  request,
  submit,
  TEST,
  testEnv,
} from "./support.ts";

async function nothingWasMade(): Promise<void> {
  expect((await testEnv.VIDEOS.list()).objects.filter(({ key }) => key.startsWith("inputs/"))).toEqual([]);
}

describe("bad input", () => {
  it("gets an error for every bad field, and nothing is submitted", async () => {
    const world = await play({});
    const body = {
      prompt: `${world.prompt}${"p".repeat(1001)}`,
      video_url: "http://example.com/",
      duration: 7,
      extra: 1,
    };
    const response = await call("/v1/generations", { json: body });
    expect(response.status).toBe(400);
    const { code, errors } = await problemOf(response);
    expect(code).toBe("invalid_request");
    expect(errors).toEqual([
      { pointer: "/prompt", message: expect.stringContaining("1000") },
      { pointer: "/video_url", message: "must be an HTTPS URL or a data URI of a video" },
      { pointer: "/duration", message: expect.stringContaining("5") },
      { pointer: "/extra", message: expect.stringMatching(/^is not a known field; use prompt, video_url, /) },
    ]);
    expect(await world.calls()).toEqual([]);
    await nothingWasMade();
  });

  it("fault 67: an unknown query parameter is named, and the known ones are listed", async () => {
    const response = await call("/v1/generations?state=failed&limit=5&limit=6&model=%ED%A0%BD");
    expect(response.status).toBe(400);
    const { errors, detail } = await problemOf(response);
    const known = "status, model, error, created_after, created_before, deliveries, metadata.KEY, q, limit, cursor";
    const message = `is not a known parameter; use ${known}`;
    expect(errors).toEqual([
      { pointer: "/state", message },
      { pointer: "/limit", message: "must be given only once" },
      { pointer: "/model", message: "is not UTF-8" },
    ]);
    expect(detail).toContain(`/state: ${message}`);
    expect((await call("/v1/generations?model=100%&limit=5")).status).toBe(200);
  });

  it.each([
    ["a request", "/v1/generations", '{"prompt":"\\ud83d","video_url":"https://example.com/v.mp4"}', "/prompt"],
    [
      "a field's name",
      "/v1/generations",
      '{"\\udc00":1,"prompt":"p","video_url":"https://example.com/v.mp4"}',
      "/\ufffd",
    ],
    [
      "the description of an endpoint",
      "/v1/webhook-endpoints",
      '{"url":"https://a.example.com/","description":"\\udfff"}',
      "/description",
    ],
    [
      "its headers",
      "/v1/webhook-endpoints",
      '{"url":"https://a.example.com/","headers":{"x":"\\ud800"}}',
      "/headers/x",
    ],
  ])("fault 69: a lone surrogate in %s is refused", async (_, path, body, pointer) => {
    const response = await call(path, { body, headers: { "content-type": "application/json" } });
    expect(response.status).toBe(400);
    const { errors } = await problemOf(response);
    expect(errors).toEqual([{ pointer, message: expect.stringContaining("contains a lone surrogate") }]);
    await nothingWasMade();
  });

  const nested = (levels: number) => `${'{"x":'.repeat(levels)}1${"}".repeat(levels)}`;

  it.each([
    ["many values", "/v1/webhook-endpoints", JSON.stringify({ url: "x", events: Array(125_000).fill(0) })],
    ["many unknown fields", "/v1/generations", JSON.stringify(Object.fromEntries(Array.from(Array(90_000).entries())))],
    ["many levels of nesting", "/v1/generations", `{"model":"vendor/new-model","x":${nested(100_000)}}`],
    ["many levels, on a drop-in path", "/v2/video/generations", `{"model":"vendor/new-model","x":${nested(3_000)}}`],
    [
      "almost the maximum number of values, all wrong",
      "/v1/webhook-endpoints",
      JSON.stringify({ events: Array(4_900).fill(0) }),
    ],
  ])("with %s gets a short error", async (_, path, body) => {
    const response = await call(path, { body, headers: { "content-type": "application/json" } });
    expect(response.status).toBe(400);
    expect((await response.text()).length).toBeLessThan(20_000);
  });

  it.each<[string, string | undefined, BodyInit, number, string]>([
    ["not JSON", "application/json", "{", 400, "invalid_request"],
    ["empty", "application/json", "", 400, "invalid_request"],
    ["not UTF-8", "application/json", new Uint8Array([0x22, 0xff, 0x22]), 400, "invalid_request"],
    ["a list", "application/json", "[]", 400, "invalid_request"],
    ["a form", "application/x-www-form-urlencoded", "prompt=p", 415, "unsupported_media_type"],
    ["text", "text/plain", "{}", 415, "unsupported_media_type"],
    ["over 32 MiB", "application/json", " ".repeat(32 * 1024 * 1024 + 1), 413, "payload_too_large"],
  ])("a body that is %s is refused", async (_, type, body, status, code) => {
    const headers = type === undefined ? {} : { "content-type": type };
    const response = await call("/v1/generations", { method: "POST", headers, body });
    expect(response.status).toBe(status);
    expect(await problemOf(response)).toMatchObject({ code });
  });

  it("a data URI is accepted in a body of exactly 32 MiB and refused in one a byte longer", async () => {
    const most = 32 * 1024 * 1024;
    const { prompt, calls } = await play({});
    const head = JSON.stringify(request(`${prompt} 日本`, { video_url: "data:video/mp4;base64," })).slice(0, -2);
    const headers = { "content-type": "application/json" };
    const room = most - new TextEncoder().encode(head).byteLength - 2;
    const response = await call("/v1/generations", { headers, body: `${head}${"A".repeat(room)}"}` });
    expect(response.status).toBe(202);
    const [sent] = await calls("submit");
    expect(sent?.body).toContain("日本");
    expect(sent?.body.length).toBeGreaterThan(room);
    const larger = await call("/v1/generations", { headers, body: `${head}${"A".repeat(room + 1)}"}` });
    expect(larger.status).toBe(413);
  });

  it("a body of more than 256 KiB is refused where no generation is created", async () => {
    const headers = { "content-type": "application/json" };
    const most = 256 * 1024;
    const paths = ["", "/we_00000000000000000000000000", "/we_00000000000000000000000000/recover"];
    for (const [at, path] of paths.entries()) {
      const method = at === 1 ? "PATCH" : "POST";
      const answer = (bytes: number) =>
        call(`/v1/webhook-endpoints${path}`, { method, headers, body: `{"x":1}${" ".repeat(bytes - 7)}` });
      expect((await answer(most)).status).toBe(400);
      const larger = await answer(most + 1);
      expect(larger.status).toBe(413);
      expect(await problemOf(larger)).toMatchObject({
        code: "payload_too_large",
        errors: [{ pointer: "", message: `must be at most ${most} bytes` }],
      });
    }
  });

  it("a body over the limit without a Content-Length is refused while it is read", async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 1024 * 1024;
        if (sent > 64 * 1024 * 1024) controller.close();
        else controller.enqueue(new Uint8Array(1024 * 1024).fill(32));
      },
    });
    const response = await call("/v1/generations", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: endless,
    });
    expect(response.status).toBe(413);
    expect(await problemOf(response)).toMatchObject({ code: "payload_too_large" });
  });
});

describe("the provider's refusal", () => {
  it.each([
    [400, 400, "invalid_input"],
    [403, 402, "insufficient_credits"],
    [401, 502, "provider_unauthorized"],
  ])("%i reaches the caller as %i %s, with the provider's message", async (theirs, ours, code) => {
    const world = await play({ submit: [{ status: theirs, body: { message: "their reason", statusCode: theirs } }] });
    const response = await call("/v1/generations", { json: request(world.prompt, { webhook_url: world.hook("x") }) });
    expect(response.status).toBe(ours);
    const problem = await problemOf(response);
    expect(problem).toMatchObject({ code, detail: "their reason" });
    const done = await finished(String(problem["generation_id"]));
    expect(done).toMatchObject({ status: "failed", error: { code, message: "their reason" } });
  });
});

describe("authentication", () => {
  it.each([
    ["no key", null],
    ["an unknown key", "rh_live_nobody_0123456789"],
    ["a valid key with an extra character", `${LIVE}x`],
    ["an empty key", ""],
  ])("fails with %s", async (_, key) => {
    const response = await call("/v1/generations/gen_00000000000000000000000000", { key });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe("Bearer");
    expect(await problemOf(response)).toMatchObject({ code: "unauthorized" });
  });

  it("gives keys of another account or mode the same 404 as for an unknown id", async () => {
    const world = await play({});
    const { id } = await submit(request(world.prompt));
    await finished(id);
    const absent = "gen_00000000000000000000000000";
    for (const key of [OTHER, TEST]) {
      for (const path of [`/v1/generations/${id}`, `/v1/generations/${id}/video`]) {
        const response = await call(path, { key });
        const unknown = await call(path.replace(id, absent), { key });
        expect([response.status, unknown.status]).toEqual([404, 404]);
        const { detail, code } = await problemOf(response);
        expect({ detail: String(detail).replace(id, absent), code }).toMatchObject({
          code: "not_found",
          detail: (await problemOf(unknown))["detail"],
        });
      }
    }
  });

  it("gives each account and mode its own webhook secret", async () => {
    const secrets = await Promise.all(
      [LIVE, TEST, OTHER].map(async (key) => (await call("/v1/webhook-secret", { key })).json<{ secret: string }>()),
    );
    expect(new Set(secrets.map(({ secret }) => secret)).size).toBe(3);
  });
});

describe("the public key of a scope", () => {
  it("is served without an API key, at an unguessable URL", async () => {
    const [own, other] = await Promise.all(
      [LIVE, OTHER].map(async (key) =>
        (await call("/v1/webhook-secret", { key })).json<{ public_key: string; public_key_url: string }>(),
      ),
    );
    const response = await call(own?.public_key_url ?? "", { key: null });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ object: "webhook_keys", public_keys: [own?.public_key] });
    expect(own?.public_key_url).toMatch(new RegExp(`^${ORIGIN}/\\.well-known/webhook-keys/[0-9a-f]{64}$`));
    expect(other?.public_key_url).not.toBe(own?.public_key_url);
    for (const address of ["0".repeat(64), "nonsense"]) {
      expect((await call(`/.well-known/webhook-keys/${address}`, { key: null })).status).toBe(404);
    }
  });
});

describe("GET /v1/account", () => {
  it("audit 5: returns the account and mode of a key, and refuses an unknown key", async () => {
    const known = [
      [LIVE, "acme", "live"],
      [TEST, "acme", "test"],
      [OTHER, "other", "live"],
    ] as const;
    for (const [key, name, mode] of known) {
      const response = await call("/v1/account", { key });
      expect(await response.json()).toEqual({ object: "account", name, mode });
      expect(response.headers.get("cache-control")).toBe("no-store");
    }
    for (const key of ["rh_live_unknown_0123456789", null]) {
      const response = await call("/v1/account", { key });
      expect(response.status).toBe(401);
      expect(await problemOf(response)).toMatchObject({ code: "unauthorized" });
    }
  });
});

describe("a request without an API key", () => {
  it.each([
    ["GET", "/v1/nothing"],
    ["PUT", "/v1/webhook-secret"],
    ["POST", "/v1/generations/gen_00000000000000000000000000/video"],
  ])("%s %s gets 401, whether or not the route exists", async (method, path) => {
    expect((await call(path, { method, key: null })).status).toBe(401);
  });
});

describe("routing", () => {
  it.each(["/nothing", "/v1/generations/nonsense", "/v1/generations/gen_ILOU", "/v1/generations/gen_0/video/more"])(
    "returns 404 for the unknown path %s",
    async (path) => {
      const response = await call(path);
      expect(response.status).toBe(404);
      expect(await problemOf(response)).toMatchObject({ code: "not_found" });
    },
  );

  it.each([
    ["DELETE", "/v1/generations", "GET, HEAD, POST"],
    ["PUT", "/v1/generations/gen_00000000000000000000000000", "GET, HEAD, DELETE"],
    ["GET", "/v1/generations/gen_00000000000000000000000000/cancel", "POST"],
    ["PUT", "/v1/generations/gen_00000000000000000000000000/deliveries", "GET, HEAD"],
    ["POST", "/v1/generations/gen_00000000000000000000000000/video", "GET, HEAD"],
    ["POST", "/v1/webhook-secret", "GET, HEAD"],
    ["POST", "/healthz", "GET, HEAD"],
  ])("returns 405 for %s %s", async (method, path, allow) => {
    const response = await call(path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe(allow);
    expect(await problemOf(response)).toMatchObject({ code: "method_not_allowed" });
  });
});

describe("GET /healthz", () => {
  it("reports the health of the deployment without an API key", async () => {
    const response = await call("/healthz", { key: null });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "ok", version: "0.1.0", live: "ready" });
  });
});

describe("idempotency", () => {
  it("returns the same generation to a retry and submits once", async () => {
    const world = await play({});
    const headers = { "idempotency-key": world.name };
    const json = request(world.prompt);
    const first = await call("/v1/generations", { json, headers });
    const { id } = await first.json<{ id: string }>();
    expect(first.headers.get("location")).toBe(`/v1/generations/${id}`);
    const reordered = Object.fromEntries(Object.entries(json).reverse());
    const again = await call("/v1/generations", { json: reordered, headers });
    expect(again.status).toBe(202);
    expect(await again.json()).toMatchObject({ id });
    expect([first, again].map((response) => response.headers.get("idempotent-replayed"))).toEqual([null, "true"]);
    expect(await world.calls("submit")).toHaveLength(1);
  });

  it("creates one generation and one submission for twenty concurrent requests", async () => {
    const world = await play({});
    const headers = { "idempotency-key": world.name };
    const responses = await Promise.all(
      Array.from({ length: 20 }, () => call("/v1/generations", { json: request(world.prompt), headers })),
    );
    const ids = await Promise.all(responses.map(async (response) => (await response.json<{ id: string }>()).id));
    expect(new Set(ids).size).toBe(1);
    expect(responses.filter((response) => response.headers.get("idempotent-replayed") === "true")).toHaveLength(19);
    expect(await world.calls("submit")).toHaveLength(1);
  });

  it("refuses the same key with a different body", async () => {
    const world = await play({});
    const headers = { "idempotency-key": world.name };
    await submit(request(world.prompt), { headers });
    const response = await call("/v1/generations", { json: request(world.prompt, { seed: 1 }), headers });
    expect(response.status).toBe(422);
    expect(await problemOf(response)).toMatchObject({ code: "idempotency_mismatch" });
    expect(await world.calls("submit")).toHaveLength(1);
  });

  it("keeps keys of different scopes apart", async () => {
    const world = await play({});
    const headers = { "idempotency-key": world.name };
    const ids = await Promise.all(
      [LIVE, OTHER].map(async (key) => (await submit(request(world.prompt), { headers, key })).id),
    );
    expect(new Set(ids).size).toBe(2);
  });

  it("returns the original problem when a refused request is replayed", async () => {
    const world = await play({ submit: [{ status: 400, body: { message: "bad" } }] });
    const headers = { "idempotency-key": world.name };
    const problems = [];
    for (let time = 0; time < 2; time++) {
      const response = await call("/v1/generations", { json: request(world.prompt), headers });
      problems.push({ ...(await problemOf(response)), request_id: null });
    }
    expect(problems[1]).toEqual(problems[0]);
    expect(await world.calls("submit")).toHaveLength(1);
  });

  it("does not consume a key for invalid input", async () => {
    const world = await play({});
    const headers = { "idempotency-key": world.name };
    expect((await call("/v1/generations", { json: {}, headers })).status).toBe(400);
    await submit(request(world.prompt), { headers });
  });

  it("accepts keys of up to 255 characters", async () => {
    const world = await play({});
    await submit(request(world.prompt), { headers: { "idempotency-key": world.name.padEnd(255, "k") } });
    const response = await call("/v1/generations", {
      json: request(world.prompt),
      headers: { "idempotency-key": "k".repeat(256) },
    });
    expect(response.status).toBe(400);
  });
});

describe("a refusal that does not depend on the request body", () => {
  const full = { limit: async () => ({ success: false }) };
  const noPlace = { reserve: async () => ({ kind: "full" }) as const };

  it.each<[string, { env?: object; index?: object; key?: string }, number, string]>([
    ["unknown API key", { key: "rh_live_nobody_0123456789" }, 401, "unauthorized"],
    ["too many requests", { env: { RATE_LIMITER: full } }, 429, "rate_limited"],
    ["too many in flight", { env: { MAX_IN_FLIGHT_PER_ACCOUNT: "1" }, index: noPlace }, 429, "too_many_in_flight"],
    ["no provider key", { env: { AIMLAPI_KEY: "" } }, 503, "provider_not_configured"],
    ["invalid setting", { env: { POLL_INTERVAL_SECONDS: "soon" } }, 503, "misconfigured"],
  ])("(%s) does not consume the Idempotency-Key", async (_, { env = {}, index = {}, key = LIVE }, status, code) => {
    const world = await play({});
    const app = createApp(() => gateways({ index: { ...indexIn(testEnv.ACCOUNTS), ...index } }));
    const headers = { "idempotency-key": world.name };
    const init = {
      method: "POST",
      headers: { ...headers, authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify(request(world.prompt)),
    };
    const response = await app.request("/v1/generations", init, { ...testEnv, ...env });
    expect(response.status).toBe(status);
    expect(await problemOf(response)).toMatchObject({ code });
    expect(await world.calls("submit")).toEqual([]);
    // A different body under the same key would be a mismatch if the key had been consumed.
    await submit(request(world.prompt, { seed: 1 }), { headers });
    expect(await world.calls("submit")).toHaveLength(1);
  });
});

describe("other origins", () => {
  const headers = { origin: "https://app.example.com" };

  it.each(["/v1/generations", "/v1/webhook-secret", "/v2/video/generations?generation_id=1", "/healthz"])(
    "may not read %s",
    async (path) => {
      for (const method of ["GET", "OPTIONS"]) {
        const response = await call(path, { method, headers });
        expect(response.headers.has("access-control-allow-origin"), method).toBe(false);
        expect(response.headers.get("cross-origin-resource-policy"), method).toBe("same-origin");
      }
    },
  );

  it("may read the OpenAPI description", async () => {
    const response = await call("/openapi.json", { key: null, headers });
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
  });
});

describe("a stored video", () => {
  it("is served with the API key, or through a signed link without one", async () => {
    const world = await play({});
    const { id } = await submit(request(world.prompt));
    const { video } = await finished(id);
    const own = await call(`/v1/generations/${id}/video`);
    expect(own.status).toBe(200);
    expect((await own.arrayBuffer()).byteLength).toBe(100_000);
    expect(Object.fromEntries(own.headers)).toMatchObject({
      "content-length": "100000",
      "content-type": "video/mp4",
      "x-content-type-options": "nosniff",
      "content-security-policy": "sandbox",
    });
    expect(video?.url.startsWith(`${ORIGIN}/v1/generations/${id}/video?`)).toBe(true);
    const head = await call(`/v1/generations/${id}/video`, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "100000", ""]);
    const linked = await call(video?.url ?? "", { key: null });
    expect(linked.status).toBe(200);
    expect((await linked.arrayBuffer()).byteLength).toBe(100_000);
  });

  it("gives the same error for links that are forged, expired, or for another or an unknown video", async () => {
    const world = await play({});
    const { id } = await submit(request(world.prompt));
    const { id: otherId } = await submit(request(world.prompt));
    const link = new URL((await finished(id)).video?.url ?? "");
    await finished(otherId);
    const changed = (change: (url: URL) => void) => {
      const url = new URL(link);
      change(url);
      return url.href;
    };
    const bad = [
      changed((url) => url.searchParams.set("expires", String(Number(url.searchParams.get("expires")) + 1))),
      changed((url) => url.searchParams.set("expires", "1")),
      changed((url) => url.searchParams.set("signature", "AAAA")),
      changed((url) => url.searchParams.set("signature", "%%%")),
      changed((url) => url.searchParams.delete("signature")),
      changed((url) => url.searchParams.delete("expires")),
      link.href.replace(id, otherId),
      link.href.replace(id, "gen_00000000000000000000000000"),
      link.href.replace(id, "nonsense"),
    ];
    const problems = await Promise.all(
      bad.map(async (url) => {
        const response = await call(url, { key: null });
        expect(response.status, url).toBe(403);
        return { ...(await problemOf(response)), request_id: null };
      }),
    );
    expect(problems[0]).toMatchObject({ code: "invalid_link" });
    for (const problem of problems) expect(problem).toEqual(problems[0]);
  });

  it("returns 409 with Retry-After until it is stored", async () => {
    const world = await play({ poll: [{ body: { id: "{{id}}", status: "queued" } }] });
    const { id } = await submit(request(world.prompt));
    const response = await call(`/v1/generations/${id}/video`);
    expect(response.status).toBe(409);
    expect(response.headers.get("retry-after")).toBe("1");
    expect(await problemOf(response)).toMatchObject({ code: "not_stored_yet" });
  });
});

describe("a reserved place in flight", () => {
  it.each([
    ["is released if the create call failed and no generation exists", false, 1],
    ["is kept if the create call failed but the generation exists", true, 0],
  ])("%s", async (_, wasMade, releases) => {
    let released = 0;
    const generations = {
      create: async () => {
        throw new Error("broken");
      },
      wasMade: async () => wasMade,
    } as unknown as Generations;
    const index = {
      reserve: async () => ({ kind: "reserved", createdAt: 1 }),
      release: async () => void released++,
    } as unknown as Index;
    const app = createApp(() => gateways({ generations, index }));
    const headers = { authorization: `Bearer ${TEST}`, "content-type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(request("p")) };
    const response = await app.request("/v1/generations", init, { ...testEnv, MAX_IN_FLIGHT_PER_ACCOUNT: "1" });
    expect(response.status).toBe(500);
    expect(released).toBe(releases);
  });
});
