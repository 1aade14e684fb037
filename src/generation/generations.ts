// The way to generations: an id leads to its object.

import type { Facts } from "../core/generation/record.ts";
import type { Scope } from "../core/scope.ts";
import type { Recipient } from "../core/webhooks/delivery.ts";
import type { GenerationObject } from "./object.ts";
import type { CancelResult, CreateResult, Ensured, FoundVideo, RemoveResult } from "./results.ts";

/** What the HTTP side asks of generations. */
export interface Generations {
  /** Safe to repeat: the same facts under the same id make one generation. */
  create(facts: Facts, stagedKey: string | null): Promise<CreateResult>;
  /** Whether one was made under that id, be it that only its tombstone is left. */
  wasMade(id: string): Promise<boolean>;
  /**
   * The generation as JSON of a `GenerationView`; null when this scope has none by that id.
   *
   * @param waitMs how long to wait for its end.
   */
  read(id: string, scope: Scope, waitMs?: number): Promise<string | null>;
  /** Server-sent events until its end, those after that id; `ended` when that was the last; null when this scope has none by that id. */
  watch(id: string, scope: Scope, after: string): Promise<ReadableStream<Uint8Array> | "ended" | null>;
  /** What has happened so far, as JSON of a `Timeline`. */
  timeline(id: string, scope: Scope): Promise<string | null>;
  /** Ends the generation, unless it has ended by itself. */
  cancel(id: string, scope: Scope): Promise<CancelResult>;
  /** Its deliveries as JSON of a list of `DeliveryView`, the oldest first; null when this scope has no such generation. */
  deliveries(id: string, scope: Scope): Promise<string | null>;
  /** Sends a delivery again, now and by the schedule: the same id, the same body. Null when there is none such. */
  redeliver(id: string, scope: Scope, deliveryId: string): Promise<string | null>;
  /** One delivery as JSON of a `DeliveryDetailView`; null when this scope has none by that id. */
  delivery(id: string, scope: Scope, deliveryId: string): Promise<string | null>;
  /** Removes the generation, its video and its deliveries. */
  remove(id: string, scope: Scope, requestId: string): Promise<RemoveResult>;
  /** Whose video that is and where it lies; null when there is no generation by that id. */
  findVideo(id: string): Promise<FoundVideo | null>;
}

/** What the account asks of generations. */
export interface GenerationsForAccount {
  /** Sets right what is missing. */
  ensure(id: string): Promise<Ensured>;
  /** @returns how many deliveries are sent again. */
  redeliverMissed(id: string, scope: Scope, endpoint: Pick<Recipient, "endpointId" | "url">): Promise<number>;
}

type Namespace = DurableObjectNamespace<GenerationObject>;

/** A call that broke may have been carried out; each of these may be repeated. */
const TRIES = 3;

export function generationsIn(namespace: Namespace): Generations {
  async function call<T>(id: string, method: (stub: DurableObjectStub<GenerationObject>) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        // A stub that has thrown stays broken: each try takes a new one.
        return await method(namespace.getByName(id));
      } catch (cause) {
        if (attempt === TRIES || !isRetryable(cause)) throw cause;
      }
    }
  }
  return {
    create: (facts, stagedKey) => call<CreateResult>(facts.id, async (stub) => await stub.create(facts, stagedKey)),
    wasMade: (id) => call<boolean>(id, async (stub) => await stub.wasMade()),
    read: (id, scope, waitMs = 0) => call<string | null>(id, async (stub) => await stub.read(scope, waitMs)),
    watch: (id, scope, after) =>
      call<ReadableStream<Uint8Array> | "ended" | null>(id, async (stub) => await stub.watch(scope, after)),
    timeline: (id, scope) => call<string | null>(id, async (stub) => await stub.timeline(scope)),
    cancel: (id, scope) => call<CancelResult>(id, async (stub) => await stub.cancel(scope)),
    deliveries: (id, scope) => call<string | null>(id, async (stub) => await stub.deliveries(scope)),
    delivery: (id, scope, deliveryId) =>
      call<string | null>(id, async (stub) => await stub.delivery(scope, deliveryId)),
    redeliver: (id, scope, deliveryId) =>
      call<string | null>(id, async (stub) => await stub.redeliver(scope, deliveryId)),
    remove: (id, scope, requestId) => call<RemoveResult>(id, async (stub) => await stub.remove(scope, requestId)),
    findVideo: (id) => call<FoundVideo | null>(id, async (stub) => await stub.findVideo()),
  };
}

/** Without repeating: the watchdog comes again by itself. */
export function generationsForAccountIn(namespace: Namespace): GenerationsForAccount {
  return {
    ensure: async (id) => namespace.getByName(id).ensure(),
    redeliverMissed: async (id, scope, endpoint) => namespace.getByName(id).redeliverMissed(scope, endpoint),
  };
}

/** https://developers.cloudflare.com/durable-objects/best-practices/error-handling/ */
function isRetryable(cause: unknown): boolean {
  const { retryable = false, overloaded = false } = cause as { retryable?: boolean; overloaded?: boolean };
  return retryable && !overloaded;
}
