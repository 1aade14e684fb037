// A model of a provider with limits, at which the rules of capacity (src/core/queue) are tried without anything else: a
// line of generations, answers that take a while, and ends of jobs that polls see late.

import {
  afterAccepted,
  afterFreed,
  afterGrants,
  afterRefused,
  type Capacity,
  grantable,
  UNKNOWN_CAPACITY,
} from "../../src/core/queue/capacity.ts";
import { chanceFrom } from "../simulation/plan.ts";

export interface Provider {
  /** Jobs at once. Absent: any number. */
  readonly places?: number;
  /** Submissions in each second. Absent: any number. */
  readonly perSecond?: number;
  /** A `Retry-After` with each refusal, in milliseconds. Absent: none. */
  readonly retryAfterMs?: number;
  readonly jobMs: number;
  /** How much longer or shorter a job may take, as a fraction of `jobMs`. Default 0. */
  readonly spread?: number;
  /** Places that others hold at a time, in milliseconds since the start. */
  readonly others?: (now: number) => number;
}

export interface Burst {
  /** Generations that are submitted at once, before there is a line. */
  readonly generations: number;
  readonly provider: Provider;
  /** From this time on, the provider has other limits. */
  readonly changes?: { readonly at: number; readonly provider: Provider };
  readonly intervalMs: number;
  readonly answerMs: number;
  /** PROVIDER_MAX_CONCURRENT: nobody is submitted without a turn. Default 0. */
  readonly maxConcurrent?: number;
}

export interface BurstFigures {
  readonly tookMs: number;
  /** Time of each accepted and refused submission from the line. */
  readonly acceptedAt: readonly number[];
  readonly refusedAt: readonly number[];
  /** Longest time in which somebody waited, a place was free, and nobody was on the way to it. */
  readonly longestIdleMs: number;
}

interface Job {
  readonly endsAt: number;
  readonly seenAt: number;
  /** Whether it came from the line. */
  readonly isCounted: boolean;
}

const STEP_MS = 10;
const MOST_MS = 6 * 60 * 60_000;

export function playBurst({ generations, changes, intervalMs, answerMs, ...burst }: Burst): BurstFigures {
  const settings = { intervalMs, maxConcurrent: burst.maxConcurrent ?? 0 };
  const random = chanceFrom(19);
  const acceptedAt: number[] = [];
  const refusedAt: number[] = [];
  let jobs: Job[] = [];
  let flights: { readonly grantedAt: number }[] = [];
  let capacity: Capacity = UNKNOWN_CAPACITY;
  let [now, waiting, running, done] = [0, generations, 0, 0];
  let [second, inSecond] = [0, 0];
  let [idleMs, longestIdleMs] = [0, 0];

  const provider = () => (changes !== undefined && now >= changes.at ? changes.provider : burst.provider);
  const situation = () => ({ places: { running, granted: flights.length }, settings, now });

  function hasRoom(): boolean {
    const { places = Number.POSITIVE_INFINITY, others = () => 0 } = provider();
    return jobs.filter(({ endsAt }) => endsAt > now).length + others(now) < places;
  }

  function isAccepted(isCounted: boolean): boolean {
    const { perSecond = Number.POSITIVE_INFINITY, jobMs, spread = 0 } = provider();
    if (now >= second + 1_000) [second, inSecond] = [now, 0];
    if (!hasRoom() || inSecond >= perSecond) return false;
    inSecond++;
    const takesMs = jobMs * (1 - spread + 2 * spread * random());
    jobs.push({ endsAt: now + takesMs, seenAt: now + Math.ceil(takesMs / intervalMs) * intervalMs, isCounted });
    return true;
  }

  function refused(grantedAt: number): void {
    const refusal = { retryAfterMs: provider().retryAfterMs ?? null, grantedAt };
    capacity = afterRefused(capacity, refusal, situation());
  }

  if (settings.maxConcurrent === 0) {
    for (let at = 0; at < generations; at++) if (isAccepted(false)) waiting--;
    refused(0);
  }
  while (done < generations && now < MOST_MS) {
    now += STEP_MS;
    const answered = flights.filter(({ grantedAt }) => grantedAt + answerMs <= now);
    for (const flight of answered) {
      flights = flights.filter((each) => each !== flight);
      if (isAccepted(true)) {
        running++;
        acceptedAt.push(now);
        capacity = afterAccepted(capacity, situation());
      } else {
        waiting++;
        refusedAt.push(now);
        refused(flight.grantedAt);
      }
    }
    const seen = jobs.filter(({ seenAt }) => seenAt <= now);
    if (seen.length > 0) jobs = jobs.filter(({ seenAt }) => seenAt > now);
    for (const { isCounted } of seen) {
      done++;
      if (!isCounted) continue;
      running--;
      capacity = afterFreed(capacity, situation());
    }
    const turns = Math.min(waiting, waiting === 0 ? 0 : grantable(capacity, situation()));
    if (turns > 0) capacity = afterGrants(capacity, now);
    waiting -= turns;
    for (let turn = 0; turn < turns; turn++) flights.push({ grantedAt: now });
    idleMs = waiting > 0 && flights.length === 0 && hasRoom() ? idleMs + STEP_MS : 0;
    longestIdleMs = Math.max(longestIdleMs, idleMs);
  }
  return { tookMs: now, acceptedAt, refusedAt, longestIdleMs };
}
