// What a list tells of each generation by the account's index alone, its filters, and the overview of a day.

import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { overviewIn } from "../../src/account/overview.ts";
import { storesIn } from "../../src/account/stores.ts";
import { Tables } from "../../src/account/tables.ts";
import type { GenerationPage, GenerationSummary } from "../../src/contract/generation.ts";
import type { OverviewView } from "../../src/contract/overview.ts";
import type { Summary } from "../../src/core/generation/action.ts";
import { BARE } from "../support/lives.ts";
import { COMPLETED } from "../support/scenario.ts";
import { listen } from "./listener.ts";
import { call, eventually, finished, OTHER, play, request, submit, TEST, testEnv } from "./support.ts";

const listed = async (query: string, key?: string) =>
  (await call(`/v1/generations?${query}`, key === undefined ? {} : { key })).json<GenerationPage>();

const idsOf = async (query: string) => (await listed(query)).data.map(({ id }) => id);

const rowOf = async (id: string) => (await listed(`q=${id}`)).data[0];

/** Waits until the account has these counts. */
const counted = (id: string, deliveries: GenerationSummary["deliveries"]) =>
  eventually(
    () => rowOf(id),
    (row) => JSON.stringify(row?.deliveries) === JSON.stringify(deliveries),
  );

const POLLED_ERROR = { poll: [{ body: { id: "{{id}}", status: "error", error: { message: "no" } } }] };

describe("a list", () => {
  it("tells what each generation is about and how its callbacks went, and finds it by these", async () => {
    const started = new Date().toISOString();
    const listener = await listen("/v1/events");
    const world = await play({ poll: [COMPLETED], hooks: { bad: [{ status: 500 }] } });
    const prompt = `${world.prompt} A Fairy flies ${"x".repeat(300)}`;
    const webhooks = ["good", "bad"].map((name) => ({ url: world.hook(name), events: ["generation.completed"] }));
    const { id } = await submit(request(prompt, { webhooks, metadata: { "customer.id": "7", order: "42" } }));
    await finished(id);
    // Reported once each delivery has had its first attempt.
    await counted(id, { delivered: 1, pending: 1, failed: 0 });
    expect(await idsOf("deliveries=pending")).toEqual([id]);
    const broken = await play(POLLED_ERROR);
    const { id: failed } = await submit(request(broken.prompt, { metadata: { order: "42" } }));
    await finished(failed);
    // Reported once all are settled.
    await counted(id, { delivered: 1, pending: 0, failed: 1 });
    expect(
      (
        await eventually(
          () => rowOf(failed),
          (row) => row?.status === "failed",
        )
      )?.error,
    ).toEqual({
      code: "provider_error",
    });

    const row = await rowOf(id);
    expect(row).toMatchObject({ prompt: prompt.slice(0, 200), error: null, status: "completed" });
    expect(row?.video).toEqual({ url: expect.stringMatching(/^https:\/\/.*signature=/), duration_seconds: null });
    expect((await call(row?.video?.url ?? "", { key: null, method: "HEAD" })).status).toBe(200);
    expect(await rowOf(failed)).toMatchObject({ video: null, deliveries: { delivered: 0, pending: 0, failed: 0 } });

    for (const query of [
      "deliveries=failed",
      "q=fairy%20FLIES",
      `q=${id.slice(6, 20)}`,
      "metadata.customer.id=7&metadata.order=42",
      "metadata.order=42&status=completed",
      "model=runway/gen4_aleph&q=fairy&deliveries=failed",
    ]) {
      expect(await idsOf(query), query).toEqual([id]);
    }
    expect(await idsOf("error=provider_error")).toEqual([failed]);
    expect(await idsOf(`metadata.order=42&created_after=${started}`)).toEqual([failed, id]);
    expect(await idsOf(`created_before=${started}`)).toEqual([]);
    const { created_at } = await submit(request(broken.prompt));
    expect((await idsOf(`created_before=${created_at}`))[0]).toBe(failed);

    const overview = await (await call("/v1/overview")).json<OverviewView>();
    expect(overview).toMatchObject({
      generations: { completed: 1 },
      errors: [{ code: "provider_error" }],
      deliveries: { failed: 1, pending: 0 },
      usage: { usd: 0 },
    });
    expect(overview.generations.total).toBe((await listed(`created_after=${overview.since}`)).data.length);
    for (const [key, usd] of [
      [OTHER, 0],
      [TEST, null],
    ] as const) {
      const other = await (await call("/v1/overview", { key })).json<OverviewView>();
      expect(other).toMatchObject({ generations: { total: 0 }, errors: [], usage: { usd } });
    }

    const told = await listener.until(
      ({ event, data }) => event === "generation.deliveries" && JSON.stringify(data).includes('"failed":1'),
    );
    await listener.leave();
    const own = told.filter(({ data }) => data.data?.["id"] === id);
    expect(own.map(({ event }) => event).slice(-4)).toEqual([
      "generation.storing",
      "generation.completed",
      "generation.deliveries",
      "generation.deliveries",
    ]);
    expect(own.at(-1)?.data.data).toMatchObject({ status: "completed", prompt: row?.prompt, error: null });
    expect(own.at(-1)?.data.data).toHaveProperty("deliveries", { delivered: 1, pending: 0, failed: 1 });

    // Nothing of the caller stays in the index after a deletion.
    await call(`/v1/generations/${id}`, { method: "DELETE" });
    await eventually(
      () => rowOf(id),
      (deleted) => deleted === undefined,
    );
    await runInDurableObject(testEnv.ACCOUNTS.getByName("acme/live"), (_, { storage: { sql } }) => {
      const columns = sql.exec("SELECT status, prompt, metadata, error FROM generations WHERE id = ?", id).one();
      expect(columns).toEqual({ status: "deleted", prompt: null, metadata: null, error: null });
    });
  });
});

const summary = (at: number, more: Partial<Summary> = {}): Summary => ({
  ...{ ...BARE, id: `gen_${at}`, version: 1, status: "completed", inFlight: false, model: "m" },
  ...{ createdAt: at, checkAt: 0, ...more },
});

describe("an index of 50,000 generations", () => {
  it("reads only the rows between the bounds of time, and counts a day in one call", async () => {
    await runInDurableObject(testEnv.ACCOUNTS.getByName("bounds/live"), (_, { storage: { sql } }) => {
      const { index, overview } = storesIn(sql);
      index.put(summary(0));
      sql.exec(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
         INSERT INTO generations (created_at, id, version, status, model, error, failed, pending, delivered, usd, prompt)
         SELECT i, 'gen_' || i, 1, IIF(i % 10 = 0, 'failed', 'completed'), 'm', IIF(i % 10 = 0, 'timed_out', NULL),
           i % 100 = 0, 0, 1, 5, printf('%.1000c', 'x') FROM n`,
      );
      const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
      const { exec } = sql;
      sql.exec = ((...args: Parameters<typeof exec>) => {
        const cursor = exec.apply(sql, args);
        cursors.push(cursor);
        return cursor;
      }) as typeof exec;
      const filters = { status: "failed", createdAfter: 20_001, createdBefore: 20_031 } as const;
      const page = index.list({ limit: 20, after: null, ...filters });
      expect(page.rows.map(({ id }) => id)).toEqual(["gen_20030", "gen_20020", "gen_20010"]);
      expect(page.next).toBeNull();
      expect(cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0)).toBeLessThanOrEqual(32);
      // The bounds stay in effect behind a cursor.
      const rest = index.list({ limit: 20, after: { createdAt: 20_020, id: "gen_20020" }, ...filters });
      expect(rest.rows.map(({ id }) => id)).toEqual(["gen_20010"]);

      expect(overview(1)).toMatchObject({
        byStatus: { completed: 45_000, failed: 5_000, queued: 0 },
        errors: [{ code: "timed_out", count: 5_000 }],
        deliveries: { failed: 500, pending: 0 },
        usd: 250_000,
      });
      const newest = overviewIn(new Tables(sql), 1, 1_000);
      expect(newest).toMatchObject({ since: 49_002, byStatus: { completed: 899, failed: 100 } });
    });
  });
});
