// What a change of state means to callers: events, frozen as they happen.

import { type EventType, eventBody, type FrozenEvent } from "./events.ts";
import type { Resolved } from "./fanout.ts";
import { type Generation, isTerminal } from "./generation.ts";
import type { SignedLink } from "./outcome.ts";
import { eventView } from "./view.ts";

export interface Change {
  readonly generation: Generation;
  /** What has just happened, in order. */
  readonly happenings: readonly FrozenEvent[];
  /** Earlier events for which the account has named the standing endpoints. */
  readonly resolved: readonly Resolved[];
}

export function unchanged(generation: Generation): Change {
  return { generation, happenings: [], resolved: [] };
}

/** Follows each step of a change, so that no event is lost where one outcome means two of them. */
export function steps(
  before: Generation,
  after: readonly Generation[],
  now: number,
  link: SignedLink | null = null,
): Change {
  const happenings: FrozenEvent[] = [];
  let latest = before;
  for (const generation of after) {
    const type = eventBetween(latest, generation);
    if (type !== null) {
      happenings.push({ type, at: now, body: eventBody(type, now, eventView(generation, { now, link })) });
    }
    latest = generation;
  }
  if (happenings.length === 0) return { generation: latest, happenings, resolved: [] };
  return { generation: { ...latest, unresolved: [...latest.unresolved, ...happenings] }, happenings, resolved: [] };
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
