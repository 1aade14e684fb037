// The plan of one random history. Every random decision follows from it, so that a failed history can be replayed.

import fc from "fast-check";
import type { MicroUsd } from "../../src/core/money/micro-usd.ts";

/** How a webhook receiver behaves. */
export type ReceiverKind = "good" | "flaky" | "dead" | "gone" | "hanging";

/** The price that the provider states for a job. */
export interface Bill {
  readonly credits: number | null;
  readonly usd: MicroUsd | null;
  /** Whether the provider states it when it accepts the job, and therefore also for a job that fails. */
  readonly isUpfront: boolean;
}

export interface Plan {
  readonly seed: number;
  /** How frequent faults are, from 0 (never) to 1 (each at its highest rate). */
  readonly trouble: number;
  /** How long the provider works on the job, in seconds. */
  readonly jobSeconds: number;
  readonly jobEnd: "done" | "failed" | "never";
  readonly bill: Bill;
  /** Whether the provider uses unknown status words. */
  readonly speaksOwnWords: boolean;
  /** Time after the job's end in which the video's host gives wrong answers. Null if `trouble` decides each answer. */
  readonly hostRecoversMs: number | null;
  readonly receivers: readonly ReceiverKind[];
  /** The account's standing endpoints. */
  readonly endpoints: readonly ReceiverKind[];
  /** Whether the input holds data URIs and is staged in R2. */
  readonly staged: boolean;
  /** Seconds until the caller cancels; null: never. */
  readonly cancelAt: number | null;
  /** Retention of an ended generation, which may be shorter than the retry schedule; null: kept forever. */
  readonly retentionMs: number | null;
  /** Whether the caller deletes the generation once it has ended. */
  readonly deletes: boolean;
}

/** Less than the two minutes for which the Worker tolerates wrong answers of a video's host. */
const LONGEST_RECOVERY_MS = 100_000;

export const weighted = <T>(...choices: [number, T][]) =>
  fc.oneof(...choices.map(([weight, value]) => ({ weight, arbitrary: fc.constant(value) })));

const receiverKind = weighted<ReceiverKind>([5, "good"], [4, "flaky"], [1, "dead"], [1, "gone"], [1, "hanging"]);

export const plans: fc.Arbitrary<Plan> = fc.record({
  seed: fc.integer({ min: 0, max: 0x7fffffff }),
  trouble: fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100),
  jobSeconds: fc.integer({ min: 0, max: 700 }),
  jobEnd: weighted<Plan["jobEnd"]>([8, "done"], [2, "failed"], [1, "never"]),
  bill: fc.constant({ credits: 5, usd: null, isUpfront: false }),
  speaksOwnWords: weighted([3, false], [1, true]),
  hostRecoversMs: fc.option(fc.integer({ min: 0, max: LONGEST_RECOVERY_MS }), { freq: 2 }),
  receivers: fc.array(receiverKind, { maxLength: 7 }),
  endpoints: fc.array(receiverKind, { maxLength: 3 }),
  staged: fc.boolean(),
  cancelAt: fc.option(fc.integer({ min: 0, max: 800 }), { freq: 4 }),
  retentionMs: weighted<number | null>([3, null], [1, 1_000], [1, 3_600_000], [1, 86_400_000]),
  deletes: fc.boolean(),
});

/** Seeded random numbers from 0 to 1 (mulberry32), the same on every platform. */
export function chanceFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
