// The log of a webhook endpoint, through the API, with real receivers.

import { runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { EndpointDeliveryPage } from "../../src/contract/deliveries.ts";
import type { EndpointView, NewEndpointView } from "../../src/contract/webhook-endpoints.ts";
import { COMPLETED } from "../support/scenario.ts";
import {
  ADMIN,
  call,
  eventually,
  finished,
  OTHER,
  play,
  problemOf,
  record,
  request,
  submit,
  TEST,
  testEnv,
} from "./support.ts";

const PATH = "/v1/webhook-endpoints";
const account = () => testEnv.ACCOUNTS.getByName("acme/live");

async function create(url: string, more: Record<string, unknown> = {}): Promise<string> {
  return (await (await call(PATH, { json: { url, ...more } })).json<NewEndpointView>()).id;
}

async function logOf(id: string, query = "", key?: string): Promise<EndpointDeliveryPage> {
  const response = await call(`${PATH}/${id}/deliveries${query}`, key === undefined ? {} : { key });
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return response.json<EndpointDeliveryPage>();
}

const readEndpoint = async (id: string, key?: string) =>
  (await call(`${PATH}/${id}`, key === undefined ? {} : { key })).json<EndpointView>();

async function readOnlyKey(): Promise<string> {
  const json = { account: "acme", mode: "live", name: "Reads", read_only: true };
  return (await (await call("/v1/api-keys", { key: ADMIN, json })).json<{ key: string }>()).key;
}

/** Endpoints get every event of their scope, so those of one test must not outlive it. */
afterEach(async () => {
  vi.restoreAllMocks();
  const { data } = await (await call(PATH)).json<{ data: EndpointView[] }>();
  for (const { id } of data) await call(`${PATH}/${id}`, { method: "DELETE" });
});

describe("GET /v1/webhook-endpoints/{id}/deliveries", () => {
  it("lists deliveries and tests newest first, with state, last answer and generation", async () => {
    const world = await play({ poll: [COMPLETED], hooks: { x: [{ status: 500 }, { status: 204 }] } });
    // Both have the same URL, so they share the delivery.
    const [one, two] = [await create(world.hook("x")), await create(world.hook("x"))];
    const { id } = await submit(request(world.prompt));
    const { data } = await eventually(
      () => logOf(one),
      ({ data }) => data[0]?.state === "delivered",
    );
    const [{ attempts = [] } = {}] = (await record(id)).deliveries;
    expect(data).toEqual([
      {
        id: expect.stringMatching(/^msg_/),
        object: "delivery",
        event: "generation.completed",
        generation_id: id,
        state: "delivered",
        created_at: (await finished(id)).finished_at,
        next_attempt_at: null,
        attempt_count: 2,
        last_attempt: {
          at: new Date(attempts[1]?.at ?? 0).toISOString(),
          status_code: 204,
          duration_ms: attempts[1]?.durationMs,
          error: null,
        },
      },
    ]);
    expect((await logOf(two)).data).toEqual(data);
    await call(`${PATH}/${one}/test`, { method: "POST" });
    const [test, ...others] = (await logOf(one)).data;
    expect(test).toMatchObject({ event: "webhook.test", generation_id: null, state: "delivered", attempt_count: 1 });
    expect(others).toEqual(data);
    // A test is only in the log of the endpoint that is tested.
    expect((await logOf(two)).data).toEqual(data);
    const first = await logOf(one, "?limit=1");
    expect([first.data, first.has_more]).toEqual([[test], true]);
    expect(await logOf(one, `?limit=1&cursor=${first.next_cursor}`)).toMatchObject({ data: others, has_more: false });
    expect((await logOf(one, "?state=failed")).data).toEqual([]);
    expect((await logOf(one, "?state=delivered")).data).toHaveLength(2);
    const { health } = await readEndpoint(one);
    expect(health.last_attempt).toMatchObject({ at: test?.last_attempt?.at, response: "" });
    expect(health.hours.reduce((sum, { succeeded, failed }) => sum + succeeded * 10 + failed, 0)).toBe(21);
  });

  it("is 404 for an unknown endpoint and in other scopes, and names wrong parameters", async () => {
    const id = await create("https://a.example.com/");
    expect(await logOf(id)).toEqual({ object: "list", data: [], has_more: false, next_cursor: null });
    for (const [of, key] of [
      [id, OTHER],
      [id, TEST],
      ["we_none", undefined],
    ] as const) {
      const response = await call(`${PATH}/${of}/deliveries`, key === undefined ? {} : { key });
      expect([response.status, (await problemOf(response)).code]).toEqual([404, "not_found"]);
    }
    for (const [query, pointer] of [
      ["state=lost", "/state"],
      ["limit=0", "/limit"],
      ["cursor=x", "/cursor"],
      ["model=m", "/model"],
    ]) {
      const refused = await call(`${PATH}/${id}/deliveries?${query}`);
      expect(refused.status, query).toBe(400);
      expect((await problemOf(refused)).errors?.[0]?.pointer).toBe(pointer);
    }
  });

  it("is open to read-only keys, which do not see what the endpoint answered", async () => {
    const secret = "s3cret-token";
    const answer = { status: 500, body: `wrong token ${secret}` };
    const world = await play({ poll: [COMPLETED], hooks: { x: [answer], own: [answer] } });
    const id = await create(world.hook("x"), { headers: { authorization: secret } });
    const { id: generation } = await submit(request(world.prompt, { webhook_url: world.hook("own") }));
    await eventually(
      () => logOf(id),
      ({ data }) => data.length === 1,
    );
    const key = await readOnlyKey();
    expect((await logOf(id, "", key)).data).toMatchObject([{ last_attempt: { status_code: 500 } }]);
    await eventually(
      () => readEndpoint(id),
      ({ health }) => health.last_attempt?.response === answer.body,
    );
    expect((await readEndpoint(id, key)).health.last_attempt).toMatchObject({ status_code: 500, response: "[hidden]" });
    expect(await (await call(PATH, { key })).text()).not.toContain(secret);
    const path = `/v1/generations/${generation}/deliveries`;
    const { data } = await (await call(path)).json<{ data: { id: string; endpoint_id: string | null }[] }>();
    const [standing, own] = [true, false].map((is) => data.find(({ endpoint_id }) => (endpoint_id === id) === is)?.id);
    const answers = async (of: string) => (await call(`${path}/${of}`, { key })).text();
    expect(await answers(standing ?? "")).not.toContain(secret);
    expect(await answers(own ?? "")).toContain(secret);
    const list = await (await call(path, { key })).text();
    expect(list.split(secret)).toHaveLength((await answers(own ?? "")).split(secret).length);
  });

  it("is deleted with its endpoint, a few thousand rows at a time", async () => {
    const id = await create((await play({})).hook("x"));
    const rows = () =>
      runInDurableObject(account(), (_, { storage: { sql } }) =>
        Number(sql.exec("SELECT COUNT(*) AS n FROM endpoint_deliveries WHERE endpoint_id = ?", id).one()["n"]),
      );
    await call(`${PATH}/${id}/test`, { method: "POST" });
    await runInDurableObject(account(), (_, { storage: { sql } }) => {
      sql.exec(
        `INSERT INTO endpoint_deliveries WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 5000)
         SELECT ?, i, 'msg_' || i, 'webhook.test', NULL, NULL, 'failed', NULL, 0, NULL, NULL, NULL, NULL FROM n`,
        id,
      );
    });
    expect(await rows()).toBe(5_001);
    await call(`${PATH}/${id}`, { method: "DELETE" });
    expect((await call(`${PATH}/${id}/deliveries`)).status).toBe(404);
    expect(await rows()).toBeLessThan(5_001);
    await eventually(rows, (left) => left === 0);
    await eventually(
      () => runInDurableObject(account(), (_, { storage: { kv } }) => [...kv.list({ prefix: "erasure:" })].length),
      (left) => left === 0,
    );
  });
});

describe("POST /v1/webhook-endpoints/{id}/recover", () => {
  const recover = async (id: string, json: object) => {
    const response = await call(`${PATH}/${id}/recover`, { json });
    return [response.status, await response.json<{ matching: number }>()] as const;
  };

  it("says how many deliveries match, sends them unless it is a dry run, and shows its progress", async () => {
    const world = await play({ poll: [COMPLETED], hooks: { x: [...Array(4).fill({ status: 500 }), { status: 204 }] } });
    const id = await create(world.hook("x"));
    const { id: generation, created_at: since } = await submit(request(world.prompt));
    await eventually(
      () => logOf(id, "?state=failed"),
      ({ data }) => data.length === 1,
    );
    const later = new Date(Date.parse(since) + 1).toISOString();
    const answer = { object: "recovery", endpoint_id: id };
    expect(await recover(id, { since, dry_run: true })).toEqual([202, { ...answer, since, matching: 1 }]);
    expect(await recover(id, { since: later, dry_run: true })).toEqual([202, { ...answer, since: later, matching: 0 }]);
    expect((await readEndpoint(id)).recovery).toBeNull();
    expect(await recover(id, { since })).toEqual([202, { ...answer, since, matching: 1 }]);
    const { recovery } = await eventually(
      () => readEndpoint(id),
      ({ recovery }) => recovery !== null && recovery.finished_at !== null,
    );
    const time = expect.any(String);
    expect(recovery).toEqual({ since, matching: 1, resent: 1, started_at: time, finished_at: time });
    await eventually(
      () => logOf(id),
      ({ data }) => data[0]?.state === "delivered" && data[0].attempt_count === 5,
    );
    expect(await recover(id, { since, dry_run: true })).toMatchObject([202, { matching: 0 }]);
    const { deliveries } = await record(generation);
    expect(deliveries[0]?.attempts).toHaveLength(5);
    // It survives a restart of the account's object.
    await runInDurableObject(account(), async (_, state) => {
      await state.storage.sync();
      state.abort("aborted by the test");
    }).catch(() => {});
    expect((await readEndpoint(id)).recovery).toEqual(recovery);
  });

  it("takes a dry run out of the limit on resending", async () => {
    const id = await create("https://a.example.com/");
    const since = new Date().toISOString();
    for (let time = 0; time < 70; time++) expect((await recover(id, { since, dry_run: true }))[0]).toBe(202);
    expect(await recover(id, { since, dry_run: "yes" })).toMatchObject([400, { errors: [{ pointer: "/dry_run" }] }]);
  });
});
