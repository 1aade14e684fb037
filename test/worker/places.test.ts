// Places in flight: how many generations an account may have in flight at once.

import { runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { storesIn } from "../../src/account/stores.ts";
import { limitsOf } from "../../src/core/limits.ts";
import { createApp } from "../../src/http/app.ts";
import type { Gateways } from "../../src/http/app-env.ts";
import { BARE } from "../support/lives.ts";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import { amend, eventually, gateways, play, pollNow, record, request, stub, testEnv, wake } from "./support.ts";

const NO_LIMITS = { places: null, budget: null };

const app = createApp(() => gateways());

/**
 * An account of its own, which may have one generation in flight. @param replaced gateways to use instead of the real
 * ones.
 */
function accountWithOnePlace(name: string, replaced: Partial<Gateways> = {}) {
  const app = createApp(() => gateways(replaced));
  const key = `rh_live_${name}_0123456789`;
  const env = { ...testEnv, API_KEYS: JSON.stringify({ [name]: [key] }), MAX_IN_FLIGHT_PER_ACCOUNT: "1" };
  const call = (path: string, init: RequestInit = {}) =>
    app.request(
      path,
      { ...init, headers: { ...init.headers, authorization: `Bearer ${key}`, "content-type": "application/json" } },
      env,
    );
  return {
    create(prompt: string, idempotencyKey?: string, more: object = {}) {
      const headers: Record<string, string> = idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey };
      const body = JSON.stringify({ ...request(prompt), ...more });
      return call("/v1/generations", { method: "POST", headers, body }) as Promise<Response>;
    },
    cancel: (id: string) => call(`/v1/generations/${id}/cancel`, { method: "POST" }) as Promise<Response>,
    remove: (id: string) => call(`/v1/generations/${id}`, { method: "DELETE" }) as Promise<Response>,
    read: (id: string) => call(`/v1/generations/${id}`) as Promise<Response>,
  };
}

type Account = ReturnType<typeof accountWithOnePlace>;

async function accepted(account: Account, prompt: string): Promise<string> {
  const response = await account.create(prompt);
  if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json<{ id: string }>()).id;
}

describe("audit 11: a place in flight", () => {
  it("is held by a canceled and deleted generation until the provider's job has ended", async () => {
    const account = accountWithOnePlace("places-a");
    const world = await play({ poll: [GENERATING, COMPLETED] });
    const id = await accepted(account, world.prompt);
    expect((await account.cancel(id)).status).toBe(200);
    for (const _ of [1, 2]) {
      const refused = await account.create(world.prompt);
      expect(refused.status).toBe(429);
      expect(await refused.json()).toMatchObject({ code: "too_many_in_flight" });
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      await account.remove(id);
    }
    expect((await account.read(id)).status).toBe(404);
    await pollNow(id);
    await eventually(
      () => world.calls("poll"),
      (calls) => calls.length === 1,
    );
    expect((await account.create(world.prompt)).status).toBe(429);
    await pollNow(id);
    await eventually(
      () => account.create(world.prompt),
      ({ status }) => status === 202,
    );
    expect(await world.calls("submit")).toHaveLength(2);
  });

  it("is given back with the price of the job that a canceled generation has left", async () => {
    const account = accountWithOnePlace("places-b");
    const world = await play({ poll: [COMPLETED] });
    const id = await accepted(account, world.prompt);
    const canceled = await (await account.cancel(id)).json<Record<string, unknown>>();
    await pollNow(id);
    const after = await eventually(
      async () => (await account.read(id)).json<Record<string, unknown>>(),
      ({ usage }) => usage !== null,
    );
    expect(after).toEqual({ ...canceled, usage: { credits: 120_000, usd: null } });
    await eventually(
      () => account.create(world.prompt),
      ({ status }) => status === 202,
    );
  });
});

describe("a place in flight", () => {
  it("is needed for a key whose deleted generation is forgotten while the request is under way", async () => {
    const real = gateways();
    let forgetting: string | null = null;
    /** The alarm that forgets the generation runs right after the object was asked about the key. */
    const thenForget = async <T>(answer: Promise<T>): Promise<T> => {
      const result = await answer;
      if (forgetting !== null) await wake(forgetting);
      return result;
    };
    const generations = { ...real.generations, wasMade: (id: string) => thenForget(real.generations.wasMade(id)) };
    const account = accountWithOnePlace("places-d", { generations });
    const refused = { status: 400, body: { message: "no" } };
    const world = await play({ submit: [refused, { status: 201, body: { id: "{{id}}" } }], poll: [GENERATING] });
    const { generation_id: id } = await (await account.create(world.prompt, "key")).json<{ generation_id: string }>();
    expect((await account.remove(id)).status).toBe(204);
    await eventually(
      () => record(id),
      ({ generation }) => generation.report.acknowledged === "deleted" && generation.purgeAt === null,
    );
    await accepted(account, world.prompt);
    await amend(id, (generation) => ({ ...generation, deletedAt: 1 }));
    forgetting = id;
    const late = await account.create(world.prompt, "key");
    expect(await late.json()).toMatchObject({ code: "idempotency_key_deleted" });
    expect(await stub(id).wasMade()).toBe(false);
    expect((await account.create(world.prompt, "key")).status).toBe(429);
    expect(await world.calls("submit")).toHaveLength(2);
  });

  it("stays with the request that has it if another one with the same key fails", async () => {
    const { inputs } = gateways();
    const { promise: stored, resolve: store } = Promise.withResolvers<void>();
    let puts = 0;
    // R2 takes one write per second for each key, and refuses the others.
    const put: typeof inputs.put = async (...args) => {
      if (++puts > 1) throw new Error("put: Reduce your concurrent request rate for the same object. (10058)");
      await stored;
      return inputs.put(...args);
    };
    const account = accountWithOnePlace("places-e", { inputs: { ...inputs, put } });
    const world = await play({ poll: [GENERATING] });
    const input = { video_url: "data:video/mp4;base64,AAAA" };
    const slow = account.create(world.prompt, "key", input);
    await eventually(
      async () => puts,
      (count) => count === 1,
    );
    expect((await account.create(world.prompt, "key", input)).status).toBe(500);
    expect((await account.create(world.prompt)).status).toBe(429);
    store();
    expect((await slow).status).toBe(202);
    expect((await account.create(world.prompt)).status).toBe(429);
    expect(await world.calls("submit")).toHaveLength(1);
  });

  it("is reserved for each request, counts once for each id, and ends with the first report", async () => {
    const account = testEnv.ACCOUNTS.getByName("places-f/live");
    await runInDurableObject(account, (_, { storage }) => {
      const { index, places } = storesIn(storage.sql);
      const reserve = (id: string, most: number) => {
        const place = { id, createdAt: 7, model: "m", estimate: null };
        const result = places.reserve(place, { most, budget: null, checkAt: 60_000 });
        return result.kind === "reserved" ? result.createdAt : null;
      };
      expect([1, 2, 3].map(() => reserve("gen_a", 1))).toEqual([7, 8, 9]);
      expect(reserve("gen_b", 1)).toBeNull();
      expect(reserve("gen_b", 2)).toBe(7);
      places.release({ id: "gen_a", createdAt: 9 });
      places.release({ id: "gen_b", createdAt: 7 });
      expect(reserve("gen_b", 1)).toBeNull();
      const summary = { id: "gen_a", version: 1, model: "m", createdAt: 8, checkAt: 60_000, ...BARE } as const;
      index.put({ ...summary, status: "generating", inFlight: true });
      expect(reserve("gen_b", 1)).toBeNull();
      // Requests that come too late to create it give nothing back.
      places.release({ id: "gen_a", createdAt: 7 });
      places.release({ id: "gen_a", createdAt: 8 });
      expect(reserve("gen_b", 1)).toBeNull();
      index.put({ ...summary, version: 2, status: "completed", inFlight: false });
      expect(reserve("gen_b", 1)).toBe(7);
    });
  });
});

describe("audit 13: test mode", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  function inTestMode(name: string) {
    const key = `rh_test_${name}_0123456789`;
    const env = { ...testEnv, API_KEYS: JSON.stringify({ [name]: [key] }) };
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const call = (path: string, body: object = {}) =>
      app.request(path, { method: "POST", headers, body: JSON.stringify(body) }, env) as Promise<Response>;
    return { call, create: (prompt = "[slow]") => call("/v1/generations", request(prompt)) };
  }

  it("has at most 200 generations in flight, and a cancel gives a place back at once", async () => {
    const { call, create } = inTestMode("places-c");
    const { id } = await (await create()).json<{ id: string }>();
    const account = testEnv.ACCOUNTS.getByName("places-c/test");
    await runInDurableObject(account, (object) => {
      for (let at = 0; at < 199; at++) {
        const place = { id: `gen_${at}`, createdAt: at, model: "m", estimate: null };
        object.reserve(place, { places: { most: 1_000, pace: null }, budget: null });
      }
    });
    const refused = await create();
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ code: "too_many_in_flight", detail: expect.stringContaining("200") });
    await call(`/v1/generations/${id}/cancel`);
    await eventually(create, ({ status }) => status === 202);
  });

  it("creates at most 200 generations at once and eight a second, even if each ends at once", async () => {
    const { create } = inTestMode("places-g");
    // Time stands still, so that nothing refills.
    vi.useFakeTimers({ toFake: ["Date"] });
    const account = testEnv.ACCOUNTS.getByName("places-g/test");
    await runInDurableObject(account, (object) => {
      for (let at = 0; at < 199; at++) {
        const place = { id: `gen_${at}`, createdAt: at, model: "m", estimate: null };
        expect(object.reserve(place, limitsOf("test", 0, null) ?? NO_LIMITS).kind).toBe("reserved");
        object.release(place);
      }
    });
    expect((await create("[refused]")).status).toBe(400);
    const limited = await create("[refused]");
    expect(limited.status).toBe(429);
    expect(await limited.json()).toMatchObject({ code: "rate_limited" });
    expect(limited.headers.get("retry-after")).toBe("1");
    vi.setSystemTime(Date.now() + 125);
    expect((await create("[refused]")).status).toBe(400);
    expect((await create("[refused]")).status).toBe(429);
  });
});
