// A draft is a life while a step works on it. Each rule takes a draft and returns a new one, or the same one if nothing
// changes. At the end of the step, the differences are written (changes.ts).

import type { EventType } from "../../contract/words.ts";
import type { Delivery } from "../webhooks/delivery.ts";
import { buildEventBody, type FrozenEvent } from "../webhooks/events.ts";
import { type EventRecipients, endpointDeliveries, requestedDeliveries } from "../webhooks/fan-out.ts";
import type { SignedLink } from "./action.ts";
import type { Context } from "./context.ts";
import type { Life } from "./life.ts";
import { type Generation, isTerminal } from "./record.ts";
import { eventData } from "./view.ts";

export interface Draft extends Life {
  /** Bodies of events that get deliveries in this step. Every attempt sends exactly these bytes. */
  readonly bodies: ReadonlyMap<EventType, string>;
}

export function draftOf(life: Life): Draft {
  return { ...life, bodies: new Map() };
}

export function withGeneration(draft: Draft, generation: Generation): Draft {
  return generation === draft.generation ? draft : { ...draft, generation };
}

/** Replaces the deliveries with the same ids, and appends new ones. */
export function withDeliveries(draft: Draft, changed: readonly Delivery[]): Draft {
  if (changed.length === 0) return draft;
  const all = new Map([...draft.deliveries, ...changed].map((delivery) => [delivery.id, delivery]));
  return { ...draft, deliveries: [...all.values()] };
}

/** Passes through each state in order, so that no event is lost when one outcome causes two of them. */
export function advance(
  draft: Draft,
  states: readonly Generation[],
  context: Context,
  link: SignedLink | null = null,
): Draft {
  let after = draft;
  const events: FrozenEvent[] = [];
  for (const generation of states) {
    const type = eventBetween(after.generation, generation);
    after = withGeneration(after, generation);
    if (type === null) continue;
    const { now } = context;
    const event = { type, at: now, body: buildEventBody(type, now, eventData(generation, { now, link })) };
    events.push(event);
    const fanOut = { existing: after.deliveries, newId: () => context.newDeliveryId() };
    after = withEventDeliveries(after, event, requestedDeliveries(event, generation.webhooks, fanOut));
  }
  if (events.length === 0) return after;
  const unresolved = [...after.generation.unresolved, ...events];
  return withGeneration(after, { ...after.generation, unresolved });
}

/** Adds deliveries of an event to the webhook endpoints that subscribe to it. */
export function fanOutToEndpoints(draft: Draft, { event, recipients }: EventRecipients, context: Context): Draft {
  const fanOut = { existing: draft.deliveries, newId: () => context.newDeliveryId() };
  return withEventDeliveries(draft, event, endpointDeliveries(event, recipients, fanOut));
}

function withEventDeliveries(draft: Draft, { type, body }: FrozenEvent, deliveries: readonly Delivery[]): Draft {
  if (deliveries.length === 0) return draft;
  return { ...withDeliveries(draft, deliveries), bodies: new Map([...draft.bodies, [type, body]]) };
}

function eventBetween(before: Generation, after: Generation): EventType | null {
  if (before === after) return null;
  if (after.state.phase === "generating" && before.state.phase !== "generating") return "generation.started";
  if (!isTerminal(after) || isTerminal(before)) return null;
  switch (after.state.phase) {
    case "completed":
      return "generation.completed";
    case "failed":
      return "generation.failed";
    default:
      return "generation.canceled";
  }
}
