// Calls to accounts: account and mode are the name of the Durable Object.

import type { EndpointDeliveryPage } from "../contract/deliveries.ts";
import type { Json } from "../contract/json.ts";
import type { EndpointList, EndpointView } from "../contract/webhook-endpoints.ts";
import type { Position } from "../core/cursor.ts";
import type { Limits, Place } from "../core/limits.ts";
import type { Commitments } from "../core/money/budget.ts";
import type { UsageQuery, UsageRow } from "../core/money/usage.ts";
import type { Scope } from "../core/scope.ts";
import type { EndpointChange, EndpointFields } from "../core/webhooks/endpoint.ts";
import type { Rotating } from "../core/webhooks/rotation.ts";
import type { Accounts } from "../generation/ports.ts";
import type { LogQuery } from "./delivery-log.ts";
import type { ListPage, ListQuery } from "./listing.ts";
import type { AccountObject } from "./object.ts";
import type { Overview } from "./overview.ts";
import type {
  ChangeEndpointResult,
  CreateEndpointResult,
  EncodedSecret,
  RecoverEndpointResult,
  ReserveResult,
  TestEndpointResult,
} from "./results.ts";

/** Operations for the HTTP side on a scope's index. */
export interface Index {
  /**
   * Newest first. A page may be short or empty even if more pages follow: with a filter, or among thousands of
   * generations that were deleted within the last day.
   */
  list(scope: Scope, query: ListQuery): Promise<ListPage>;
  /** Counts of the generations accepted since this time, in milliseconds since the Unix epoch. */
  overview(scope: Scope, since: number): Promise<Overview>;
  /**
   * Reserves a place in flight and the estimate for a request that may create a generation.
   *
   * @returns the creation time that the generation must have, and when it must exist at the latest, or the limit that
   * refuses it. The creation time is `createdAt`, or a little later if another request for the same id has that time.
   */
  reserve(scope: Scope, place: Place, limits: Limits): Promise<ReserveResult>;
  /** Gives back the place with this creation time, unless a generation has taken it. */
  release(scope: Scope, place: Position): Promise<void>;
  /** The sums in order of day and model. Days and models without generations have no row. */
  usage(scope: Scope, query: UsageQuery): Promise<UsageRow[]>;
  /** What counts towards the scope's budget now. */
  commitments(scope: Scope): Promise<Commitments>;
  /**
   * Server-sent events of the whole scope.
   *
   * @param after id of the last event that the caller has, or null.
   * @param keyId identifies the caller's API key, because listeners are limited per key.
   * @param bodies whether events that a webhook can subscribe to are the bodies of webhooks.
   */
  listen(scope: Scope, after: string | null, keyId: string, bodies: boolean): Promise<ReadableStream<Uint8Array>>;
}

/** Operations for the HTTP side on a scope's webhook endpoints. They return null if there is no such endpoint. */
export interface WebhookEndpoints {
  /** Rotation state of the scope's own secret. */
  rotation(scope: Scope): Promise<Rotating<number>>;
  rotateSecret(scope: Scope): Promise<Rotating<number>>;
  /** Oldest first. */
  list(scope: Scope): Promise<Json<EndpointList>>;
  /** Idempotent under the same id. */
  create(scope: Scope, id: string, fields: EndpointFields, enabled: boolean): Promise<CreateEndpointResult>;
  read(scope: Scope, id: string): Promise<Json<EndpointView> | null>;
  change(scope: Scope, id: string, change: EndpointChange): Promise<ChangeEndpointResult>;
  /** False if there is no such endpoint. */
  remove(scope: Scope, id: string): Promise<boolean>;
  secret(scope: Scope, id: string): Promise<EncodedSecret | null>;
  /** Creates a new secret. The old one also signs for another 24 hours. */
  rotate(scope: Scope, id: string): Promise<EncodedSecret | null>;
  /** Sends `webhook.test` now. The delivery shows the endpoint's answer if it arrives within 10 seconds. */
  test(scope: Scope, id: string, origin: string): Promise<TestEndpointResult>;
  /**
   * A page of what the endpoint was sent, newest first. It may be short or empty even if more pages follow, if there is a
   * filter.
   */
  deliveries(scope: Scope, id: string, query: LogQuery): Promise<Json<EndpointDeliveryPage> | null>;
  /** Resends failed and gone deliveries, for generations accepted since then. */
  recover(scope: Scope, id: string, since: number, isDryRun: boolean): Promise<RecoverEndpointResult>;
  /**
   * Counts a redelivery towards the limit that it shares with tests and recoveries.
   *
   * @returns 0 if it is allowed, otherwise milliseconds until the next one is.
   */
  takeResend(scope: Scope): Promise<number>;
}

type Namespace = DurableObjectNamespace<AccountObject>;

/** Returns null if a call fails, because a generation does not depend on its account. */
export function accountsIn(namespace: Namespace): Accounts {
  return {
    report: (scope, summary, events, bodies, targets) =>
      unlessBroken(stubOf(namespace, scope).report(summary, events, bodies, targets)),
    deliveryInstructions: (scope, targets) => unlessBroken(stubOf(namespace, scope).deliveryInstructions(targets)),
    async reportAttempts(scope, attempts) {
      await unlessBroken(stubOf(namespace, scope).recordAttempts(attempts));
    },
  };
}

/** Throws on failure, because a caller waits for the answer. */
export function indexIn(namespace: Namespace): Index {
  return {
    list: async (scope, query) => stubOf(namespace, scope).list(query),
    overview: async (scope, since) => stubOf(namespace, scope).overview(since),
    reserve: async (scope, place, limits) => stubOf(namespace, scope).reserve(place, limits),
    release: async (scope, place) => stubOf(namespace, scope).release(place),
    usage: async (scope, query) => stubOf(namespace, scope).usage(query),
    commitments: async (scope) => stubOf(namespace, scope).commitments(),
    async listen(scope, after, keyId, bodies) {
      const account = stubOf(namespace, scope);
      return bodies ? account.listenForBodies(after, keyId) : account.listen(after, keyId);
    },
  };
}

/** Throws on failure, because a caller waits for the answer. */
export function webhookEndpointsIn(namespace: Namespace): WebhookEndpoints {
  const account = (scope: Scope) => stubOf(namespace, scope);
  return {
    rotation: async (scope) => account(scope).rotation(),
    rotateSecret: async (scope) => account(scope).rotateSecret(),
    list: async (scope) => account(scope).endpoints(),
    create: async (scope, id, fields, enabled) => account(scope).createEndpoint(id, fields, enabled),
    read: async (scope, id) => account(scope).endpoint(id),
    change: async (scope, id, change) => account(scope).changeEndpoint(id, change),
    remove: async (scope, id) => account(scope).deleteEndpoint(id),
    secret: async (scope, id) => account(scope).endpointSecret(id),
    rotate: async (scope, id) => account(scope).rotateEndpointSecret(id),
    test: async (scope, id, origin) => account(scope).testEndpoint(id, scope, origin),
    deliveries: async (scope, id, query) => account(scope).endpointDeliveries(id, query),
    recover: async (scope, id, since, isDryRun) => account(scope).recoverEndpoint(id, scope, since, isDryRun),
    takeResend: async (scope) => account(scope).takeResend(),
  };
}

/** The slash is unambiguous: neither an account nor a mode contains one. */
function stubOf(namespace: Namespace, { account, mode }: Scope): DurableObjectStub<AccountObject> {
  return namespace.getByName(`${account}/${mode}`);
}

async function unlessBroken<T>(answer: Promise<T>): Promise<T | null> {
  try {
    // During a deploy, an object that runs the older version may return undefined.
    return (await answer) ?? null;
  } catch {
    return null;
  }
}
