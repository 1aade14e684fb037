// Counts what Cloudflare bills for objects: https://developers.cloudflare.com/durable-objects/platform/pricing/

import { runInDurableObject } from "cloudflare:test";
import { AccountObject } from "../../src/account/object.ts";
import { GenerationObject } from "../../src/generation/object.ts";
import { QueueObject } from "../../src/queue/object.ts";
import { GENERATING } from "../support/scenario.ts";
import { crash, OTHER, play, request, stub, submit } from "./support.ts";

type Methods = Record<string, (...args: unknown[]) => unknown>;
type Cursor = SqlStorageCursor<Record<string, SqlStorageValue>>;

/** Counts by name of the method. */
export type Counted = Record<string, number>;

/** Wraps the named methods of `target` so that each call reports its name and result to `count`. */
export function watch(target: object, names: readonly string[], count: (name: string, result: unknown) => void): void {
  const methods = target as Methods;
  for (const name of names) {
    const original = methods[name];
    if (original === undefined) throw new Error(`there is no method ${name}`);
    methods[name] = function (this: unknown, ...args: unknown[]) {
      const result = original.apply(this, args);
      count(name, result);
      return result;
    };
  }
}

export const adding = (to: Counted) => (name: string) => {
  to[name] = (to[name] ?? 0) + 1;
};

const methodsOf = (target: object) =>
  Object.getOwnPropertyNames(target).filter((name) => {
    const own = Object.getOwnPropertyDescriptor(target, name);
    return name !== "constructor" && typeof own?.value === "function";
  });

const sum = (counted: Counted) => Object.values(counted).reduce((total, each) => total + each, 0);

/** Starts counting in all objects. @returns a function that reads the counts so far. */
export async function countBilled() {
  const written: Counted = {};
  const objects: Counted = {};
  const cursors: Cursor[] = [];
  // A throwaway generation of another account gives access to the storage classes that all objects share.
  const { prompt } = await play({ poll: [GENERATING] });
  const { id: lender } = await submit(request(prompt), { key: OTHER });
  await runInDurableObject(stub(lender), async (_, { storage }) => {
    await storage.deleteAll();
    watch(Object.getPrototypeOf(storage), ["setAlarm", "deleteAlarm"], adding(written));
    watch(Object.getPrototypeOf(storage.kv), ["put", "delete"], adding(written));
    watch(Object.getPrototypeOf(storage.sql), ["exec"], (_, cursor) => {
      cursors.push(cursor as Cursor);
    });
  });
  await crash(lender);
  for (const { prototype } of [GenerationObject, AccountObject, QueueObject]) {
    watch(prototype, methodsOf(prototype), adding(objects));
  }
  return () => {
    const sqlRows = cursors.reduce((total, { rowsWritten }) => total + rowsWritten, 0);
    return {
      rowsWritten: sum(written) + sqlRows,
      rowsRead: cursors.reduce((total, { rowsRead }) => total + rowsRead, 0),
      requests: sum(objects),
      written: { ...written },
      objects: { ...objects },
      sqlRows,
    };
  };
}
