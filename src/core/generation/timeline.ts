// What has happened to a generation so far, told from its record: nothing is stored for it.

import { iso } from "../times.ts";
import type { Attempt, Delivery } from "../webhooks/delivery.ts";
import { attemptedView } from "../webhooks/delivery-view.ts";
import type { Life } from "./life.ts";
import { type Generation, isTerminal, type Status } from "./record.ts";
import type { EventView } from "./view.ts";

export interface TimelineItem {
  /** Unique in this generation, and ordered: see `isAfter`. */
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly data: object;
}

export interface Timeline {
  readonly object: "list";
  readonly data: readonly TimelineItem[];
  /** Fewer than the time since then holds, when backoff left some out; null before the provider accepted. */
  readonly polls: { readonly since: string; readonly interval_seconds: number; readonly count: number } | null;
}

/** Two things can happen in the same millisecond, but not in another order. */
const RANKS = ["queued", "submitted", "started", "storing", "completed", "failed", "canceled"] as const;
const ATTEMPT_RANK = RANKS.length;

/** @param view the generation as it is now: what its end tells. */
export function timelineOf({ generation, deliveries }: Life, view: EventView): TimelineItem[] {
  const { state, createdAt } = generation;
  const job = "job" in state ? state.job : null;
  const startedAt = "startedAt" in state ? state.startedAt : null;
  const storingAt = state.phase === "storing" ? state.since : "storingAt" in state ? state.storingAt : null;
  const milestone = (type: (typeof RANKS)[number], status: Status, at: number | null | undefined): TimelineItem[] =>
    at == null ? [] : [item(at, RANKS.indexOf(type), `generation.${type}`, { status })];
  const end = isTerminal(generation) && "finishedAt" in state ? [endOf(state.phase, state.finishedAt, view)] : [];
  return [
    ...milestone("queued", "queued", createdAt),
    ...milestone("submitted", "queued", job?.acceptedAt),
    ...milestone("started", "generating", startedAt),
    ...milestone("storing", "storing", storingAt),
    ...end,
    ...deliveries.flatMap((delivery) => delivery.attempts.map((attempt) => attemptItem(delivery, attempt))),
  ].sort((a, b) => (isAfter(a.id, b.id) ? 1 : -1));
}

/** Polls are too many to be told one by one: each lay on the grid that begins with the provider's acceptance. */
export function pollsOf({ state, policy }: Generation, { provider }: EventView): Timeline["polls"] {
  if (!("job" in state) || state.job === null) return null;
  const { acceptedAt } = state.job;
  return { since: iso(acceptedAt), interval_seconds: policy.pollIntervalMs / 1000, count: provider.polls };
}

/** Whether an item comes after the one with that id; with an id that is none of ours, everything does. */
export function isAfter(id: string, other: string): boolean {
  const [[at, rank, rest], [otherAt, otherRank, otherRest]] = [partsOf(id), partsOf(other)];
  if (at !== otherAt) return at > otherAt;
  return rank === otherRank ? rest > otherRest : rank > otherRank;
}

export function isEnd({ type }: TimelineItem): boolean {
  return /^generation\.(completed|failed|canceled)$/.test(type);
}

function partsOf(id: string): [at: number, rank: number, rest: string] {
  const [, at = "-1", rank = "0", rest = ""] = /^(\d+)-(\d+)(?:-(\w+))?$/.exec(id) ?? [];
  return [Number(at), Number(rank), rest];
}

function item(at: number, rank: number, type: string, data: object, rest = ""): TimelineItem {
  return { id: `${at}-${rank}${rest && `-${rest}`}`, type, timestamp: iso(at), data };
}

function endOf(phase: "completed" | "failed" | "canceled", at: number, view: EventView): TimelineItem {
  return item(at, RANKS.indexOf(phase), `generation.${phase}`, view);
}

/** When its answer came: until then nobody knew of it. */
function attemptItem(delivery: Delivery, attempt: Attempt): TimelineItem {
  const { at, durationMs } = attempt;
  return item(at + durationMs, ATTEMPT_RANK, "delivery.attempted", attemptedView(delivery, attempt), delivery.id);
}
