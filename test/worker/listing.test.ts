// Listing a scope's generations, and waiting for one with `Prefer: wait`.

import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { Index } from "../../src/account/accounts.ts";
import { storesIn } from "../../src/account/stores.ts";
import type { Status } from "../../src/contract/words.ts";
import type { ReportedStatus } from "../../src/core/generation/record.ts";
import type { Generations } from "../../src/generation/generations.ts";
import { createApp } from "../../src/http/app.ts";
import { BARE } from "../support/lives.ts";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import { call, eventually, finished, gateways, OTHER, play, request, submit, TEST, testEnv } from "./support.ts";

interface Page {
  readonly object: "list";
  readonly data: readonly { readonly id: string; readonly status: Status; readonly model: string }[];
  readonly has_more: boolean;
  readonly next_cursor: string | null;
}

const list = async (query = "", key?: string): Promise<Page> =>
  (await call(`/v1/generations${query}`, key === undefined ? {} : { key })).json<Page>();

describe("GET /v1/generations", () => {
  it("lists the newest first, in pages, at most a second out of date", async () => {
    const { prompt } = await play({ poll: [GENERATING] });
    const ids: string[] = [];
    for (let made = 0; made < 5; made++) ids.unshift((await submit(request(prompt))).id);
    await eventually(list, ({ data }) => data.length === 5, 1_000);
    const first = await list("?limit=2");
    expect(first).toMatchObject({ object: "list", has_more: true, next_cursor: expect.any(String) });
    expect(first.data[0]).toEqual({
      id: ids[0],
      object: "generation",
      status: "queued",
      mode: "live",
      model: "runway/gen4_aleph",
      prompt,
      created_at: expect.any(String),
      video: null,
      error: null,
      deliveries: { delivered: 0, pending: 0, failed: 0 },
      queue: null,
      estimate: { usd: null },
      usage: null,
    });
    // A generation created between two page requests is on neither page and shifts nothing.
    const { id: between } = await submit(request(prompt));
    const second = await list(`?limit=2&cursor=${first.next_cursor}`);
    const third = await list(`?limit=2&cursor=${second.next_cursor}`);
    expect([...first.data, ...second.data, ...third.data].map(({ id }) => id)).toEqual(ids);
    expect(third).toMatchObject({ has_more: false, next_cursor: null });

    await call(`/v1/generations/${ids[0]}/cancel`, { method: "POST" });
    await eventually(
      () => list("?status=canceled"),
      ({ data }) => data.length === 1 && data[0]?.id === ids[0],
      1_000,
    );
    await eventually(
      () => list("?status=generating"),
      ({ data }) => data.length === 5 && data[0]?.id === between,
    );
    expect((await list("?model=gen3a_turbo")).data).toEqual([]);
    await call(`/v1/generations/${ids[0]}`, { method: "DELETE" });
    await eventually(list, ({ data }) => data.every(({ id }) => id !== ids[0]), 1_000);
    for (const key of [OTHER, TEST]) expect((await list("", key)).data).toEqual([]);
  });

  it.each([
    ["?limit=0", "/limit"],
    ["?limit=101", "/limit"],
    ["?limit=ten", "/limit"],
    ["?status=done", "/status"],
    ["?cursor=nonsense", "/cursor"],
    ["?page=2", "/page"],
    ["?limit=5&limit=900", "/limit"],
    ["?__proto__=x", "/__proto__"],
  ])("refuses %s and points to the parameter", async (query, pointer) => {
    const response = await call(`/v1/generations${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: "invalid_request", errors: [{ pointer }] });
  });
});

describe("an index of a hundred thousand generations", () => {
  it("reads no more rows for a page than one of a hundred, and at most a thousand for a filter", async () => {
    const account = testEnv.ACCOUNTS.get(testEnv.ACCOUNTS.idFromName("large/live"));
    const read = await runInDurableObject(account, (_, { storage: { sql } }) => {
      const { index, places } = storesIn(sql);
      index.put({
        id: "gen_0",
        version: 1,
        status: "completed",
        inFlight: false,
        ...BARE,
        model: "m",
        createdAt: 0,
        checkAt: 0,
      });
      const fill = (from: number, to: number) =>
        sql.exec(
          `WITH RECURSIVE n(i) AS (SELECT ? UNION ALL SELECT i + 1 FROM n WHERE i < ?)
           INSERT INTO generations (created_at, id, version, status, model, check_at) SELECT i, 'gen_' || CAST(i AS INTEGER), 1, 'completed', 'm', NULL FROM n`,
          from,
          to,
        );
      const costs: number[] = [];
      const { exec } = sql;
      let asked: { rowsRead: number }[] = [];
      sql.exec = ((...args: Parameters<typeof exec>) => {
        const rows = exec.apply(sql, args);
        asked.push(rows);
        return rows;
      }) as typeof exec;
      const cost = <T>(ask: () => T): T => {
        asked = [];
        const answer = ask();
        costs.push(asked.reduce((sum, { rowsRead }) => sum + rowsRead, 0));
        return answer;
      };
      const order = { limit: 20, after: null };
      fill(1, 99);
      cost(() => index.list(order));
      fill(100, 100_000);
      cost(() => index.list(order));
      cost(() => index.list({ ...order, after: { createdAt: 50_000, id: "gen_50000" } }));
      const none = cost(() => index.list({ ...order, status: "failed" }));
      expect(none).toEqual({ rows: [], next: { createdAt: 99_001, id: "gen_99001" } });
      // Ended generations that expire later have a check scheduled too; `reserve` must not read them.
      sql.exec("UPDATE generations SET check_at = 1");
      places.reserve(
        { id: "gen_first", createdAt: 1, model: "m", estimate: null },
        { most: 2, budget: null, checkAt: 1 },
      );
      cost(() =>
        places.reserve(
          { id: "gen_next", createdAt: 1, model: "m", estimate: null },
          { most: 2, budget: null, checkAt: 1 },
        ),
      );
      expect(
        places.reserve(
          { id: "gen_next", createdAt: 2, model: "m", estimate: null },
          { most: 2, budget: null, checkAt: 1 },
        ),
      ).toMatchObject({ kind: "reserved", createdAt: 2 });
      expect(
        places.reserve(
          { id: "gen_third", createdAt: 1, model: "m", estimate: null },
          { most: 2, budget: null, checkAt: 1 },
        ),
      ).toEqual({ kind: "full" });
      return costs;
    });
    const [small = 0, large = 0, deep = 0, filtered = 0, reserved = 0] = read;
    expect(small).toBeLessThan(25);
    expect(large).toBe(small);
    // A cursor may read its own row as well.
    expect(deep).toBeLessThanOrEqual(small + 1);
    // The cursor reads one row ahead.
    expect(filtered).toBeLessThanOrEqual(1_001);
    expect(reserved).toBeLessThan(10);
  });
});

describe("a page of the index", () => {
  const account = (name: string) => testEnv.ACCOUNTS.get(testEnv.ACCOUNTS.idFromName(name));
  const row = (at: number, status: ReportedStatus = "completed") =>
    ({
      id: `gen_${at}`,
      version: 1,
      status,
      inFlight: false,
      ...BARE,
      model: at % 2 === 0 ? "even" : "odd",
      createdAt: at,
      checkAt: 0,
    }) as const;
  const first = { limit: 2, after: null };

  it("is full unless it is the last, even among many deleted or reserved rows", async () => {
    await runInDurableObject(account("deleted/live"), (_, { storage: { sql } }) => {
      const { index, places } = storesIn(sql);
      for (const at of [1, 2, 3]) index.put(row(at));
      for (let at = 4; at < 1_500; at++) index.put(row(at, "deleted"));
      index.put(row(1_500));
      places.reserve(
        { id: "gen_reserved", createdAt: 2_000, model: "m", estimate: null },
        { most: 9, budget: null, checkAt: 0 },
      );
      const page = index.list(first);
      expect(page.rows.map(({ id }) => id)).toEqual(["gen_1500", "gen_3"]);
      const second = index.list({ ...first, after: page.next });
      expect(second.rows.map(({ id }) => id)).toEqual(["gen_2", "gen_1"]);
      expect(second.next).toBeNull();
    });
  });

  it("reads at most 10,000 rows, even among more deleted ones: it may then be empty and have a next page", async () => {
    await runInDurableObject(account("many-deleted/live"), (_, { storage: { sql } }) => {
      const { index } = storesIn(sql);
      for (const at of [1, 2]) index.put(row(at));
      sql.exec(
        `WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 15000)
         INSERT INTO generations (created_at, id, version, status, model, check_at) SELECT i, 'gen_' || CAST(i AS INTEGER), 2, 'deleted', 'm', NULL FROM n`,
      );
      const { exec } = sql;
      const asked: { rowsRead: number }[] = [];
      sql.exec = ((...args: Parameters<typeof exec>) => {
        const rows = exec.apply(sql, args);
        asked.push(rows);
        return rows;
      }) as typeof exec;
      const page = index.list(first);
      expect(asked.reduce((sum, { rowsRead }) => sum + rowsRead, 0)).toBeLessThanOrEqual(10_000);
      expect(page.rows).toEqual([]);
      const second = index.list({ ...first, after: page.next });
      expect(second.rows.map(({ id }) => id)).toEqual(["gen_2", "gen_1"]);
      expect(second.next).toBeNull();
    });
  });

  it("has a next page only if that would list something, with a filter as well", async () => {
    await runInDurableObject(account("more/live"), (_, { storage: { sql } }) => {
      const { index } = storesIn(sql);
      index.put(row(1, "deleted"));
      for (const at of [2, 3, 5, 6]) index.put(row(at));
      expect(index.list({ limit: 4, after: null }).next).toBeNull();
      const even = index.list({ ...first, model: "even" });
      expect(even).toMatchObject({ rows: [{ id: "gen_6" }, { id: "gen_2" }], next: null });
      const odd = index.list({ limit: 1, after: null, model: "odd" });
      expect(odd.rows.map(({ id }) => id)).toEqual(["gen_5"]);
      expect(index.list({ limit: 1, after: odd.next, model: "odd" })).toMatchObject({
        rows: [{ id: "gen_3" }],
        next: null,
      });
    });
  });

  it("writes nothing for an account without generations", async () => {
    await runInDurableObject(account("nobody/live"), async (object, { storage }) => {
      const { index, places, usage } = storesIn(storage.sql);
      const place = { id: "gen_0", createdAt: 1 };
      expect(object.list(first)).toEqual({ rows: [], next: null });
      object.release(place);
      expect(usage.rows({ from: 0, to: 9, byDay: true, byModel: true })).toEqual([]);
      expect(places.commitments(1)).toMatchObject({ underWay: 0, day: { spent: 0, reserved: 0 } });
      expect([index.firstCheck(), index.overdue(9, 9), index.after(place, 9, 9)]).toEqual([null, [], []]);
      index.delete({ ...place, version: 1 });
      const tables = storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'generations'").toArray();
      expect(tables).toEqual([]);
    });
  });
});

describe("Prefer: wait", () => {
  const headers = (seconds: number | string) => ({ prefer: `wait=${seconds}` });

  it("returns the final state from the POST if the generation ends in time", async () => {
    const { prompt } = await play({ poll: [GENERATING, COMPLETED] });
    const response = await call("/v1/generations", { json: request(prompt), headers: headers(20) });
    expect(response.status).toBe(200);
    expect(response.headers.get("preference-applied")).toBe("wait=20");
    expect(await response.json()).toMatchObject({ status: "completed" });
  });

  it("returns the current state if it does not", async () => {
    const { prompt } = await play({ poll: [GENERATING] });
    const response = await call("/v1/generations", { json: request(prompt), headers: headers(1) });
    expect(response.status).toBe(202);
    const { id, status } = await response.json<{ id: string; status: string }>();
    expect(["queued", "generating"]).toContain(status);
    const asked = Date.now();
    const again = await call(`/v1/generations/${id}`, { headers: headers(1) });
    expect(await again.json()).toMatchObject({ status: "generating" });
    expect(Date.now() - asked).toBeGreaterThanOrEqual(990);
  });

  it("returns a provider's refusal that arrives during the wait", async () => {
    const busy = { status: 503, headers: { "retry-after": "1" } };
    const world = await play({ submit: [busy, { status: 400, body: { message: "not this" } }] });
    const response = await call("/v1/generations", { json: request(world.prompt), headers: headers(20) });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: "invalid_input", detail: "not this" });
  });

  it("ends as soon as the generation does", async () => {
    const { prompt } = await play({ poll: [GENERATING] });
    const { id } = await submit(request(prompt));
    const waiting = call(`/v1/generations/${id}`, { headers: headers("60") });
    await call(`/v1/generations/${id}/cancel`, { method: "POST" });
    expect(await (await waiting).json()).toMatchObject({ status: "canceled" });
    const ended = await call(`/v1/generations/${id}`, { headers: { prefer: "respond-async, wait=5; x=y" } });
    expect(await ended.json()).toMatchObject({ status: "canceled" });
  });

  it("counts from the start of the request, including the provider's response time", async () => {
    let now = Date.now();
    const waits: number[] = [];
    const json = JSON.stringify({ id: "gen_0", status: "queued" });
    const generation = { json, status: "queued", refusal: null, retirement: null };
    const generations = {
      async create() {
        now += 9_000;
        return { kind: "created", generation };
      },
      async read(_id: string, _scope: object, waitMs = 0) {
        waits.push(waitMs);
        now += waitMs;
        return generation;
      },
    };
    const app = createApp(() =>
      gateways({
        generations: generations as unknown as Generations,
        index: { reserve: async () => ({ kind: "reserved", createdAt: now }) } as unknown as Index,
        clock: { now: () => now, random: () => 0 },
      }),
    );
    const init = {
      method: "POST",
      headers: { ...headers(10), authorization: `Bearer ${TEST}`, "content-type": "application/json" },
      body: JSON.stringify(request("p")),
    };
    expect((await app.request("/v1/generations", init, testEnv)).status).toBe(202);
    expect(waits).toEqual([1_000]);
  });

  it.each([
    ["wait=600", "wait=60"],
    ["wait=soon", null],
    ["handling=strict", null],
  ])("%s is applied as %s", async (prefer, applied) => {
    const { prompt } = await play({ poll: [COMPLETED] });
    const { id } = await submit(request(prompt));
    await finished(id);
    const response = await call(`/v1/generations/${id}`, { headers: { prefer } });
    expect(response.headers.get("preference-applied")).toBe(applied);
  });
});
