// Recipients of an event: one delivery per URL and event.

import type { WebhookState } from "../../contract/words.ts";
import { abandoned, type Delivery, newDelivery, type Recipient } from "./delivery.ts";
import type { FrozenEvent, RequestedWebhook } from "./events.ts";
import { sameUrl } from "./url-identity.ts";

/** An event and the webhook endpoints that subscribe to it. */
export interface EventRecipients {
  readonly event: FrozenEvent;
  readonly recipients: readonly Recipient[];
}

interface FanOutContext {
  readonly existing: readonly Delivery[];
  readonly newId: () => string;
}

type EventHead = Pick<FrozenEvent, "type" | "at">;

/** New deliveries of an event to the webhooks named in the request. */
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
 * New and changed deliveries of an event to webhook endpoints. An endpoint whose URL already has a delivery of this
 * event shares it: both secrets sign from now on.
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

/** Pending deliveries to end because the changed one was answered with 410: its webhook receives nothing more. */
export function abandonedBy(changed: Delivery, deliveries: readonly Delivery[]): Delivery[] {
  if (changed.state !== "gone") return [];
  return deliveries
    .filter(({ id, url, state }) => id !== changed.id && state === "pending" && sameUrl(url, changed.url))
    .map(abandoned);
}

/**
 * `gone` once the webhook has answered 410. Otherwise `pending` until the generation has finished and all deliveries
 * are settled; then `skipped` without deliveries, `failed` if one failed, else `delivered`.
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
