// Calls to generations: the id of a generation is the name of its Durable Object.

import type { DeliveryDetail, DeliveryPage, DeliveryView } from "../contract/deliveries.ts";
import type { TimelineView } from "../contract/events.ts";
import type { Json } from "../contract/json.ts";
import type { PageQuery } from "../core/cursor.ts";
import type { Facts } from "../core/generation/record.ts";
import type { KnownVersion } from "../core/generation/report.ts";
import type { Standing } from "../core/queue/standing.ts";
import type { Scope } from "../core/scope.ts";
import type { Recipient } from "../core/webhooks/delivery.ts";
import type { GenerationObject } from "./object.ts";
import type {
  CancelResult,
  CreateResult,
  Ensured,
  FoundVideo,
  ReadGeneration,
  RemoveResult,
  ShownJob,
  WatchResult,
} from "./results.ts";

/** Operations for the HTTP side. They return null if the scope has no such generation or delivery. */
export interface Generations {
  /**
   * Idempotent: the same facts under the same id make one generation.
   *
   * @param takeBy when it must exist at the latest, in milliseconds since the Unix epoch; null for no limit. After
   * that, the call fails and creates nothing.
   */
  create(facts: Facts, stagedKey: string | null, takeBy?: number | null): Promise<CreateResult>;
  /** Like `create` for a generation that exists or was deleted. Null, and nothing is created, if the id is free. */
  repeat(facts: Facts): Promise<CreateResult | null>;
  /** True even if the generation was deleted: its id stays taken for 24 hours. */
  wasMade(id: string): Promise<boolean>;
  /** @param waitMs how long to wait for a terminal status. */
  read(id: string, scope: Scope, waitMs?: number): Promise<ReadGeneration | null>;
  /** The generation in the provider's own format. */
  providerJob(id: string, scope: Scope): Promise<ShownJob | null>;
  /** @param after id of the last event that the caller has; empty for none. */
  watch(id: string, scope: Scope, after: string): Promise<WatchResult>;
  timeline(id: string, scope: Scope): Promise<Json<TimelineView> | null>;
  cancel(id: string, scope: Scope): Promise<CancelResult>;
  /** Oldest first. */
  deliveries(id: string, scope: Scope, page: PageQuery): Promise<Json<DeliveryPage> | null>;
  hasDelivery(id: string, scope: Scope, deliveryId: string): Promise<boolean>;
  /** Sends a delivery again now, with the same id and body, and restarts its schedule. */
  redeliver(id: string, scope: Scope, deliveryId: string): Promise<Json<DeliveryView> | null>;
  delivery(id: string, scope: Scope, deliveryId: string): Promise<Json<DeliveryDetail> | null>;
  /**
   * Removes the generation, its video and its deliveries.
   *
   * @param requestId id of the caller's HTTP request, which makes the call idempotent.
   */
  remove(id: string, scope: Scope, requestId: string): Promise<RemoveResult>;
  findVideo(id: string): Promise<FoundVideo | null>;
}

/** Operations for the account. */
export interface GenerationsForAccount {
  /** Repairs what is missing, such as a lost alarm. @param known what the account knows of the generation. */
  ensure(known: KnownVersion): Promise<Ensured>;
  /** Resends the endpoint's failed and gone deliveries. Returns their number. */
  redeliverMissed(id: string, scope: Scope, endpoint: Pick<Recipient, "endpointId" | "url">): Promise<number>;
}

type Namespace = DurableObjectNamespace<GenerationObject>;

/** A call that failed may still have been carried out, so only idempotent methods are retried: all of these are. */
const TRIES = 3;

export function generationsIn(namespace: Namespace): Generations {
  async function call<T>(id: string, method: (stub: DurableObjectStub<GenerationObject>) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        // A stub that has thrown stays broken, so each try takes a new one.
        return await method(namespace.getByName(id));
      } catch (cause) {
        if (attempt === TRIES || !isRetryable(cause)) throw cause;
      }
    }
  }
  return {
    create: (facts, stagedKey, takeBy = null) =>
      call<CreateResult>(facts.id, async (stub) => await stub.create(facts, stagedKey, takeBy)),
    repeat: (facts) => call<CreateResult | null>(facts.id, async (stub) => await stub.repeat(facts)),
    wasMade: (id) => call<boolean>(id, async (stub) => await stub.wasMade()),
    read: (id, scope, waitMs = 0) => call<ReadGeneration | null>(id, async (stub) => await stub.read(scope, waitMs)),
    providerJob: (id, scope) => call<ShownJob | null>(id, async (stub) => await stub.providerJob(scope)),
    watch: (id, scope, after) => call<WatchResult>(id, async (stub) => await stub.watch(scope, after)),
    timeline: (id, scope) => call<Json<TimelineView> | null>(id, async (stub) => await stub.timeline(scope)),
    cancel: (id, scope) => call<CancelResult>(id, async (stub) => await stub.cancel(scope)),
    deliveries: (id, scope, page) =>
      call<Json<DeliveryPage> | null>(id, async (stub) => await stub.deliveries(scope, page)),
    hasDelivery: (id, scope, deliveryId) =>
      call<boolean>(id, async (stub) => await stub.hasDelivery(scope, deliveryId)),
    delivery: (id, scope, deliveryId) =>
      call<Json<DeliveryDetail> | null>(id, async (stub) => await stub.delivery(scope, deliveryId)),
    redeliver: (id, scope, deliveryId) =>
      call<Json<DeliveryView> | null>(id, async (stub) => await stub.redeliver(scope, deliveryId)),
    remove: (id, scope, requestId) => call<RemoveResult>(id, async (stub) => await stub.remove(scope, requestId)),
    findVideo: (id) => call<FoundVideo | null>(id, async (stub) => await stub.findVideo()),
  };
}

/** Operations for the line of a provider key. */
export interface GenerationsForQueue {
  /** Tells a generation that it has its turn. @returns where it stands then; `unknown` if it has taken its turn. */
  grant(id: string): Promise<Standing>;
  /** Where a generation stands. Changes nothing. */
  standing(id: string): Promise<Standing>;
}

/** Does not retry failed calls, because the turn passes on. */
export function generationsForQueueIn(namespace: Namespace): GenerationsForQueue {
  return {
    grant: async (id) => namespace.getByName(id).grant(),
    standing: async (id) => namespace.getByName(id).standing(),
  };
}

/** Does not retry failed calls, because the watchdog calls again later. */
export function generationsForAccountIn(namespace: Namespace): GenerationsForAccount {
  return {
    ensure: async (known) => namespace.getByName(known.id).ensure(known),
    redeliverMissed: async (id, scope, endpoint) => namespace.getByName(id).redeliverMissed(scope, endpoint),
  };
}

/** https://developers.cloudflare.com/durable-objects/best-practices/error-handling/ */
function isRetryable(cause: unknown): boolean {
  const { retryable = false, overloaded = false } = cause as { retryable?: boolean; overloaded?: boolean };
  return retryable && !overloaded;
}
