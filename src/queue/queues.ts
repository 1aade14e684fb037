// Calls to the lines. Each provider key has one. In test mode, which has no key, each account has one, so that accounts
// do not wait for one another.

import type { Clock } from "../clock.ts";
import type { ProviderName } from "../contract/words.ts";
import type { QueuePlace, StandingAnswer, StandingReport } from "../core/queue/standing.ts";
import type { Scope } from "../core/scope.ts";
import type { Queue } from "../generation/ports.ts";
import { withTimeout } from "../outbound/deadlines.ts";
import type { QueueObject } from "./object.ts";

/** How long an isolate remembers that there is a line, and that a poll was refused. */
const REMEMBERED_MS = 10_000;

const TELL_TIMEOUT_MS = 5_000;
/** A place in line is left out of an answer if it takes longer. */
const PLACES_TIMEOUT_MS = 1_000;

/** Where generations wait, for the HTTP side. */
export interface QueuePlaces {
  /** The places of generations of one scope, in the same order. Null for one that does not wait in line. */
  places(scope: Scope, ids: readonly string[]): Promise<readonly (QueuePlace | null)[]>;
}

type Namespace = DurableObjectNamespace<QueueObject>;

/** The lines that this isolate knows of: until when it remembers each one. */
export class KnownLines {
  readonly #until = new Map<string, number>();

  has(name: string, now: number): boolean {
    return (this.#until.get(name) ?? 0) > now;
  }

  remember(name: string, now: number): void {
    this.#until.set(name, now + REMEMBERED_MS);
  }

  forget(name: string): void {
    this.#until.delete(name);
  }
}

export interface QueueSettings {
  readonly namespace: Namespace;
  readonly clock: Clock;
  readonly known: KnownLines;
  /** AIMLAPI_KEY; null if it is not set. */
  readonly apiKey: string | null;
  /** PROVIDER_MAX_CONCURRENT; 0 if the number is learned. */
  readonly maxConcurrent: number;
}

/** The line of a generation. */
export function queueFor(provider: ProviderName, scope: Scope, settings: QueueSettings): Queue {
  const { clock, known, maxConcurrent } = settings;
  const key = memoryKey(provider, scope);
  return {
    // With a fixed number of places, every submission needs one of them.
    hasLine: () => (provider === "aimlapi" && maxConcurrent > 0) || known.has(key, clock.now()),
    noteRefusal: () => known.remember(key, clock.now()),
    notePollRefusal: () => known.remember(pollsOf(key), clock.now()),
    mustPollsYield: () => known.has(key, clock.now()) && known.has(pollsOf(key), clock.now()),
    async tell(report) {
      const answer = await unlessBroken(async () => {
        const stub = await stubOf(provider, scope, settings);
        return withTimeout<StandingAnswer>(stub.tell(report satisfies StandingReport), TELL_TIMEOUT_MS);
      });
      if (answer?.hasLine === true) known.remember(key, clock.now());
      else if (answer !== null) known.forget(key);
      return answer;
    },
    place: async (id) => (await placesOf(provider, scope, [id], settings))[0] ?? null,
  };
}

export function queuePlacesIn(settings: QueueSettings): QueuePlaces {
  return {
    places: (scope, ids) => placesOf(scope.mode === "test" ? "sandbox" : "aimlapi", scope, ids, settings),
  };
}

async function placesOf(
  provider: ProviderName,
  scope: Scope,
  ids: readonly string[],
  settings: QueueSettings,
): Promise<readonly (QueuePlace | null)[]> {
  const places = await unlessBroken(async () => {
    const stub = await stubOf(provider, scope, settings);
    return withTimeout<readonly (QueuePlace | null)[]>(stub.places(scope.account, ids), PLACES_TIMEOUT_MS);
  });
  return places ?? ids.map(() => null);
}

/** A generation does not depend on its line, so a failed call is no error. */
async function unlessBroken<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return (await call()) ?? null;
  } catch {
    return null;
  }
}

function memoryKey(provider: ProviderName, { account }: Scope): string {
  return provider === "sandbox" ? `sandbox/${account}` : provider;
}

/** Under this key, refused polls are remembered. */
function pollsOf(key: string): string {
  return `${key}/polls`;
}

async function stubOf(
  provider: ProviderName,
  { account }: Scope,
  { namespace, apiKey }: QueueSettings,
): Promise<DurableObjectStub<QueueObject>> {
  return namespace.getByName(provider === "sandbox" ? `sandbox/${account}` : `aimlapi/${await hashOf(apiKey ?? "")}`);
}

/** The same key has the same hash, which does not reveal it. 128 bits in hex. */
async function hashOf(apiKey: string): Promise<string> {
  const known = hashes.get(apiKey);
  if (known !== undefined) return known;
  const bytes = new Uint8Array(
    await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`reelhook/queue/${apiKey}`)),
  );
  const hash = Array.from(bytes.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
  hashes.set(apiKey, hash);
  return hash;
}

const hashes = new Map<string, string>();
