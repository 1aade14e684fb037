// What a generation's object keeps: written at once, or held until something else is.

import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { accept, type Generation } from "../../src/core/generation/record.ts";
import { GenerationStore } from "../../src/generation/store.ts";
import { FACTS } from "../support/lives.ts";
import { stub } from "./support.ts";

const NEW = accept(FACTS, null);
const heard = (version: number): Generation => ({ ...NEW, version });

function inStore<T>(work: (store: GenerationStore, stored: () => number | undefined) => T): Promise<T> {
  return runInDurableObject(stub(`gen_${crypto.randomUUID()}`), (_, { storage }) => {
    const store = new GenerationStore(storage);
    store.save({ generation: heard(1) });
    return work(store, () => new GenerationStore(storage).load()?.generation.version);
  });
}

it("what is held is there at once, and is lost with the object that holds it", () =>
  inStore((store, stored) => {
    store.hold(heard(2));
    expect(store.load()?.generation.version).toBe(2);
    expect(stored()).toBe(1);
  }));

it.each<[string, (store: GenerationStore) => void, number]>([
  ["the next save of anything", (store) => store.save({ bodies: new Map([["generation.started", "{}"]]) }), 2],
  ["the next save of a newer one", (store) => store.save({ generation: heard(3) }), 3],
  ["a flush", (store) => store.flush(), 2],
])("what is held is written with %s, and once", async (_, write, version) => {
  await inStore((store, stored) => {
    store.hold(heard(2));
    write(store);
    expect([stored(), store.load()?.generation.version]).toEqual([version, version]);
    store.save({ generation: heard(4) });
    store.flush();
    expect(stored()).toBe(4);
  });
});
