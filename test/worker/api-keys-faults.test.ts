// The object of the API keys while it cannot write, hangs, loses an answer, or is not bound.

import { runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type ApiKeysSettings, apiKeysIn } from "../../src/api-keys/keys.ts";
import { KnownKeys } from "../../src/api-keys/known-keys.ts";
import { newToken } from "../../src/api-keys/token.ts";
import type { NewApiKeyView } from "../../src/contract/api-keys.ts";
import { createApp } from "../../src/http/app.ts";
import type { Bindings } from "../../src/http/app-env.ts";
import { ADMIN, call, gateways, LIVE, ORIGIN, testEnv } from "./support.ts";

type Namespace = ApiKeysSettings["namespace"];

const { KEYS } = testEnv;
const FIELDS = { account: "acme", mode: "live", name: "Backend", readOnly: false, expiresAt: null } as const;

async function make(fields: object = {}): Promise<NewApiKeyView> {
  const json = { account: "acme", mode: "live", name: "Backend", ...fields };
  return (await call("/v1/api-keys", { key: ADMIN, json })).json();
}

/** An isolate whose calls to the object are answered by `change` of the real one. */
function isolate(change: (object: ReturnType<typeof KEYS.getByName>) => object) {
  const state = { now: Date.now() };
  const namespace = {
    idFromName: (name: string) => KEYS.idFromName(name),
    getByName: (name: string) => change(KEYS.getByName(name)),
  } as unknown as Namespace;
  const clock = { now: () => state.now, random: () => 0 };
  const apiKeys = apiKeysIn({ namespace, known: new KnownKeys(), clock });
  const hashOf = async (key: string) => {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
    return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  };
  return { state, apiKeys, check: async (key: string) => apiKeys.check(key, await hashOf(key)) };
}

afterEach(() => vi.useRealTimers());

describe("while nothing can be written", () => {
  it("an API key that was not used today works", async () => {
    const { key } = await make();
    const object = KEYS.getByName("api-keys");
    await runInDurableObject(object, (_, { storage }) => {
      storage.sql.exec("CREATE TRIGGER full BEFORE UPDATE ON api_keys BEGIN SELECT RAISE(ABORT, 'full'); END");
    });
    const { status } = await call("/v1/account", { key });
    await runInDurableObject(object, (_, { storage }) => void storage.sql.exec("DROP TRIGGER full"));
    expect(status).toBe(200);
  });
});

describe("while the object hangs", () => {
  const hanging = () => new Promise<never>(() => {});

  it("one request at a time finds out whether it answers again, and the others do not wait", async () => {
    const { key } = await make();
    let isHanging = false;
    const { state, check } = isolate((object) => ({
      use: (hash: string) => (isHanging ? hanging() : object.use(hash)),
    }));
    await check(key);
    isHanging = true;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    state.now += 60_000;
    const first = check(key);
    await vi.advanceTimersByTimeAsync(4_000);
    expect((await first).kind).toBe("valid");
    state.now += 5_000;
    let isOver = false;
    const second = check(key).finally(() => {
      isOver = true;
    });
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await check(key)).kind).toBe("valid");
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(3_000);
    expect((await second).kind).toBe("valid");
  });

  it("the accounts are not asked for again for five seconds", async () => {
    let asked = 0;
    const { state, apiKeys } = isolate(() => ({
      accounts: () => {
        asked++;
        throw new Error("down");
      },
    }));
    expect(await apiKeys.accounts()).toBeNull();
    const before = asked;
    state.now += 4_999;
    expect(await apiKeys.accounts()).toBeNull();
    expect(asked).toBe(before);
    state.now += 1;
    expect(await apiKeys.accounts()).toBeNull();
    expect(asked).toBeGreaterThan(before);
  });
});

describe("revoking a key", () => {
  it("does not say that there is none when the first answer was lost", async () => {
    const { id } = await make();
    let isLost = true;
    const { apiKeys } = isolate((object) => ({
      remove: async (asked: string) => {
        const result = await object.remove(asked);
        if (!isLost) return result;
        isLost = false;
        throw new Error("lost");
      },
    }));
    expect(await apiKeys.revoke(id)).toBeNull();
    expect(await apiKeys.revoke(id)).toBe(false);
  });

  it("refuses it here at once, even if it is used meanwhile", async () => {
    const { id, key } = await make();
    let meanwhile = async () => {};
    const { apiKeys, check } = isolate((object) => ({
      use: (hash: string) => object.use(hash),
      remove: async (asked: string) => {
        await meanwhile();
        return object.remove(asked);
      },
    }));
    meanwhile = async () => expect((await check(key)).kind).toBe("valid");
    expect(await apiKeys.revoke(id)).toBe(true);
    expect((await check(key)).kind).toBe("unknown");
  });
});

describe("a new account", () => {
  it("is known at once to the isolate that made its key", async () => {
    const { apiKeys } = isolate((object) => object);
    await apiKeys.accounts();
    await apiKeys.make({ ...FIELDS, account: "brand-new" });
    expect(await apiKeys.accounts()).toContain("brand-new");
  });
});

describe("without the binding KEYS", () => {
  const crashes: unknown[] = [];
  const known = new KnownKeys();
  const clock = { now: () => Date.now(), random: () => 0 };
  const apiKeys = apiKeysIn({ namespace: undefined, known, clock });
  const log = { info() {}, error: (event: string) => void crashes.push(event) };
  const app = createApp(() => gateways({ apiKeys, log }));
  const get = (path: string, key: string, init: RequestInit = {}) =>
    app.request(
      ORIGIN + path,
      { ...init, headers: { authorization: `Bearer ${key}`, "content-type": "application/json" } },
      { ...testEnv, KEYS: undefined } as unknown as Bindings,
    );

  it("keys in API_KEYS work, junk is 401, and what needs the object is 503", async () => {
    expect((await get("/v1/account", LIVE)).status).toBe(200);
    expect((await get("/v1/account", "junk")).status).toBe(401);
    expect((await get("/v1/account", await newToken("live", "any"))).status).toBe(503);
    const body = JSON.stringify({ account: "acme", mode: "live", name: "Backend" });
    expect((await get("/v1/api-keys", ADMIN, { method: "POST", body })).status).toBe(503);
    expect((await get("/v1/api-keys", ADMIN)).status).toBe(503);
    expect(await (await get("/healthz", LIVE)).json()).toMatchObject({ problems: [{ setting: "KEYS" }] });
    expect(crashes).toEqual([]);
  });
});

describe("what is logged", () => {
  it("is not a key that was sent in place of an id", async () => {
    const paths: unknown[] = [];
    const log = { info: (_: string, { path }: { path?: unknown }) => void paths.push(path), error() {} };
    const app = createApp(() => gateways({ log }));
    const { id, key } = await make();
    for (const each of [key, "Of-the-setting-API_KEYS", id]) {
      const init = { method: "DELETE", headers: { authorization: `Bearer ${ADMIN}` } };
      await app.request(`${ORIGIN}/v1/api-keys/${each}`, init, testEnv as unknown as Bindings);
    }
    expect(paths).toEqual(["/v1/api-keys/…", "/v1/api-keys/…", `/v1/api-keys/${id}`]);
  });
});

describe("a path below /v1/api-keys that does not exist", () => {
  it.each(["/v1/api-keys/", "/v1/api-keys/a/b"])("%s is 404 with ADMIN_KEY, and 401 without", async (path) => {
    expect((await call(path, { key: ADMIN })).status).toBe(404);
    expect((await call(path)).status).toBe(401);
  });
});
