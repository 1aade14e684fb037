// Read-only API keys cannot change anything or read secrets.

import type { MiddlewareHandler } from "hono";
import type { DeliveryView } from "../contract/deliveries.ts";
import type { EndpointView } from "../contract/webhook-endpoints.ts";
import type { AppEnv } from "./app-env.ts";
import { Problem } from "./problem.ts";

/** Whether requests with this method change nothing. */
export function isReading(method: string): boolean {
  return ["GET", "HEAD"].includes(method.toUpperCase());
}

/** Refuses methods that may change something. Comes after `limited`, so that refused requests are counted, too. */
export function onlyReading(): MiddlewareHandler<AppEnv> {
  return async function onlyReading(c, next) {
    if (c.get("isReadOnly") && !isReading(c.req.method)) throw refused();
    await next();
  };
}

/** For routes whose answer has a secret. */
export function notReadOnly(): MiddlewareHandler<AppEnv> {
  return async function notReadOnly(c, next) {
    if (c.get("isReadOnly")) throw refused();
    await next();
  };
}

const HIDDEN = "[hidden]";

/**
 * The endpoint without what may hold its receiver's password: the values of its custom headers, and the text of its
 * answer. Receivers, and gateways before them, may repeat a request's headers, for example to say that a token is wrong.
 */
export function endpointWithoutSecrets(endpoint: EndpointView): EndpointView {
  const { headers, health } = endpoint;
  const { last_attempt } = health;
  return {
    ...endpoint,
    headers: Object.fromEntries(Object.keys(headers).map((name) => [name, HIDDEN])),
    health: { ...health, last_attempt: last_attempt && withoutAnswer(last_attempt) },
  };
}

/** The delivery without the answers of a webhook endpoint. Webhooks of a request have no custom headers to repeat. */
export function deliveryWithoutSecrets<Delivery extends DeliveryView>(delivery: Delivery): Delivery {
  if (delivery.endpoint_id === null) return delivery;
  return { ...delivery, attempts: delivery.attempts.map(withoutAnswer) };
}

function withoutAnswer<Attempt extends { readonly response: string | null }>(attempt: Attempt): Attempt {
  return { ...attempt, response: attempt.response && HIDDEN };
}

function refused(): Problem {
  return new Problem("forbidden", "This API key is read-only: it cannot change anything or read secrets.");
}
