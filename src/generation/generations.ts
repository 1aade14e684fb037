// Generations, as the HTTP side sees them: an id leads to its object.

import type { CancelResult, CreateResult, FoundVideo, Generations, RemoveResult } from "../ports.ts";
import type { GenerationObject } from "./object.ts";

/** A call that broke may have been carried out; each of these may be repeated. */
const TRIES = 3;

export function generationsIn(namespace: DurableObjectNamespace<GenerationObject>): Generations {
  async function call<T>(id: string, method: (stub: DurableObjectStub<GenerationObject>) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        // A stub that has thrown stays broken: each try takes a new one.
        return await method(namespace.get(namespace.idFromName(id)));
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

/** https://developers.cloudflare.com/durable-objects/best-practices/error-handling/ */
function isRetryable(cause: unknown): boolean {
  const { retryable = false, overloaded = false } = cause as { retryable?: boolean; overloaded?: boolean };
  return retryable && !overloaded;
}
