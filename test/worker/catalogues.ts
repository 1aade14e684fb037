// Plays catalogues for tests in workerd. Each test file has its own, although all share one world and one base URL: requests
// for a catalogue are sent to the one that the file plays.

import { waitUntil } from "cloudflare:workers";
import { vi } from "vitest";
import type { Namespace } from "../../src/catalogue/copies.ts";
import { type Models, modelsIn } from "../../src/catalogue/models.ts";
import { systemClock } from "../../src/clock.ts";
import type { Catalogue } from "../support/catalogue.ts";
import type { Call } from "../support/scenario.ts";
import { testEnv, WORLD } from "./support.ts";

export interface PlayedCatalogue {
  /** Requests that it has received since it was played. */
  calls(kind?: Call["kind"]): Promise<Call[]>;
  /** Answers differently from now on, and forgets the requests so far. */
  replace(catalogue: Catalogue): Promise<void>;
}

const realFetch = globalThis.fetch;

/** Name of the catalogue that this file plays now. */
let current: string | null = null;

const isOfCatalogue = (path: string) => path.startsWith("/v1/models") || path.startsWith("/docs-json");

/** The provider's catalogue from now on, until the next one is played. */
export async function playCatalogue(catalogue: Catalogue): Promise<PlayedCatalogue> {
  const name = crypto.randomUUID();
  const address = `${WORLD}/_catalogues/${name}`;
  const replace = async (next: Catalogue) => {
    await (await realFetch(address, { method: "PUT", body: JSON.stringify(next) })).text();
  };
  await replace(catalogue);
  current = name;
  vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => {
    const path = typeof input === "string" && input.startsWith(WORLD) ? input.slice(WORLD.length) : "";
    return realFetch(current !== null && isOfCatalogue(path) ? `${WORLD}/catalogues/${current}${path}` : input, init);
  });
  return {
    replace,
    async calls(kind) {
      const calls = await (await realFetch(address)).json<Call[]>();
      return kind === undefined ? calls : calls.filter((call) => call.kind === kind);
    },
  };
}

/** A deployment's models with an object and an isolate's cache of their own. */
export function newModels(extraModels: readonly string[] = []): {
  readonly models: Models;
  readonly namespace: Namespace;
  /** The same deployment in another isolate. */
  otherIsolate(): Models;
} {
  const name = crypto.randomUUID();
  const isolate = () => {
    const namespace: Namespace = { getByName: () => testEnv.CATALOGUE.getByName(name) };
    return { namespace, models: modelsIn(namespace, { extraModels, clock: systemClock, detach: waitUntil }) };
  };
  return { ...isolate(), otherIsolate: () => isolate().models };
}
