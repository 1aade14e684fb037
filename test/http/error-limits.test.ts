// No answer to a failed request is larger than 16 kB, whatever the caller or the provider sent.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OPERATIONS } from "../../scripts/openapi/operations.ts";
import { providerErrorSchema } from "../../src/contract/drop-in.ts";
import { problemSchema } from "../../src/contract/problem.ts";
import { createApp } from "../../src/http/app.ts";
import type { Bindings, Gateways } from "../../src/http/app-env.ts";
import { pointerTo, repeated } from "../../src/http/error-limits.ts";
import { invalidRequest, Problem } from "../../src/http/problem.ts";
import { BINDINGS, SIGNING_SECRET } from "../support/http-app.ts";
import { fixedModels } from "../support/models.ts";

const MOST_BYTES = 16_000;
const KEY = "rh_test_acme_0123456789";
const ID = `gen_${"0".repeat(26)}`;
const ENV = {
  ...BINDINGS,
  API_KEYS: JSON.stringify({ acme: [KEY] }),
  SIGNING_SECRET,
  EXTRA_MODELS: Array.from({ length: 2_000 }, (_, at) => `vendor/model-${at}`).join(","),
};

/** Nothing is ever found. Creating a generation crashes, and is answered with 500. */
const GATEWAYS = {
  generations: new Proxy({}, { get: () => async () => null }),
  index: {
    list: async () => ({ rows: [], next: null }),
    reserve: async () => ({ kind: "reserved", createdAt: 0 }),
    release: async () => {},
  },
  webhookEndpoints: new Proxy({}, { get: () => async () => null }),
  videos: {},
  inputs: {},
  models: fixedModels(),
  clock: { now: () => 0, random: () => 0 },
  log: { info: () => {}, error: () => {} },
} as unknown as Gateways;

async function call(path: string, init: RequestInit = {}, gateways: Partial<Gateways> = {}, env: object = ENV) {
  const app = createApp(() => ({ ...GATEWAYS, ...gateways }));
  const headers = { authorization: `Bearer ${KEY}`, "content-type": "application/json", ...init.headers };
  const response = await app.request(path, { ...init, headers }, env as Bindings);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  if (response.status >= 400 && init.method !== "HEAD") {
    expect(bytes.byteLength).toBeLessThanOrEqual(MOST_BYTES);
    const isOurs = response.headers.get("content-type") === "application/problem+json";
    const { success, data } = (isOurs ? problemSchema : providerErrorSchema).safeParse(JSON.parse(text));
    expect([path.slice(0, 100), success]).toEqual([path.slice(0, 100), true]);
    expect(JSON.stringify(data).isWellFormed()).toBe(true);
    // JSON.stringify writes lone surrogates as escapes.
    expect(text).not.toMatch(/\\ud[89a-f]/i);
  }
  for (const [, value] of response.headers) expect(value.length).toBeLessThanOrEqual(200);
  return { response, text };
}

const post = (path: string, body: string) => call(path, { method: "POST", body });

async function problemOf(path: string, body: string) {
  const { response, text } = await post(path, body);
  expect(response.status).toBe(400);
  return JSON.parse(text) as { detail: string; errors: { pointer: string; message: string }[] };
}

const OK = '"prompt":"p","video_url":"https://example.com/v.mp4"';

describe("audit 3: an error is at most 16 kB", () => {
  const nasty = fc.constantFrom("\u0000", '"', "\\", "~", "/", "\ud83d", "😀", "日", "é", "a", "<", "\u2028");
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 30 }),
    fc.tuple(nasty, fc.integer({ min: 1, max: 5_000 })).map(([unit, count]) => unit.repeat(count)),
  );
  const name = fc.oneof(
    text,
    fc.constantFrom("prompt", "video_url", "model", "webhooks", "metadata", "url", "events", "headers", "since"),
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      text,
      fc.double(),
      fc.constant(null),
      fc.array(tie("value"), { maxLength: 5 }),
      fc.dictionary(name, tie("value"), { maxKeys: 5 }),
    ),
  }));
  const many = fc
    .tuple(text, fc.integer({ min: 1, max: 4_000 }))
    .map(([name, count]) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`${at}${name.slice(0, 300)}`, 0])),
    );
  const body = fc.oneof(
    fc.oneof(value, many).map((value) => JSON.stringify(value)),
    text,
  );

  const withBody = OPERATIONS.filter(({ body }) => body !== undefined);

  it.each(withBody.map((each) => [each.id, each] as const))("for any body of %s", async (_, { method, path }) => {
    await fc.assert(
      fc.asyncProperty(body, async (body) => {
        await call(path.replace("{id}", "we_x"), { method: method.toUpperCase(), body });
      }),
      { numRuns: 20 },
    );
  });

  it("for any path and query", async () => {
    const segment = text.map((text) => encodeURIComponent(text.toWellFormed()).slice(0, 16_000));
    const raw = fc
      .constantFrom("%", "%ED%A0%BD", "%ff", "?", "&", "=")
      .chain((unit) => fc.nat(5_000).map((n) => unit.repeat(n)));
    const templates = OPERATIONS.map(({ path }) => path);
    const path = fc.oneof(
      fc.constantFrom("/", "/v1/", "/v2/", "/v2/video/generations/", "/.well-known/webhook-keys/", "/v1/generations/"),
      fc.constantFrom(...templates),
    );
    await fc.assert(
      fc.asyncProperty(
        path,
        fc.array(segment, { minLength: 3, maxLength: 3 }),
        fc.array(fc.tuple(fc.oneof(segment, fc.constantFrom("limit", "cursor", "generation_id", "expires")), segment)),
        raw,
        fc.constantFrom("GET", "POST", "HEAD", "DELETE", "PUT"),
        async (template, [first, second, third], query, raw, method) => {
          const parts = template.endsWith("/") ? `${template}${first}` : template;
          const path = parts.replace("{id}", `${second}`).replaceAll(/\{\w+\}/g, `${third}`);
          const search = query.map(([name, value]) => `${name}=${value}`).join("&");
          await call(`${path}?${search}&${raw}`, { method });
        },
      ),
      { numRuns: 60 },
    );
  });

  it("for any errors at all", async () => {
    const error = fc.record({ pointer: text, message: text });
    const errors = fc.tuple(error, fc.nat(200)).map(([error, count]) => Array(count).fill(error));
    await fc.assert(
      fc.asyncProperty(
        errors,
        text,
        fc.constantFrom("/v1/generations", "/v2/video/generations"),
        async (errors, detail, path) => {
          for (const problem of [
            invalidRequest(errors),
            new Problem("invalid_input", detail, { generation_id: ID, errors }),
          ]) {
            const inputs = { put: () => Promise.reject(problem) };
            const { response } = await call(
              path,
              { method: "POST", body: `{${OK.replace("https://example.com/v.mp4", "data:video/mp4,x")}}` },
              { inputs } as unknown as Partial<Gateways>,
            );
            expect(response.status).toBe(400);
          }
        },
      ),
    );
  });

  it("with one name of two megabytes, or of 255 kB where bodies are small", async () => {
    const { errors } = await problemOf("/v1/generations", `{${OK},"${"k".repeat(2_000_000)}":1}`);
    expect(errors[0]).toEqual({ pointer: `/${"k".repeat(198)}…`, message: expect.stringMatching(/; use prompt, /) });
    const other = await problemOf(
      "/v1/webhook-endpoints",
      `{"url":"https://a.example.com/","${"~".repeat(255_000)}":1}`,
    );
    expect(other.errors).toEqual([
      { pointer: expect.stringMatching(/^\/(~0){99}…$/), message: expect.stringMatching(/; use url, /) },
    ]);
  });

  it("with long names at every level", async () => {
    const long = "日".repeat(5_000);
    const nested = `${`{"${long}":`.repeat(12)}"\\ud83d"${"}".repeat(12)}`;
    const { errors } = await problemOf("/v1/webhook-endpoints", nested);
    expect(errors).toContainEqual({
      pointer: `/${"日".repeat(198)}…`,
      message: "contains a lone surrogate (half of a character)",
    });
  });

  it("with at most 100 entries, and says how many are left out", async () => {
    const fields = Array.from({ length: 4_000 }, (_, at) => `"f${at}":0`).join();
    const { errors, detail } = await problemOf("/v1/generations", `{${OK},${fields}}`);
    expect(errors).toHaveLength(100);
    expect(errors.at(-1)).toEqual({ pointer: "/f99", message: "is not a known field" });
    expect(detail).toMatch(
      /^\/f0: is not a known field; use prompt, .*; \/f1: is not a known field; \/f2: .*; and 3995 more, 3900 of which are not listed$/,
    );
    const few = await problemOf("/v1/generations", `{${OK},"a":0,"b":0,"c":0,"d":0,"e":0,"f":0}`);
    expect(few.detail).toMatch(/\/e: is not a known field; and 1 more$/);
    const one = await problemOf("/v1/generations", `{${OK},"a":0}`);
    expect(one.detail).toMatch(/^\/a: is not a known field; use prompt, .*, metadata$/);
  });

  it("with fewer entries if they are long", async () => {
    const fields = Array.from({ length: 100 }, (_, at) => `"${at}${"\\u0000".repeat(300)}":0`).join();
    const { errors, detail } = await problemOf("/v1/generations", `{${OK},${fields}}`);
    expect(errors.length).toBeLessThan(10);
    expect(detail).toMatch(/; and \d+ more, \d+ of which are not listed$/);
  });

  it.each([
    ["a path", "There is no /xxx", "GET", `/${"x".repeat(16_000)}`],
    ["a generation", "There is no generation xxx", "GET", `/v1/generations/${"x".repeat(16_000)}`],
    ["a delivery", "There is no delivery xxx", "GET", `/v1/generations/${ID}/deliveries/${"x".repeat(16_000)}`],
    ["a webhook endpoint", 'There is no webhook endpoint """', "GET", `/v1/webhook-endpoints/${"%22".repeat(5_000)}`],
    ["a method", "XXX", "X".repeat(1_000), "/healthz"],
  ])("for %s with a long name", async (_, begin, method, path) => {
    const { text } = await call(path, { method });
    const { detail } = JSON.parse(text);
    expect(detail).toContain(begin);
    expect(detail.length).toBeLessThan(300);
    expect(detail).toContain("…");
  });

  it("on drop-in paths, too", async () => {
    const long = "x".repeat(10_000);
    const unknown = JSON.parse((await call(`/v2/${long}`)).text);
    expect(unknown).toMatchObject({
      path: `/v2/${"x".repeat(195)}…`,
      message: `There is no /v2/${"x".repeat(195)}… here.`,
    });
    const poll = JSON.parse((await call(`/v2/video/generations?generation_id=${long}`)).text);
    expect(poll.message).toBe(`There is no generation ${"x".repeat(199)}….`);
  });

  it("with the first 200 characters of the provider's own message", async () => {
    const refusal = { code: "invalid_input", message: "no. ".repeat(200) };
    const create = async () => ({ kind: "created", generation: { json: "{}", status: "failed", refusal } });
    const generations = { create } as unknown as Gateways["generations"];
    for (const path of ["/v1/generations", "/v2/video/generations"]) {
      const { text } = await call(path, { method: "POST", body: `{${OK}}` }, { generations });
      const { detail, message } = JSON.parse(text);
      expect(detail ?? message).toBe(`${"no. ".repeat(50).slice(0, 199)}…`);
    }
  });

  it("for a deployment whose settings are all wrong", async () => {
    const env = Object.fromEntries(Object.keys(ENV).map((name) => [name, "日".repeat(10_000)]));
    const app = createApp(() => GATEWAYS);
    for (const path of ["/healthz", "/v1/generations", "/v2/video/generations"]) {
      const response = await app.request(path, {}, env as unknown as Bindings);
      expect(response.status).toBe(503);
      expect((await response.arrayBuffer()).byteLength).toBeLessThanOrEqual(MOST_BYTES);
    }
  });
});

describe("a text that an error repeats", () => {
  it.each([
    ["a".repeat(200), "a".repeat(200)],
    ["a".repeat(201), `${"a".repeat(199)}…`],
    [`${"a".repeat(198)}😀bc`, `${"a".repeat(198)}…`],
    ["a\ud83d", "a\ufffd"],
    ["", ""],
  ])("is well-formed and has at most 200 characters (%#)", (text, shown) => {
    expect(repeated(text)).toBe(shown);
  });

  it("is a JSON Pointer for the path to a field", () => {
    expect(pointerTo(["a/b", 0, "~c", ""])).toBe("/a~1b/0/~0c/");
    expect(pointerTo([])).toBe("");
    expect(pointerTo(Array(1_000).fill("x"))).toBe(`${"/x".repeat(99)}/…`);
  });
});
