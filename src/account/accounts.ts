// Accounts, as the others see them: a scope leads to its object.

import type { Scope } from "../core/generation/record.ts";
import { unlessLate } from "../outbound/deadlines.ts";
import type { Accounts, Index, Webhooks } from "../ports.ts";
import type { AccountObject } from "./object.ts";

/** A delivery does not wait for long: what it needs to know hardly ever changes, and was told before. */
const SIGNING_TIMEOUT_MS = 2_000;

type Namespace = DurableObjectNamespace<AccountObject>;

export function accountsIn(namespace: Namespace): Accounts {
  return {
    report: (scope, summary, events) => unlessBroken(stubOf(namespace, scope).report(summary, events)),
    signing: (scope, deliveries) =>
      unlessBroken(unlessLate(stubOf(namespace, scope).signing(deliveries), SIGNING_TIMEOUT_MS)),
    async attempted(scope, result) {
      await unlessBroken(stubOf(namespace, scope).attempted(result));
    },
  };
}

export function indexIn(namespace: Namespace): Index {
  return {
    list: async (scope, order) => stubOf(namespace, scope).list(order),
    reserve: async (scope, place, most) => stubOf(namespace, scope).reserve(place, most),
    release: async (scope, place) => stubOf(namespace, scope).release(place),
    listen: async (scope, after) => stubOf(namespace, scope).listen(after),
  };
}

/** Failures are thrown: whoever asked is there to be told. */
export function webhooksIn(namespace: Namespace): Webhooks {
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
  return namespace.get(namespace.idFromName(`${account}/${mode}`));
}

async function unlessBroken<T>(answer: Promise<T>): Promise<T | null> {
  try {
    // An older deploy of the account may know no answer.
    return (await answer) ?? null;
  } catch {
    return null;
  }
}
