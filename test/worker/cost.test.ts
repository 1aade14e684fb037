// Counts the billed operations of one generation in all objects and the bucket, as docs/costs.md uses them (from
// bench/counts.json). Billed units: https://developers.cloudflare.com/durable-objects/platform/pricing/

import { runInDurableObject } from "cloudflare:test";
import { expect, it, vi } from "vitest";
import counts from "../../bench/counts.json";
import { AccountObject } from "../../src/account/object.ts";
import { GenerationObject } from "../../src/generation/object.ts";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import { crash, eventually, OTHER, play, read, record, request, stub, submit, testEnv } from "./support.ts";

const POLLS = counts.polls;

/** Upper bounds for one generation, a few above the counts in bench/counts.json. */
const BUDGET = { rows: 42, requests: 32, logLines: 10 };

type Cursor = SqlStorageCursor<Record<string, SqlStorageValue>>;
type Methods = Record<string, (...args: unknown[]) => unknown>;

type Count = (name: string, result: unknown, args: unknown[]) => void;

/** Wraps the named methods of `target` so that each call reports its name, result and arguments to `count`. */
function watch(target: object, names: readonly string[], count: Count): void {
  const methods = target as Methods;
  for (const name of names) {
    const original = methods[name];
    if (original === undefined) throw new Error(`there is no method ${name}`);
    methods[name] = function (this: unknown, ...args: unknown[]) {
      const result = original.apply(this, args);
      count(name, result, args);
      return result;
    };
  }
}

const methodsOf = (target: object) =>
  Object.getOwnPropertyNames(target).filter((name) => {
    const own = Object.getOwnPropertyDescriptor(target, name);
    return name !== "constructor" && typeof own?.value === "function";
  });

/** What the account knows of the generation's deliveries. */
const delivered = (id: string) =>
  runInDurableObject(testEnv.ACCOUNTS.getByName("acme/live"), (_, { storage }) => {
    const query = "SELECT delivered FROM generations WHERE id = ?";
    return storage.sql.exec<{ delivered: number }>(query, id).one().delivered;
  });

it(`a generation with ${POLLS} polls and one webhook stays within its cost budget`, async () => {
  const written: Record<string, number> = {};
  const cursors: Cursor[] = [];
  const ofUsage: Cursor[] = [];
  const objects: Record<string, number> = {};
  const bucket: Record<string, number> = {};
  const add = (to: Record<string, number>) => (name: string) => {
    to[name] = (to[name] ?? 0) + 1;
  };
  // The account's first generation creates its tables. That must happen before counting starts.
  const { prompt } = await play({ poll: [COMPLETED] });
  const { id: first } = await submit(request(prompt));
  await eventually(
    () => record(first),
    ({ generation }) => generation.report.acknowledged === "completed",
  );
  // A throwaway generation of another account gives access to the storage classes that all objects share.
  const warm = await play({ poll: [GENERATING] });
  const { id: lender } = await submit(request(warm.prompt), { key: OTHER });
  await runInDurableObject(stub(lender), async (_, { storage }) => {
    await storage.deleteAll();
    watch(Object.getPrototypeOf(storage), ["setAlarm", "deleteAlarm"], add(written));
    watch(Object.getPrototypeOf(storage.kv), ["put", "delete"], add(written));
    watch(Object.getPrototypeOf(storage.sql), ["exec"], (_, cursor, [query]) => {
      cursors.push(cursor as Cursor);
      if (String(query).startsWith("INSERT INTO usage")) ofUsage.push(cursor as Cursor);
    });
  });
  await crash(lender);
  watch(Object.getPrototypeOf(testEnv.VIDEOS), ["put", "get", "head", "delete", "createMultipartUpload"], add(bucket));
  for (const { prototype } of [GenerationObject, AccountObject]) watch(prototype, methodsOf(prototype), add(objects));

  const log = vi.spyOn(console, "log");
  const world = await play({ poll: [...Array(POLLS - 1).fill(GENERATING), COMPLETED] });
  const { id } = await submit(request(world.prompt, { webhook_url: world.hook("x") }));
  await eventually(
    async () => (await world.calls("hook")).length,
    (calls) => calls === 1,
    40_000,
  );
  // The account learns how the deliveries went. The generation does not save that it has.
  await eventually(
    () => delivered(id),
    (count) => count === 1,
  );
  // The last alarm rings for nothing.
  await eventually(
    () => runInDurableObject(stub(id), (_, { storage }) => storage.getAlarm()),
    (alarm) => alarm === null,
  );
  const sqlRows = cursors.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0);
  const rowsWritten = Object.values(written).reduce((sum, each) => sum + each, 0) + sqlRows;
  const rowsRead = cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0);
  const requests = Object.values(objects).reduce((sum, each) => sum + each, 0);
  const logLines = log.mock.calls.length;
  const told = JSON.stringify({ rowsWritten, written, sqlRows, rowsRead, requests, objects, bucket, logLines });
  expect((await read(id)).provider.polls).toBe(POLLS);
  expect(rowsWritten, told).toBeLessThanOrEqual(BUDGET.rows);
  expect(requests, told).toBeLessThanOrEqual(BUDGET.requests);
  expect(logLines, told).toBeLessThanOrEqual(BUDGET.logLines);
  expect(bucket).toEqual(counts.r2);
  expect(ofUsage.map(({ rowsWritten }) => rowsWritten)).toEqual([counts.usage_rows_written]);
  // A larger difference in either direction means that bench/counts.json and docs/costs.md are out of date. The
  // tolerance of 3 allows for a late alarm or two on a busy machine.
  expect(Math.abs(rowsWritten - counts.rows_written), told).toBeLessThanOrEqual(3);
  expect(Math.abs(requests - counts.object_requests), told).toBeLessThanOrEqual(3);
  expect(Math.abs(logLines - counts.log_lines), told).toBeLessThanOrEqual(3);
}, 60_000);
