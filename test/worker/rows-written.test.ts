// Counts the rows that an account's object writes for a generation, because each one is billed. Only a generation that
// costs something writes a row for its cost, in `usage`.

import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { COMPLETED, type Scenario } from "../support/scenario.ts";
import { call, eventually, LIVE, play, pollNow, record, request, TEST, testEnv } from "./support.ts";

interface Counts {
  /** Rows in the tables and indexes that list generations, by id. */
  readonly index: Map<string, number>;
  /** Rows in `usage`. */
  usage: number;
}

/** Counts what the account writes from now on, except for its alarm. */
async function countRows(account: string): Promise<Counts> {
  const counts: Counts = { index: new Map(), usage: 0 };
  await runInDurableObject(testEnv.ACCOUNTS.getByName(account), (_, { storage: { sql } }) => {
    const exec = sql.exec.bind(sql);
    Object.assign(sql, {
      exec(query: string, ...bindings: unknown[]) {
        const cursor = exec(query, ...bindings);
        const id = bindings.find((value) => typeof value === "string" && value.startsWith("gen_"));
        if (query.includes("INTO usage")) counts.usage += cursor.rowsWritten;
        if (typeof id === "string") counts.index.set(id, (counts.index.get(id) ?? 0) + cursor.rowsWritten);
        return cursor;
      },
    });
  });
  return counts;
}

interface Life {
  readonly key?: string;
  readonly prompt?: string;
  readonly scenario?: Scenario;
  /** What the caller does after the generation was accepted or refused. */
  readonly act?: (id: string) => Promise<unknown>;
  /** The last status that it reports. */
  readonly ends: string;
}

async function reported(id: string, status: string): Promise<void> {
  await eventually(
    () => record(id),
    ({ generation }) => generation.report.acknowledged === status && !("leftover" in generation.state),
  );
}

/** @returns the id of the generation, once it has ended. */
async function lived({ key = LIVE, prompt, scenario = {}, act, ends }: Life): Promise<string> {
  const world = await play(scenario);
  const response = await call("/v1/generations", { key, json: request(prompt ?? world.prompt) });
  const answer = await response.json<{ id?: string; generation_id?: string }>();
  const id = answer.id ?? answer.generation_id ?? "";
  await act?.(id);
  await reported(id, ends);
  return id;
}

const cancel = (id: string) => call(`/v1/generations/${id}/cancel`, { method: "POST" });

async function cancelAndPoll(id: string): Promise<void> {
  await cancel(id);
  await eventually(
    () => record(id),
    ({ generation }) => generation.report.acknowledged === "canceled",
  );
  await pollNow(id);
}

async function remove(id: string): Promise<void> {
  await reported(id, "failed");
  await call(`/v1/generations/${id}`, { method: "DELETE" });
}

const REFUSED = { submit: [{ status: 400, body: { message: "no" } }] };
const FAILED = { poll: [{ body: { id: "{{id}}", status: "error", error: { message: "no" } } }] };

/** Lives that cost nothing write as many rows as in a release that did not count costs. */
const FREE: readonly [life: Life, rows: number][] = [
  [{ key: TEST, prompt: "[instant]", ends: "completed" }, 9],
  [{ scenario: REFUSED, ends: "failed" }, 3],
  [{ scenario: REFUSED, act: remove, ends: "deleted" }, 4],
  [{ scenario: FAILED, ends: "failed" }, 3],
  [{ scenario: { submit: [{ status: 429 }] }, act: cancel, ends: "canceled" }, 3],
  [{ scenario: FAILED, act: cancelAndPoll, ends: "canceled" }, 6],
];

const PAID: readonly [life: Life, rows: number][] = [
  [{ scenario: { poll: [COMPLETED] }, ends: "completed" }, 4],
  [{ scenario: { poll: [COMPLETED] }, act: cancelAndPoll, ends: "canceled" }, 6],
];

it("a generation writes a row for its cost, and none if it cost nothing", async () => {
  const counted = await Promise.all(["acme/test", "acme/live"].map(countRows));
  const rowsOf = async ([life]: readonly [Life, number]) => {
    const id = await lived(life);
    return counted.reduce((sum, { index }) => sum + (index.get(id) ?? 0), 0);
  };
  expect(await Promise.all(FREE.map(rowsOf))).toEqual(FREE.map(([, rows]) => rows));
  expect(counted.map(({ usage }) => usage)).toEqual([0, 0]);
  expect(await Promise.all(PAID.map(rowsOf))).toEqual(PAID.map(([, rows]) => rows));
  expect(counted.map(({ usage }) => usage)).toEqual([0, PAID.length]);
});
