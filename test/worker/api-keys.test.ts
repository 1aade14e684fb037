// API keys that are made with ADMIN_KEY: made, used, listed, revoked and expired, with their object up and down.

import { runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { type ApiKeysSettings, apiKeysIn } from "../../src/api-keys/keys.ts";
import { KnownKeys } from "../../src/api-keys/known-keys.ts";
import { MAX_KEYS } from "../../src/api-keys/object.ts";
import type { HashedApiKey } from "../../src/api-keys/results.ts";
import { newToken } from "../../src/api-keys/token.ts";
import type { ApiKeyList, NewApiKeyView } from "../../src/contract/api-keys.ts";
import { createApp } from "../../src/http/app.ts";
import type { Bindings } from "../../src/http/app-env.ts";
import { whileValid } from "../../src/http/until-revoked.ts";
import { GENERATING } from "../support/scenario.ts";
import { Listener } from "./listener.ts";
import { ADMIN, call, gateways, LIVE, ORIGIN, play, problemOf, request, submit, testEnv } from "./support.ts";

const PATH = "/v1/api-keys";

async function make(fields: object = {}): Promise<NewApiKeyView> {
  const json = { account: "acme", mode: "test", name: "Backend", ...fields };
  const response = await call(PATH, { key: ADMIN, json });
  expect(response.status).toBe(201);
  return response.json();
}

async function list(query = ""): Promise<ApiKeyList> {
  const response = await call(PATH + query, { key: ADMIN });
  expect(response.status).toBe(200);
  return response.json();
}

const revoke = (id: string) => call(`${PATH}/${id}`, { key: ADMIN, method: "DELETE" });

/** The object of the keys, as an isolate asks it: counted, and down on demand. */
function keysObject() {
  const state = { asked: 0, isDown: false, now: Date.UTC(2027, 0, 1) };
  const { KEYS } = testEnv;
  const namespace = {
    idFromName: (name: string) => KEYS.idFromName(name),
    getByName: (name: string) => {
      state.asked++;
      if (state.isDown) throw new Error("down");
      return KEYS.getByName(name);
    },
  } as unknown as ApiKeysSettings["namespace"];
  const clock = { now: () => state.now, random: () => 0 };
  /** An isolate with a memory of its own. */
  const isolate = () => {
    const apiKeys = apiKeysIn({ namespace, known: new KnownKeys(), clock });
    const app = createApp(() => gateways({ apiKeys, clock }));
    return (path: string, key: string, headers: Record<string, string> = {}) => {
      const init = { headers: { ...headers, authorization: `Bearer ${key}` } };
      return app.request(ORIGIN + path, init, testEnv as unknown as Bindings);
    };
  };
  return { state, isolate };
}

beforeEach(async () => {
  await list();
  await runInDurableObject(testEnv.KEYS.getByName("api-keys"), (_, { storage }) => {
    const tables = storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'api_keys'").toArray();
    if (tables.length > 0) storage.sql.exec("DELETE FROM api_keys");
  });
});

describe("making an API key", () => {
  it("shows the key once, and the key opens its account and mode", async () => {
    const made = await make({ account: "globex", mode: "live", name: "Billing" });
    expect(made).toMatchObject({
      object: "api_key",
      account: "globex",
      mode: "live",
      name: "Billing",
      read_only: false,
      expires_at: null,
      last_used_on: null,
    });
    expect(made.key).toMatch(/^rh_live_[0-9a-z]{40}$/);
    expect(made.prefix).toBe(made.key.slice(0, 14));
    const account = await call("/v1/account", { key: made.key });
    expect(await account.json()).toEqual({ object: "account", name: "globex", mode: "live" });
    expect(JSON.stringify(await list())).not.toContain(made.key);
  });

  it("stores only the hash of the key", async () => {
    const { key } = await make();
    const stored = await runInDurableObject(testEnv.KEYS.getByName("api-keys"), (_, { storage }) =>
      JSON.stringify(storage.sql.exec("SELECT * FROM api_keys").toArray()),
    );
    expect(stored).toContain("Backend");
    expect(stored).not.toContain(key.slice(14));
  });

  it.each([
    [{ account: "Acme" }, "/account", "must have 1 to 40 characters: a-z, 0-9, _ and -"],
    [{ mode: "prod" }, "/mode", "must be one of live, test"],
    [{ name: "" }, "/name", "must not be empty"],
    [{ name: " \n" }, "/name", "must not be empty"],
    [{ name: "n".repeat(101) }, "/name", expect.any(String)],
    [{ name: undefined }, "/name", "is required"],
    [{ expires_at: "tomorrow" }, "/expires_at", "must be an RFC 3339 time"],
    [{ expires_at: "2020-01-01T00:00:00Z" }, "/expires_at", "must be in the future"],
    [{ read_only: "yes" }, "/read_only", "must be of type boolean"],
    [{ scopes: [] }, "/scopes", expect.any(String)],
  ])("refuses %j", async (fields, pointer, message) => {
    const json = { account: "acme", mode: "test", name: "Backend", ...fields };
    const response = await call(PATH, { key: ADMIN, json });
    expect(response.status).toBe(400);
    expect((await problemOf(response)).errors).toContainEqual({ pointer, message });
    expect((await list()).data).toEqual([]);
  });

  it("takes 200 keys of an account, and then makes room only where one has expired", async () => {
    const object = testEnv.KEYS.getByName("api-keys");
    await make({ name: "First" });
    await runInDurableObject(object, (_, { storage }) => {
      for (let at = 1; at < MAX_KEYS; at++) {
        storage.sql.exec(
          "INSERT INTO api_keys SELECT substr(id, 1, 27) || printf('%03d', ?), hash || ?, account, mode, 'More', prefix, 0, created_at, NULL, NULL FROM api_keys WHERE name = 'First'",
          ...[at, at],
        );
      }
    });
    const refused = await call(PATH, { key: ADMIN, json: { account: "acme", mode: "live", name: "One more" } });
    expect(refused.status).toBe(400);
    expect((await problemOf(refused)).errors).toEqual([
      { pointer: "/account", message: "has 200 API keys, which is the limit; revoke one first" },
    ]);
    await make({ account: "other", name: "Of another account" });
    await runInDurableObject(object, (_, { storage }) => {
      storage.sql.exec("UPDATE api_keys SET expires_at = 1 WHERE name = 'First'");
    });
    await make({ name: "One more" });
    const first = await list("?account=acme&limit=100");
    expect(first.data[0]?.name).toBe("One more");
    const rest = await list(`?account=acme&limit=100&cursor=${first.next_cursor}`);
    expect(rest.data).toHaveLength(100);
    expect(rest.data.map(({ name }) => name)).not.toContain("First");
  });
});

describe("listing API keys", () => {
  it("pages through them, newest first, of all accounts or of one", async () => {
    const made = [await make({ name: "1" }), await make({ name: "2", account: "globex" }), await make({ name: "3" })];
    expect((await list()).data.map(({ name }) => name).sort()).toEqual(["1", "2", "3"]);
    expect((await list("?account=globex")).data.map(({ id }) => id)).toEqual([made[1]?.id]);
    const first = await list("?limit=2");
    expect(first).toMatchObject({ has_more: true });
    const second = await list(`?limit=2&cursor=${first.next_cursor}`);
    expect(second).toMatchObject({ has_more: false, next_cursor: null });
    const ids = [...first.data, ...second.data].map(({ id }) => id);
    expect(ids.toSorted()).toEqual(made.map(({ id }) => id).toSorted());
    expect((await call(`${PATH}?cursor=nonsense`, { key: ADMIN })).status).toBe(400);
  });

  it("tells the day of the last use, and writes it once a day", async () => {
    const { key } = await make();
    await call("/v1/account", { key });
    const today = new Date().toISOString().slice(0, 10);
    expect((await list()).data[0]?.last_used_on).toBe(today);
    const object = testEnv.KEYS.getByName("api-keys");
    const written = await runInDurableObject(object, async (instance, { storage }) => {
      const { hash } = storage.sql.exec<{ hash: string }>("SELECT hash FROM api_keys").one();
      const before = storage.sql.exec<{ n: number }>("SELECT total_changes() AS n").one().n;
      instance.use(hash);
      return storage.sql.exec<{ n: number }>("SELECT total_changes() AS n").one().n - before;
    });
    expect(written).toBe(0);
  });
});

describe("revoking an API key", () => {
  it("ends it here at once, and for good", async () => {
    const { id, key } = await make();
    expect((await call("/v1/account", { key })).status).toBe(200);
    expect((await revoke(id)).status).toBe(204);
    expect((await call("/v1/account", { key })).status).toBe(401);
    expect((await revoke(id)).status).toBe(404);
    expect((await list()).data).toEqual([]);
  });

  it("ends it in another isolate within a minute", async () => {
    const { id, key } = await make();
    const { state, isolate } = keysObject();
    const get = isolate();
    expect((await get("/v1/account", key)).status).toBe(200);
    await revoke(id);
    state.now += 59_999;
    expect((await get("/v1/account", key)).status).toBe(200);
    state.now += 1;
    expect((await get("/v1/account", key)).status).toBe(401);
  });
});

describe("an event stream", () => {
  const encoder = new TextEncoder();

  it("ends regularly once its API key is not valid any more, and its source is canceled", async () => {
    let isValid = true;
    let isCanceled = false;
    const source = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(encoder.encode(": alive\n\n")),
      cancel: () => {
        isCanceled = true;
      },
    });
    const reader = whileValid(source, async () => isValid, 5).getReader();
    expect((await reader.read()).done).toBe(false);
    isValid = false;
    await vi.waitFor(async () => expect((await reader.read()).done).toBe(true), { interval: 1 });
    expect(isCanceled).toBe(true);
  });

  it("passes on the end and the failure of its source", async () => {
    const ended = new Response("event: open\n\n").body;
    if (ended === null) throw new Error("no body");
    expect(await new Response(whileValid(ended, async () => true, 5)).text()).toBe("event: open\n\n");
    const failed = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error("lost")),
    });
    await expect(new Response(whileValid(failed, async () => true, 5)).text()).rejects.toThrow("lost");
  });

  it.each(["/v1/events", "/v1/generations/{id}/events"])("of %s ends when its API key is revoked", async (path) => {
    const { prompt } = await play({ poll: [GENERATING] });
    const generation = await submit(request(prompt));
    const { id, key } = await make({ mode: "live" });
    const { state, isolate } = keysObject();
    const intervals = vi.spyOn(globalThis, "setInterval");
    const response = await isolate()(path.replace("{id}", generation.id), key, { accept: "text/event-stream" });
    const check = intervals.mock.calls.find(([, ms]) => ms === 10_000)?.[0];
    intervals.mockRestore();
    const listener = new Listener(response);
    expect(await listener.next()).not.toBeNull();
    await revoke(id);
    state.now += 60_000;
    await check?.();
    expect((await listener.until(() => false)).length).toBeGreaterThanOrEqual(0);
    await call(`/v1/generations/${generation.id}/cancel`, { method: "POST" });
  });
});

describe("an API key that expires", () => {
  it("works until then, even where it is remembered", async () => {
    const { state, isolate } = keysObject();
    state.now = Date.now();
    const expiresAt = new Date(state.now + 30_000);
    const { key } = await make({ expires_at: expiresAt.toISOString() });
    const get = isolate();
    expect((await get("/v1/account", key)).status).toBe(200);
    state.now = expiresAt.getTime() - 1;
    expect((await get("/v1/account", key)).status).toBe(200);
    state.now = expiresAt.getTime();
    const refused = await get("/v1/account", key);
    expect(refused.status).toBe(401);
    expect((await problemOf(refused)).detail).toBe("This API key has expired.");
    expect(state.asked).toBe(1);
  });
});

describe("the object of the API keys", () => {
  it("is asked once a minute for a key, whether the key is known or not", async () => {
    const { key } = await make();
    const { id, key: revoked } = await make();
    await revoke(id);
    const { state, isolate } = keysObject();
    const get = isolate();
    for (let request = 0; request < 3; request++) {
      expect((await get("/v1/account", key)).status).toBe(200);
      expect((await get("/v1/account", revoked)).status).toBe(401);
    }
    expect(state.asked).toBe(2);
    state.now += 60_000;
    await get("/v1/account", key);
    expect(state.asked).toBe(3);
  });

  it("audit 22: is not asked for text that is no key, nor for keys in API_KEYS", async () => {
    const { state, isolate } = keysObject();
    const get = isolate();
    const junk = await newToken("live", "another deployment");
    for (const key of ["junk", "rh_live_", `rh_live_${"0".repeat(40)}`, junk]) {
      expect((await get("/v1/account", key)).status).toBe(401);
    }
    expect((await get("/v1/account", LIVE)).status).toBe(200);
    expect(state.asked).toBe(0);
  });

  it("fault 107: may be down: keys hold for ten minutes, others get 503, and junk and keys in API_KEYS do not notice", async () => {
    const { key } = await make();
    const { key: neverSeen } = await make();
    const { state, isolate } = keysObject();
    const get = isolate();
    await get("/v1/account", key);
    state.isDown = true;
    state.now += 5 * 60_000;
    expect((await get("/v1/account", key)).status).toBe(200);
    const refused = await get("/v1/account", neverSeen);
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("5");
    expect((await problemOf(refused)).code).toBe("unavailable");
    expect((await get("/v1/account", await newToken("live", "junk"))).status).toBe(401);
    expect((await get("/v1/account", LIVE)).status).toBe(200);
    state.now += 5 * 60_000 - 1;
    expect((await get("/v1/account", key)).status).toBe(200);
    state.now += 1;
    expect((await get("/v1/account", key)).status).toBe(503);
    state.isDown = false;
    expect((await get("/v1/account", key)).status).toBe(200);
    expect((await get("/v1/account", neverSeen)).status).toBe(200);
  });

  it("is not asked by each request while it is down", async () => {
    const { key } = await make();
    const { state, isolate } = keysObject();
    const get = isolate();
    await get("/v1/account", key);
    state.isDown = true;
    state.now += 60_000;
    await get("/v1/account", key);
    const { asked } = state;
    for (let request = 0; request < 5; request++) await get("/v1/account", key);
    expect(state.asked).toBe(asked);
    state.now += 5_000;
    await get("/v1/account", key);
    expect(state.asked).toBeGreaterThan(asked);
  });

  it("does not bring back a revoked key while it is down", async () => {
    const { id, key } = await make();
    const { state, isolate } = keysObject();
    const get = isolate();
    await get("/v1/account", key);
    await revoke(id);
    state.now += 60_000;
    expect((await get("/v1/account", key)).status).toBe(401);
    state.isDown = true;
    state.now += 60_000;
    expect((await get("/v1/account", key)).status).toBe(503);
  });

  it("fault 108: makes one key if its answer is lost", async () => {
    const { KEYS } = testEnv;
    let isLost = true;
    const namespace = {
      idFromName: (name: string) => KEYS.idFromName(name),
      getByName: (name: string) => ({
        async add(key: HashedApiKey) {
          const result = await KEYS.getByName(name).add(key);
          if (isLost) {
            isLost = false;
            throw new Error("lost");
          }
          return result;
        },
      }),
    } as unknown as ApiKeysSettings["namespace"];
    const apiKeys = apiKeysIn({ namespace, known: new KnownKeys(), clock: { now: () => Date.now(), random: () => 0 } });
    const fields = { account: "acme", mode: "live", name: "Lost", readOnly: false, expiresAt: null } as const;
    const result = await apiKeys.make(fields);
    expect(isLost).toBe(false);
    if (result.kind !== "made") throw new Error(result.kind);
    expect((await list()).data.map(({ id }) => id)).toEqual([result.view.id]);
    expect((await call("/v1/account", { key: result.view.key })).status).toBe(200);
  });

  it("says so to the administrator while it is down", async () => {
    const { state, isolate } = keysObject();
    state.isDown = true;
    const response = await isolate()(PATH, ADMIN);
    expect(response.status).toBe(503);
    expect((await problemOf(response)).code).toBe("unavailable");
  });
});

describe("ADMIN_KEY", () => {
  it("audit 21: manages API keys, and nothing else does", async () => {
    for (const key of [LIVE, (await make()).key, "junk", null]) {
      for (const response of [
        await call(PATH, { key }),
        await call(PATH, { key, json: { account: "acme", mode: "live", name: "Mine" } }),
        await call(`${PATH}/key_00000000000000000000000000`, { key, method: "DELETE" }),
      ]) {
        expect(response.status).toBe(401);
      }
    }
  });

  it("audit 21: does nothing else", async () => {
    for (const path of ["/v1/account", "/v1/generations", "/v1/webhook-secret", "/v2/video/generations"]) {
      expect((await call(path, { key: ADMIN })).status).toBe(401);
    }
    const response = await call("/v1/account", { key: ADMIN });
    expect((await problemOf(response)).detail).toBe(
      "ADMIN_KEY only makes, lists and revokes API keys. Send an API key.",
    );
  });

  it("is answered 405 for other methods", async () => {
    expect((await call(PATH, { key: ADMIN, method: "PATCH" })).status).toBe(405);
    expect((await call(`${PATH}/key_1`, { key: ADMIN })).status).toBe(405);
  });
});

describe("a read-only API key", () => {
  let key = "";
  beforeEach(async () => {
    ({ key } = await make({ mode: "live", read_only: true }));
  });

  it("reads", async () => {
    for (const path of ["/v1/generations", "/v1/webhook-endpoints", "/v1/usage", "/v1/models"]) {
      expect((await call(path, { key })).status, path).toBe(200);
    }
    expect(await (await call("/v1/account", { key })).json()).toMatchObject({ read_only: true });
  });

  it("audit 20: changes nothing", async () => {
    const id = "gen_00000000000000000000000000";
    const calls: readonly (readonly [string, string])[] = [
      ["POST", "/v1/generations"],
      ["POST", `/v1/generations/${id}/cancel`],
      ["DELETE", `/v1/generations/${id}`],
      ["POST", "/v1/webhook-endpoints"],
      ["PATCH", "/v1/webhook-endpoints/we_1"],
      ["POST", "/v1/webhook-secret/rotate"],
      ["POST", "/v2/video/generations"],
    ];
    for (const [method, path] of calls) {
      const response = await call(path, { key, method, ...(method === "DELETE" ? {} : { json: {} }) });
      expect(response.status, path).toBe(403);
    }
  });

  it("audit 20: reads no secrets", async () => {
    const json = { url: `${ORIGIN.replace("reelhook", "hooks")}/`, headers: { authorization: "Basic c2VjcmV0" } };
    const endpoint = (await (await call("/v1/webhook-endpoints", { json })).json()) as { id: string; secret: string };
    expect(endpoint.secret).toMatch(/^whsec_/);
    for (const path of ["/v1/webhook-secret", `/v1/webhook-endpoints/${endpoint.id}/secret`]) {
      const response = await call(path, { key });
      expect(response.status, path).toBe(403);
      expect((await problemOf(response)).code).toBe("forbidden");
    }
    const one = await call(`/v1/webhook-endpoints/${endpoint.id}`, { key });
    expect(await one.json()).toMatchObject({ headers: { authorization: "[hidden]" } });
    const all = await (await call("/v1/webhook-endpoints", { key })).text();
    expect(all).toContain("[hidden]");
    expect(all + endpoint.id).not.toContain("c2VjcmV0");
  });
});

describe("an account that has only keys made with ADMIN_KEY", () => {
  it("has its public keys at an address of its own", async () => {
    const { key } = await make({ account: "initech", mode: "live" });
    const { public_key_url: url } = (await (await call("/v1/webhook-secret", { key })).json()) as {
      public_key_url: string;
    };
    expect((await call(url, { key: null })).status).toBe(200);
  });

  it("keeps that address when its last key is revoked", async () => {
    const { id, key } = await make({ account: "hooli", mode: "test" });
    const { public_key_url: url } = (await (await call("/v1/webhook-secret", { key })).json()) as {
      public_key_url: string;
    };
    await revoke(id);
    await vi.waitFor(async () => expect((await call(url, { key: null })).status).toBe(200), { timeout: 5_000 });
  });
});
