// The store of a generation: changes written at once, and changes that may wait for the next write.

import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { type Changes, changesBetween, NO_CHANGES } from "../../src/core/generation/changes.ts";
import { draftOf } from "../../src/core/generation/draft.ts";
import type { Life } from "../../src/core/generation/life.ts";
import { newGeneration } from "../../src/core/generation/record.ts";
import { GenerationStore } from "../../src/generation/store.ts";
import { FACTS } from "../support/lives.ts";
import { stub } from "./support.ts";

const NEW = newGeneration(FACTS, null);
const heard = (version: number): Life => ({ generation: { ...NEW, version }, deliveries: [] });

/** Commits `after`: at once, or with the next write if it may wait. */
function commit(store: GenerationStore, after: Life, mayWait: Changes["mayWait"] = false): void {
  store.commit(after, changesBetween(store.load(), draftOf(after), mayWait));
}

function inStore<T>(work: (store: GenerationStore, stored: () => number | undefined) => T): Promise<T> {
  return runInDurableObject(stub(`gen_${crypto.randomUUID()}`), (_, { storage }) => {
    const store = new GenerationStore(storage);
    commit(store, heard(1));
    return work(store, () => new GenerationStore(storage).load()?.generation.version);
  });
}

it("a change that may wait is readable at once but not stored yet", () =>
  inStore((store, stored) => {
    commit(store, heard(2), "briefly");
    expect(store.load()?.generation.version).toBe(2);
    expect(stored()).toBe(1);
  }));

it.each<[string, (store: GenerationStore) => void, number]>([
  [
    "the next write of anything",
    (store) => {
      const life = store.load() ?? heard(0);
      const bodies = new Map([["generation.started", "{}"]] as const);
      store.commit(life, { ...changesBetween(life, draftOf(life)), bodies });
    },
    2,
  ],
  ["the next write of a newer record", (store) => commit(store, heard(3)), 3],
  ["a commit that changes nothing and must not wait", (store) => commit(store, store.load() ?? heard(0)), 2],
])("a change that may wait is written with %s, and only once", async (_, write, version) => {
  await inStore((store, stored) => {
    commit(store, heard(2), "briefly");
    commit(store, store.load() ?? heard(0), "briefly");
    write(store);
    expect([stored(), store.load()?.generation.version]).toEqual([version, version]);
    commit(store, heard(4));
    commit(store, heard(4));
    expect(stored()).toBe(4);
  });
});

it("a change that need not be written is kept in memory, unless another one waits", async () => {
  await inStore((store, stored) => {
    commit(store, heard(2), "forever");
    store.commit(store.load(), { ...NO_CHANGES, mayWait: "forever" });
    expect([stored(), store.load()?.generation.version]).toEqual([1, 2]);
  });
  await inStore((store, stored) => {
    commit(store, heard(2), "briefly");
    commit(store, heard(3), "forever");
    expect(stored()).toBe(3);
  });
});
