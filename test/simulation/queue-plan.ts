// The plan of one random history of a line: generations of several accounts share a provider key that takes few jobs.

import fc from "fast-check";
import { weighted } from "./plan.ts";

export interface QueueMemberPlan {
  readonly account: string;
  /** Milliseconds after the start. */
  readonly at: number;
  /** Milliseconds from the request until the caller cancels; null: never. */
  readonly cancelAfterMs: number | null;
  /** Limits the time until the provider accepts the job. */
  readonly queueTimeoutMs: number;
  /** How long the provider works on the job. */
  readonly jobMs: number;
  readonly jobEnd: "done" | "failed";
}

/** From a time on, in milliseconds after the start. */
interface From {
  readonly from: number;
}

export interface QueuePlan {
  readonly seed: number;
  /** How frequent faults are, from 0 (never) to 1 (each at its highest rate). */
  readonly trouble: number;
  readonly pollMs: number;
  /** How many jobs the provider takes at once. The first applies from the start. */
  readonly limits: readonly ({ readonly places: number } & From)[];
  /** How many of these places other users of the key take. */
  readonly others: readonly ({ readonly places: number } & From)[];
  /** At most `most` submissions are accepted within `perMs`; null: any number. */
  readonly rate: { readonly most: number; readonly perMs: number } | null;
  /** Sent with each refusal; null: no `Retry-After`. */
  readonly retryAfterMs: number | null;
  /** PROVIDER_MAX_CONCURRENT; 0 if the number is learned. */
  readonly maxConcurrent: number;
  /** The line's object does not answer in this time; null: it always does. */
  readonly outage: ({ readonly ms: number } & From) | null;
  readonly members: readonly QueueMemberPlan[];
  /** An account that cancels each generation that has its turn while its submission is under way; null: none. */
  readonly canceler: string | null;
  /** No generation answers the line in this time; null: they do. */
  readonly silence: ({ readonly ms: number } & From) | null;
}

/** A job that takes longer ends after its generation. */
export const TIMEOUT_MS = 600_000;

const DAY_MS = 86_400_000;

/** Long enough for every generation to notice. */
const LONG_OUTAGE_MS = 1_800_000;

/** Null in all but one of `many` plans. */
const rarely = <T>(many: number, value: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: many - 1, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: value });

const memberOf = (account: string, pollMs: number, latestMs: number): fc.Arbitrary<QueueMemberPlan> =>
  fc.record({
    account: fc.constant(account),
    at: fc.integer({ min: 0, max: latestMs }),
    cancelAfterMs: rarely(6, fc.integer({ min: 0, max: 20 * pollMs })),
    queueTimeoutMs: fc.oneof(
      { weight: 15, arbitrary: fc.constant(DAY_MS) },
      { weight: 1, arbitrary: fc.integer({ min: 5_000, max: 200_000 }) },
    ),
    jobMs: fc.oneof(
      { weight: 60, arbitrary: fc.integer({ min: Math.round(pollMs / 2), max: 6 * pollMs }) },
      { weight: 1, arbitrary: fc.constant(TIMEOUT_MS + 100_000) },
    ),
    jobEnd: weighted<QueueMemberPlan["jobEnd"]>([9, "done"], [1, "failed"]),
  });

/** A large account whose requests come together, and up to four small ones. */
const membersAt = (pollMs: number): fc.Arbitrary<readonly QueueMemberPlan[]> =>
  fc
    .tuple(
      fc.array(memberOf("large", pollMs, 2_000), { minLength: 8, maxLength: 60, size: "max" }),
      ...["b", "c", "d", "e"].map((account) => fc.array(memberOf(account, pollMs, 15 * pollMs), { maxLength: 5 })),
    )
    .map((accounts) => accounts.flat());

const places = weighted<number>([2, 1], [3, 5], [1, 50]);

const later = fc.integer({ min: 1_000, max: 200_000 });

export const queuePlans: fc.Arbitrary<QueuePlan> = weighted<number>([3, 1_000], [1, 5_000], [1, 10_000]).chain(
  (pollMs) =>
    fc.record({
      seed: fc.integer({ min: 0, max: 0x7fffffff }),
      trouble: fc.oneof(
        { weight: 1, arbitrary: fc.constant(0) },
        { weight: 3, arbitrary: fc.integer({ min: 0, max: 100 }).map((percent) => (percent / 100) ** 2) },
      ),
      pollMs: fc.constant(pollMs),
      limits: fc
        .tuple(places, rarely(2, fc.tuple(later, places)))
        .map(([first, change]) => [
          { from: 0, places: first },
          ...(change === null ? [] : [{ from: change[0], places: change[1] }]),
        ]),
      others: fc.oneof(
        { weight: 3, arbitrary: fc.constant([]) },
        {
          weight: 1,
          arbitrary: fc
            .array(fc.record({ from: later, places: fc.integer({ min: 0, max: 6 }) }), { maxLength: 8 })
            .map((taken) => [...taken, { from: 200_001, places: 0 }]),
        },
      ),
      rate: weighted<QueuePlan["rate"]>(
        [5, null],
        [1, { most: 1, perMs: 1_000 }],
        [1, { most: 4, perMs: 2_000 }],
        [1, { most: 10, perMs: 60_000 }],
      ),
      retryAfterMs: weighted<number | null>([5, null], [1, 1_000], [1, 30_000]),
      maxConcurrent: weighted<number>([6, 0], [1, 1], [1, 5]),
      outage: rarely(
        4,
        fc.record({
          from: fc.integer({ min: 0, max: 60_000 }),
          ms: fc.oneof({ weight: 3, arbitrary: later }, { weight: 1, arbitrary: fc.constant(LONG_OUTAGE_MS) }),
        }),
      ),
      members: membersAt(pollMs),
      canceler: rarely(8, fc.constant("large")),
      silence: rarely(
        6,
        fc.record({ from: fc.integer({ min: 0, max: 60_000 }), ms: fc.integer({ min: 60_000, max: 300_000 }) }),
      ),
    }),
);
