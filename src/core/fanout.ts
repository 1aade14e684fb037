// Who is told of an event: one delivery for each URL and event.

import { abandoned, type Delivery, newDelivery } from "./delivery.ts";
import type { EventType, RequestedWebhook } from "./events.ts";

/** Deliveries to make for an event that has just happened. */
export function deliveriesFor(
  event: { type: EventType; at: number },
  webhooks: readonly RequestedWebhook[],
  { existing, newId }: { existing: readonly Delivery[]; newId: () => string },
): Delivery[] {
  const gone = new Set(existing.filter(({ state }) => state === "gone").map(({ url }) => url));
  return webhooks
    .filter(({ url, events }) => events.includes(event.type) && !gone.has(url))
    .map(({ url }) => newDelivery(newId(), event.type, url, event.at));
}

/** What else changes when a delivery has: a webhook that is gone gets nothing more. */
export function consequences(changed: Delivery, deliveries: readonly Delivery[]): Delivery[] {
  if (changed.state !== "gone") return [];
  return deliveries
    .filter(({ id, url, state }) => id !== changed.id && url === changed.url && state === "pending")
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
  const own = deliveries.filter(({ url }) => url === webhook.url);
  if (own.some(({ state }) => state === "gone")) return "gone";
  if (!finished || own.some(({ state }) => state === "pending")) return "pending";
  if (own.length === 0) return "skipped";
  return own.some(({ state }) => state === "failed") ? "failed" : "delivered";
}
