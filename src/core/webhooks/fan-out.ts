// Who is told of an event: one delivery for each URL and event.

import { abandoned, type Delivery, newDelivery, type Recipient } from "./delivery.ts";
import type { FrozenEvent, RequestedWebhook } from "./events.ts";
import { sameUrl } from "./url-identity.ts";

/** An event, and the standing endpoints that want it. */
export interface EventRecipients {
  readonly event: FrozenEvent;
  readonly recipients: readonly Recipient[];
}

interface FanOutContext {
  readonly existing: readonly Delivery[];
  readonly newId: () => string;
}

type EventHead = Pick<FrozenEvent, "type" | "at">;

/** Deliveries to make, to the webhooks of the request, for an event that has just happened. */
export function requestedDeliveries(
  event: EventHead,
  webhooks: readonly RequestedWebhook[],
  context: FanOutContext,
): Delivery[] {
  return webhooks
    .filter(({ url, events }) => events.includes(event.type) && !isGone(url, context.existing))
    .map(({ url }) => newDelivery(context.newId(), event.type, { url, endpointId: null }, event.at));
}

/**
 * Deliveries to make, to standing endpoints, for an event that they want. One whose URL the request has named as well
 * shares its delivery: both secrets sign what is sent from now on.
 */
export function endpointDeliveries(
  event: EventHead,
  recipients: readonly Recipient[],
  context: FanOutContext,
): Delivery[] {
  return recipients.flatMap((recipient) => {
    const { url, endpointId } = recipient;
    const shared = context.existing.find((delivery) => delivery.event === event.type && sameUrl(delivery.url, url));
    if (shared !== undefined) return shared.endpointId === null ? [{ ...shared, endpointId }] : [];
    if (isGone(url, context.existing)) return [];
    return [newDelivery(context.newId(), event.type, recipient, event.at)];
  });
}

function isGone(url: string, existing: readonly Delivery[]): boolean {
  return existing.some((delivery) => delivery.state === "gone" && sameUrl(delivery.url, url));
}

/** What else changes when a delivery has: a webhook that is gone gets nothing more. */
export function abandonedBy(changed: Delivery, deliveries: readonly Delivery[]): Delivery[] {
  if (changed.state !== "gone") return [];
  return deliveries
    .filter(({ id, url, state }) => id !== changed.id && state === "pending" && sameUrl(url, changed.url))
    .map(abandoned);
}

/** How one webhook of a request stands. */
export type WebhookState = "pending" | "delivered" | "failed" | "gone" | "skipped";

/**
 * `pending` until all it asked for has happened or can no longer happen; then the worst of its deliveries, or `skipped`
 * when nothing that it asked for has happened.
 */
export function webhookState(
  webhook: RequestedWebhook,
  deliveries: readonly Delivery[],
  finished: boolean,
): WebhookState {
  const own = deliveries.filter(({ url, requested }) => requested && sameUrl(url, webhook.url));
  if (own.some(({ state }) => state === "gone")) return "gone";
  if (!finished || own.some(({ state }) => state === "pending")) return "pending";
  if (own.length === 0) return "skipped";
  return own.some(({ state }) => state === "failed") ? "failed" : "delivered";
}
