// Plays catalogues for tests in workerd. All test files share one world and one base URL, so requests for the catalogue are
// redirected to the one that the file plays. Tests can move the clock, and it is reset after each.

import { waitUntil } from "cloudflare:workers";
import { afterEach, vi } from "vitest";
import type { Namespace } from "../../src/catalogue/copies.ts";
import { type Models, modelsIn } from "../../src/catalogue/models.ts";
import { systemClock } from "../../src/clock.ts";
import type { UsableModel } from "../../src/core/models/model.ts";
import type { Catalogue } from "../support/catalogue.ts";
import type { Call } from "../support/scenario.ts";
import { testEnv, WORLD } from "./support.ts";

export interface PlayedCatalogue {
  /** Requests that it has received since it was played. */
  calls(kind?: Call["kind"]): Promise<Call[]>;
  /** Answers differently from now on, and forgets the requests so far. */
  replace(catalogue: Catalogue): Promise<void>;
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

const realNow = Date.now;
let ahead = 0;

/** Moves the clock of the Worker and its objects forward, but not the timers. */
export function later(ms: number): void {
  ahead += ms;
  vi.spyOn(Date, "now").mockImplementation(() => realNow() + ahead);
}

afterEach(() => {
  ahead = 0;
  vi.restoreAllMocks();
});

const realFetch = globalThis.fetch;

/** Name of the catalogue that is played now. */
let current: string | null = null;

const isOfCatalogue = (path: string) => path.startsWith("/v1/models") || path.startsWith("/docs-json");

/** Plays this catalogue until another one is played. */
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

/** The models of a new deployment, with its own object and isolate. */
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

/** The model with this id or alias. @throws if it is unknown. */
export async function found(models: Models, name: string): Promise<UsableModel> {
  const answer = await models.find(name);
  if (answer.kind !== "found") throw new Error(`${name} was not found: ${JSON.stringify(answer)}`);
  return answer.model;
}
