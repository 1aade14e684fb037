// The way to accounts: a scope leads to its object.

import type { Scope } from "../core/scope.ts";
import type { EndpointChange, EndpointFields } from "../core/webhooks/endpoint.ts";
import type { Rotating } from "../core/webhooks/rotation.ts";
import type { Accounts } from "../generation/ports.ts";
import { withTimeout } from "../outbound/deadlines.ts";
import type { ListPage, ListPosition, ListQuery } from "./listing.ts";
import type { AccountObject } from "./object.ts";

/** What the HTTP side asks of a scope's index. */
export interface Index {
  /** The newest first. With a filter a page may be short, or empty, and there may be more all the same. */
  list(scope: Scope, query: ListQuery): Promise<ListPage>;
  /** A place among at most `most` that are in flight; false when there is none. Safe to repeat. */
  reserve(scope: Scope, place: ListPosition & { readonly model: string }, most: number): Promise<boolean>;
  /** Gives such a place back; one that a generation has taken stays. */
  release(scope: Scope, place: ListPosition): Promise<void>;
  /** Server-sent events of everything in the scope, from the one after that id. */
  listen(scope: Scope, after: string | null): Promise<ReadableStream<Uint8Array>>;
}

/** What the HTTP side asks of a scope's webhooks. Views are JSON; null when there is no such endpoint. */
export interface WebhookEndpoints {
  /** Of the scope's own secret. */
  rotation(scope: Scope): Promise<Rotating<number>>;
  rotateSecret(scope: Scope): Promise<Rotating<number>>;
  /** A list of `EndpointView`, the oldest first. */
  list(scope: Scope): Promise<string>;
  /** Null when the scope has reached its limit of endpoints. */
  create(scope: Scope, id: string, fields: EndpointFields, enabled: boolean): Promise<string | null>;
  read(scope: Scope, id: string): Promise<string | null>;
  change(scope: Scope, id: string, change: EndpointChange): Promise<string | null>;
  remove(scope: Scope, id: string): Promise<boolean>;
  /** Base64. */
  secret(scope: Scope, id: string): Promise<string | null>;
  rotate(scope: Scope, id: string): Promise<string | null>;
  /** Sends `webhook.test` now; the delivery, with the answer when it comes soon. */
  test(scope: Scope, id: string, origin: string): Promise<string | null>;
  /** Sends again what has failed, of generations accepted since then. */
  recover(scope: Scope, id: string, since: number): Promise<boolean>;
}

/** After that a webhook of the request is sent by what is known, and a delivery to a standing endpoint is put off. */
const INSTRUCTIONS_TIMEOUT_MS = 2_000;

type Namespace = DurableObjectNamespace<AccountObject>;

export function accountsIn(namespace: Namespace): Accounts {
  return {
    report: (scope, summary, events) => unlessBroken(stubOf(namespace, scope).report(summary, events)),
    deliveryInstructions: (scope, deliveries) =>
      unlessBroken(withTimeout(stubOf(namespace, scope).deliveryInstructions(deliveries), INSTRUCTIONS_TIMEOUT_MS)),
    async reportAttempt(scope, attempt) {
      await unlessBroken(stubOf(namespace, scope).recordAttempt(attempt));
    },
  };
}

export function indexIn(namespace: Namespace): Index {
  return {
    list: async (scope, query) => stubOf(namespace, scope).list(query),
    reserve: async (scope, place, most) => stubOf(namespace, scope).reserve(place, most),
    release: async (scope, place) => stubOf(namespace, scope).release(place),
    listen: async (scope, after) => stubOf(namespace, scope).listen(after),
  };
}

/** Failures are thrown: a caller waits for the answer. */
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
    recover: async (scope, id, since) => account(scope).recoverEndpoint(id, scope, since),
  };
}

/** Neither an account nor a mode holds a slash. */
function stubOf(namespace: Namespace, { account, mode }: Scope): DurableObjectStub<AccountObject> {
  return namespace.getByName(`${account}/${mode}`);
}

async function unlessBroken<T>(answer: Promise<T>): Promise<T | null> {
  try {
    // An object that still runs an older deploy may return undefined.
    return (await answer) ?? null;
  } catch {
    return null;
  }
}
