// Places in flight: how many generations an account may have in flight at once.

import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import { amend, crash, eventually, gateways, play, request, stub, testEnv } from "./support.ts";

const app = createApp(() => gateways());

/** An account of its own, which may have one generation in flight. */
function accountWithOnePlace(name: string) {
  const key = `rh_live_${name}_0123456789`;
  const env = { ...testEnv, API_KEYS: JSON.stringify({ [name]: [key] }), MAX_IN_FLIGHT_PER_ACCOUNT: "1" };
  const call = (path: string, init: RequestInit = {}) =>
    app.request(
      path,
      { ...init, headers: { authorization: `Bearer ${key}`, "content-type": "application/json" } },
      env,
    );
  return {
    create: (prompt: string) =>
      call("/v1/generations", { method: "POST", body: JSON.stringify(request(prompt)) }) as Promise<Response>,
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

/** Makes the canceled job's next poll due at once instead of in a minute. */
async function pollNow(id: string): Promise<void> {
  const at = Date.now() + 20;
  await amend(id, (generation) => {
    const { state } = generation;
    if (state.phase !== "canceled" || state.leftover === undefined || !("job" in state.leftover)) {
      throw new Error("no job is left at the provider");
    }
    const job = { ...state.leftover.job, acceptedAt: at - 60_000 };
    return { ...generation, state: { ...state, leftover: { ...state.leftover, job } } };
  });
  // A new object polls the slot that its alarm was set for.
  await crash(id);
  await runInDurableObject(stub(id), (_, { storage }) => storage.setAlarm(at));
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
    expect(after).toEqual({ ...canceled, usage: { credits: 120_000 } });
    await eventually(
      () => account.create(world.prompt),
      ({ status }) => status === 202,
    );
  });
});

describe("audit 13: test mode", () => {
  it("has at most 200 generations in flight, and a cancel gives a place back at once", async () => {
    const key = "rh_test_places-c_0123456789";
    const env = { ...testEnv, API_KEYS: JSON.stringify({ "places-c": [key] }) };
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const call = (path: string, body: object = {}) =>
      app.request(path, { method: "POST", headers, body: JSON.stringify(body) }, env) as Promise<Response>;
    const create = () => call("/v1/generations", request("[slow]"));
    const { id } = await (await create()).json<{ id: string }>();
    const account = testEnv.ACCOUNTS.getByName("places-c/test");
    await runInDurableObject(account, (object) => {
      for (let at = 0; at < 199; at++) object.reserve({ id: `gen_${at}`, createdAt: at, model: "m" }, 1_000);
    });
    const refused = await create();
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ code: "too_many_in_flight", detail: expect.stringContaining("200") });
    await call(`/v1/generations/${id}/cancel`);
    await eventually(create, ({ status }) => status === 202);
  });
});
