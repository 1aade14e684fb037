// Options and arguments of the client, and what they become in requests.

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Reelhook } from "../../../packages/reelhook/src/index.ts";
import type { ReelhookOptions } from "../../../packages/reelhook/src/options.ts";
import { json, Loopback } from "../../support/loopback.ts";

const server = new Loopback();
const KEY = "rh_test_acme_0123456789";
const client = (options: Partial<ReelhookOptions> = {}) =>
  new Reelhook({ baseUrl: server.url, apiKey: KEY, ...options });

beforeAll(() => server.start());
afterAll(() => server.stop());

describe("the options", () => {
  it.each(["", "/"])("keep the path of the base URL, with '%s' at its end", async (end) => {
    server.answer(json({ object: "list", data: [] }));
    await client({ baseUrl: `${server.url}/videos/api${end}` }).models.list();
    expect(server.received[0]).toMatchObject({
      path: "/videos/api/v1/models",
      headers: { authorization: `Bearer ${KEY}` },
    });
  });

  it.each([
    "",
    "reelhook.example.com",
    "ftp://reelhook.example.com",
    "https://user:password@reelhook.example.com",
    "https://reelhook.example.com/?key=1",
    "https://reelhook.example.com/#part",
  ])("refuse the base URL %j", (baseUrl) => {
    expect(() => client({ baseUrl })).toThrow(/^baseUrl must /);
  });

  it.each(["", " ", "rh_test two", "rh_test\nx", "ключ"])("refuse the API key %j, without showing it", (apiKey) => {
    expect(() => client({ apiKey })).toThrow(/^apiKey must be an API key of the deployment\.$/);
  });

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("refuse maxRetries: %d", (maxRetries) => {
    expect(() => client({ maxRetries })).toThrow(/^maxRetries must /);
  });

  it("accept an API key that was read with its line break", async () => {
    server.answer(json({ object: "account" }));
    await client({ apiKey: `${KEY}\n` }).account.get();
    expect(server.received[0]?.headers["authorization"]).toBe(`Bearer ${KEY}`);
  });

  it("send requests with a fetch of the caller's, which gets the URL and everything else in `init`", async () => {
    const calls: unknown[][] = [];
    let self: unknown;
    async function own(this: unknown, ...args: [string, RequestInit]): Promise<Response> {
      self = this;
      calls.push(args);
      return Response.json({ id: "gen_1" }, { status: 202 });
    }
    const reelhook = client({ fetch: own });
    await reelhook.generations.create(
      { prompt: "p" },
      { wait: 5, lenient: true, simulate: "fail", idempotencyKey: "k" },
    );
    const [[url, init]] = calls as [[string, RequestInit]];
    expect(url).toBe(`${server.url}/v1/generations`);
    expect(init).toMatchObject({ method: "POST", redirect: "manual", signal: expect.any(AbortSignal) });
    expect(Object.fromEntries(init.headers as Headers)).toEqual({
      authorization: `Bearer ${KEY}`,
      "content-type": "application/json",
      "idempotency-key": "k",
      prefer: "wait=5, handling=lenient",
      "reelhook-simulate": "fail",
    });
    expect(new TextDecoder().decode(init.body as ArrayBuffer)).toBe('{"prompt":"p"}');
    // The fetch of browsers and Workers refuses any other `this`.
    expect(self).toBeUndefined();
  });

  it("use a global fetch that is replaced later", async () => {
    const reelhook = client();
    vi.stubGlobal("fetch", async () => Response.json({ object: "account", name: "stub" }));
    try {
      expect(await reelhook.account.get()).toMatchObject({ name: "stub" });
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

describe("an id", () => {
  it("is escaped in the path", async () => {
    server.answer(json({ id: "m" }));
    await client().models.get("runway/gen4_aleph?x=1");
    expect(server.received[0]?.path).toBe("/v1/models/runway%2Fgen4_aleph%3Fx%3D1");
  });

  it.each(["", ".", ".."])("%j is refused, because it would make a different path", async (id) => {
    server.answer();
    const { generations } = client();
    const calls = [generations.get(id), generations.video(id), generations.events(id).next()];
    for (const call of calls) await expect(call).rejects.toThrow(new TypeError(`Invalid id: ${JSON.stringify(id)}.`));
    const delivery = generations.delivery("gen_1", id);
    await expect(delivery).rejects.toThrow(new TypeError(`Invalid delivery: ${JSON.stringify(id)}.`));
    expect(server.received).toHaveLength(0);
  });
});

describe("an idempotency key", () => {
  it.each(["ключ", "orden-ñ", "two\nlines"])(
    "%j is refused, because runtimes would send it differently",
    async (key) => {
      server.answer();
      const create = client().generations.create({ prompt: "p" }, { idempotencyKey: key });
      await expect(create).rejects.toThrow("idempotencyKey must be printable ASCII");
      expect(server.received).toHaveLength(0);
    },
  );

  it.each([" order-1", "order-1 ", null])("%j is refused, because it would be another one, or none", async (key) => {
    server.answer();
    const create = client().generations.create({ prompt: "p" }, { idempotencyKey: key as string });
    await expect(create).rejects.toThrow("without spaces at its ends");
    expect(server.received).toHaveLength(0);
  });
});
