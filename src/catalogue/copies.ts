// The isolate's copies of the catalogue, shared by its requests. They ask the Durable Object at most once a minute for
// the list and for each operation. Models and operations that did not change stay the same JavaScript objects, because
// compiled validators are cached by object identity.

import type { Clock } from "../clock.ts";
import type { ModelOperation } from "../core/models/model.ts";
import { withTimeout } from "../outbound/deadlines.ts";
import type { CatalogueObject } from "./object.ts";
import type { Answer, Asked } from "./results.ts";
import type { CatalogueModel } from "./retirements.ts";

/** The object is asked again when a copy is older, in milliseconds. */
const COPY_AGE_MS = 60_000;

/** The same if the object had no copy yet, because the provider may only have been slow to answer. */
const NO_COPY_AGE_MS = 5_000;

/** How long a request waits for list and schema together, in milliseconds. */
export const MAX_WAIT_MS = 3_000;

/** How long a request waits for the object's stored list, in milliseconds. */
const STORED_WAIT_MS = 500;

/** A copy from further in the future was read before the clock went back. In milliseconds. */
const FUTURE_MS = 60_000;

/**
 * Maximum number of operations kept: more than the provider has models. The least recently used one is dropped first.
 */
const MAX_OPERATIONS = 200;

/** The object waits this many milliseconds less than its caller, so that its answer arrives in time. */
const MARGIN_MS = 200;

export type Namespace = Pick<DurableObjectNamespace<CatalogueObject>, "getByName">;

/**
 * What the isolate knows of the list or of an operation. `version`, `value` and `readAt` are null if there is no copy
 * yet.
 */
export interface Copy<T> {
  readonly version: string | null;
  readonly value: T | null;
  /** When the provider last confirmed it, in milliseconds since the Unix epoch. */
  readonly readAt: number | null;
  /** Why the provider could not be read, or the object not reached. Null if neither failed. */
  readonly problem: string | null;
  /** When the object was last asked, in milliseconds since the Unix epoch. */
  readonly askedAt: number;
}

const NO_ANSWER = "Reelhook's own copy did not answer";
const NOTHING = { version: null, value: null, readAt: null, problem: NO_ANSWER };

/** How recent a copy must be, and how long to wait for it. */
export interface Need {
  /** Until when to wait, in milliseconds since the Unix epoch. */
  readonly until: number;
  /** Maximum time since the provider confirmed the copy, in milliseconds. Null: any copy will do. */
  readonly maxAgeMs: number | null;
}

export class Copies {
  #list: Copy<readonly CatalogueModel[]> | null = null;
  readonly #operations = new Map<string, Copy<ModelOperation>>();

  /** The list as it is here, without a call. */
  get knownList(): Copy<readonly CatalogueModel[]> | null {
    return this.#list;
  }

  /** The operation as it is here, without a call. */
  knownOperation(id: string): Copy<ModelOperation> | null {
    return this.#operations.get(id) ?? null;
  }

  /** Whether the object should be asked for the list: there is none, or the copy is old. */
  isListOld(clock: Clock): boolean {
    return this.#list === null || isOld(this.#list, clock);
  }

  async list(namespace: Namespace, clock: Clock, need: Need): Promise<Copy<readonly CatalogueModel[]>> {
    const before = this.#list;
    // While there is no list, every request asks, because a read may have succeeded since.
    const isEnough = before !== null && before.value !== null && need.maxAgeMs === null && !isOld(before, clock);
    if (isEnough) return before;
    // Other requests use the old copy in the meantime.
    if (before !== null) this.#list = { ...before, askedAt: clock.now() };
    return this.#askList({ call: (asked) => catalogue(namespace).list(asked), clock, need });
  }

  /** If there is no list here yet, gets the object's stored list. Does not wait for the provider. */
  async storedList(namespace: Namespace, clock: Clock): Promise<void> {
    const before = this.#list;
    if (before !== null && (before.value !== null || !isOld(before, clock))) return;
    const need = { until: clock.now() + STORED_WAIT_MS, maxAgeMs: null };
    await this.#askList({ call: async () => catalogue(namespace).storedList(), clock, need });
  }

  async #askList(
    question: Omit<Question<readonly CatalogueModel[]>, "parse">,
  ): Promise<Copy<readonly CatalogueModel[]>> {
    const before = this.#list;
    const parse = (json: string) => keepingIdentity(JSON.parse(json) as CatalogueModel[], this.#list?.value ?? []);
    const copy = newest(await ask(before, { ...question, parse }), this.#list, question.clock);
    this.#list = copy;
    return copy;
  }

  async operation(namespace: Namespace, id: string, clock: Clock, need: Need): Promise<Copy<ModelOperation>> {
    const before = this.knownOperation(id);
    if (before !== null) this.#keep(id, before);
    if (before !== null && need.maxAgeMs === null && !isOld(before, clock)) return before;
    const now = clock.now();
    // No time is left to ask.
    if (before === null && now >= need.until) return { ...NOTHING, askedAt: now };
    if (before !== null) this.#keep(id, { ...before, askedAt: now });
    const call = (asked: Asked) => catalogue(namespace).operation(id, asked);
    const parse = (json: string) => JSON.parse(json) as ModelOperation;
    const copy = newest(await ask(before, { call, parse, clock, need }), this.knownOperation(id), clock);
    this.#keep(id, copy);
    return copy;
  }

  #keep(id: string, copy: Copy<ModelOperation>): void {
    this.#operations.delete(id);
    this.#operations.set(id, copy);
    const [oldest] = this.#operations.keys();
    if (this.#operations.size > MAX_OPERATIONS && oldest !== undefined) this.#operations.delete(oldest);
  }
}

function catalogue(namespace: Namespace) {
  return namespace.getByName("catalogue");
}

function isOld({ value, askedAt }: Copy<unknown>, clock: Clock): boolean {
  return Math.abs(clock.now() - askedAt) >= (value === null ? NO_COPY_AGE_MS : COPY_AGE_MS);
}

interface Question<T> {
  call(asked: Asked): Promise<Answer<T>>;
  parse(json: string): T;
  readonly clock: Clock;
  readonly need: Need;
}

/** Never throws. If the object does not answer in time, returns the previous copy with a `problem`. */
async function ask<T>(before: Copy<T> | null, { call, parse, clock, need }: Question<T>): Promise<Copy<T>> {
  const { version = null, value = null, readAt = null } = before ?? {};
  const askedAt = clock.now();
  try {
    // The clock may have gone back since `until` was set.
    const waitMs = Math.min(MAX_WAIT_MS, Math.max(0, need.until - askedAt));
    const asked = { known: version, maxAgeMs: need.maxAgeMs, waitMs: Math.max(0, waitMs - MARGIN_MS) };
    const answer = await withTimeout(call(asked), waitMs);
    const { copy, problem } = answer;
    if (copy !== null) {
      return { version: copy.version, value: parse(copy.json), readAt: answer.readAt, problem, askedAt };
    }
    return { version, value, readAt: answer.readAt ?? readAt, problem, askedAt };
  } catch {
    return { version, value, readAt, problem: NO_ANSWER, askedAt };
  }
}

/** @param other the copy that another request has stored in the meantime. */
function newest<T>(copy: Copy<T>, other: Copy<T> | null, clock: Clock): Copy<T> {
  if (other === null || other.value === null) return copy;
  const isFuture = (other.readAt ?? 0) > clock.now() + FUTURE_MS;
  if (!isFuture && (other.readAt ?? 0) > (copy.readAt ?? 0)) return other;
  return copy.version === other.version ? { ...copy, value: other.value } : copy;
}

/** The new list, with the previous objects of models that did not change. */
function keepingIdentity(
  models: readonly CatalogueModel[],
  before: readonly CatalogueModel[],
): readonly CatalogueModel[] {
  const known = new Map(before.map((model) => [model.id, model]));
  return models.map((model) => {
    const old = known.get(model.id);
    return old !== undefined && JSON.stringify(old) === JSON.stringify(model) ? old : model;
  });
}
