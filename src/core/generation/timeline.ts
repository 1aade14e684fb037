// The timeline of a generation, derived from its record: nothing is stored for it.

import type { EventData, TimelineItem, TimelineView } from "../../contract/events.ts";
import type { Status, TerminalStatus } from "../../contract/words.ts";
import { iso } from "../times.ts";
import type { Attempt, Delivery } from "../webhooks/delivery.ts";
import { attemptedView } from "../webhooks/delivery-view.ts";
import type { Life } from "./life.ts";
import { type Generation, isTerminal } from "./record.ts";
import { gridOf } from "./transitions.ts";

/** Orders what happens in the same millisecond. Part of item ids, so the numbers must not change. */
const RANKS = ["queued", "submitted", "started", "storing", "completed", "failed", "canceled"] as const;
const FIRST_END_RANK = RANKS.indexOf("completed");
const ATTEMPT_RANK = RANKS.length;

/**
 * The timeline shows only this many attempts, the newest: a generation has at most 240 deliveries with 50 attempts each.
 * 20 webhooks that fail all 12 attempts at both events have 480.
 */
const MAX_ATTEMPTS = 500;

/** @param data the generation as it is now. The item for its end carries it. */
export function timelineOf({ generation, deliveries }: Life, data: EventData): TimelineItem[] {
  const { state, createdAt } = generation;
  const job = "job" in state ? state.job : null;
  const startedAt = "startedAt" in state ? state.startedAt : null;
  const storingAt = state.phase === "storing" ? state.since : "storingAt" in state ? state.storingAt : null;
  const milestone = (type: (typeof RANKS)[number], status: Status, at: number | null | undefined): TimelineItem[] =>
    at == null ? [] : [item(at, RANKS.indexOf(type), `generation.${type}`, { status })];
  const end = isTerminal(generation) && "finishedAt" in state ? [endOf(state.phase, state.finishedAt, data)] : [];
  return [
    ...milestone("queued", "queued", createdAt),
    ...milestone("submitted", "queued", job?.acceptedAt),
    ...milestone("started", "generating", startedAt),
    ...milestone("storing", "storing", storingAt),
    ...end,
    ...newestAttempts(deliveries).map(([delivery, attempt]) => attemptItem(delivery, attempt)),
  ].sort((a, b) => (isAfter(a.id, b.id) ? 1 : -1));
}

/** The polls so far. They are too many to list one by one, and all lie on one grid. */
export function pollsOf(generation: Generation, { provider }: EventData): TimelineView["polls"] {
  const { state } = generation;
  if (!("job" in state) || state.job === null) return null;
  const { startedAt, intervalMs } = gridOf(generation, state.job);
  return { since: iso(startedAt), interval_seconds: intervalMs / 1000, count: provider.polls };
}

/** Whether the item with the first id comes after the item with the second. A malformed id comes before all items. */
export function isAfter(id: string, other: string): boolean {
  const [[at, rank, rest], [otherAt, otherRank, otherRest]] = [partsOf(id), partsOf(other)];
  if (at !== otherAt) return at > otherAt;
  return rank === otherRank ? rest > otherRest : rank > otherRank;
}

/** Whether this item is the end of the generation. */
export function isEnd({ id }: TimelineItem): boolean {
  const [, rank] = partsOf(id);
  return rank >= FIRST_END_RANK && rank < ATTEMPT_RANK;
}

function partsOf(id: string): [at: number, rank: number, rest: string] {
  const [, at = "-1", rank = "0", rest = ""] = /^(\d+)-(\d+)(?:-(\w+))?$/.exec(id) ?? [];
  return [Number(at), Number(rank), rest];
}

function item(at: number, rank: number, type: string, data: TimelineItem["data"], rest = ""): TimelineItem {
  return { id: `${at}-${rank}${rest && `-${rest}`}`, type, timestamp: iso(at), data };
}

function endOf(phase: TerminalStatus, at: number, data: EventData): TimelineItem {
  return item(at, RANKS.indexOf(phase), `generation.${phase}`, data);
}

function newestAttempts(deliveries: readonly Delivery[]): (readonly [Delivery, Attempt])[] {
  const all = deliveries.flatMap((delivery) => delivery.attempts.map((attempt) => [delivery, attempt] as const));
  return all.sort(([, a], [, b]) => endedAt(a) - endedAt(b)).slice(-MAX_ATTEMPTS);
}

/** An attempt is recorded only when it has ended. */
function endedAt({ at, durationMs }: Attempt): number {
  return at + durationMs;
}

function attemptItem(delivery: Delivery, attempt: Attempt): TimelineItem {
  return item(endedAt(attempt), ATTEMPT_RANK, "delivery.attempted", attemptedView(delivery, attempt), delivery.id);
}
