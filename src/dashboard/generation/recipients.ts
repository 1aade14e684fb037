// Who will be told about a generation: the webhooks that its request named, and the enabled webhook endpoints.

import type { DeliveryView } from "../../contract/deliveries.ts";
import type { GenerationView } from "../../contract/generation.ts";
import type { EndpointView } from "../../contract/webhook-endpoints.ts";
import { type EventType, isTerminalStatus, TERMINAL_EVENTS } from "../../contract/words.ts";
import { counted } from "../shared/units.ts";

export interface Recipient {
  readonly url: string;
  /** The events that it is still to be told of. */
  readonly events: readonly EventType[];
  /** Null if only the request named it. */
  readonly endpointId: string | null;
}

export type Standing = Pick<EndpointView, "id" | "url" | "events" | "enabled">;

/**
 * The webhooks that will be told of what is still to happen. A URL that the request and an endpoint have is told once.
 *
 * @param endpoints null if they are not known.
 */
export function recipientsOf(
  generation: Pick<GenerationView, "status" | "started_at" | "webhooks">,
  deliveries: readonly Pick<DeliveryView, "url" | "state">[],
  endpoints: readonly Standing[] | null,
): readonly Recipient[] {
  if (isTerminalStatus(generation.status)) return [];
  const named = generation.webhooks.map(({ url, events }) => ({ url, events, endpointId: null }));
  const standing = (endpoints ?? []).filter(({ enabled }) => enabled);
  const all = [...named, ...standing.map(({ id, url, events }) => ({ url, events, endpointId: id }))];
  const gone = new Set(deliveries.filter(({ state }) => state === "gone").map(({ url }) => url));
  const isToCome = (event: EventType) =>
    event === "generation.started" ? generation.started_at === null : TERMINAL_EVENTS.includes(event);
  return [...Map.groupBy(all, ({ url }) => url)].flatMap(([url, same]) => {
    const events = [...new Set(same.flatMap((each) => each.events))].filter(isToCome);
    const endpointId = same.find((each) => each.endpointId !== null)?.endpointId ?? null;
    return events.length === 0 || gone.has(url) ? [] : [{ url, events, endpointId }];
  });
}

/** Such as `2 webhooks of the request and 4 webhook endpoints will be told.` */
export function announcement(recipients: readonly Recipient[]): string {
  const standing = recipients.filter(({ endpointId }) => endpointId !== null).length;
  const named = recipients.length - standing;
  const parts = [
    ...(named === 0 ? [] : [`${counted(named, "webhook")} of the request`]),
    ...(standing === 0 ? [] : [counted(standing, "webhook endpoint")]),
  ];
  return `${parts.join(" and ")} will be told.`;
}
