// The limits on a scope's new generations: how many may be in flight, its budget, and in test mode also how fast it may
// create them.

import type { Mode } from "../contract/words.ts";
import type { Position } from "./cursor.ts";
import type { Budget } from "./money/budget.ts";
import type { MicroUsd } from "./money/micro-usd.ts";
import type { BucketRule } from "./token-bucket.ts";

/** How many generations a scope may have in flight, and how fast it may create them. */
export interface PlaceLimit {
  /** Generations in flight at once. */
  readonly most: number;
  /** Rate of new generations; null for no limit. */
  readonly pace: BucketRule | null;
}

/** Test mode is free, and each of its generations may call 120 webhooks several times. */
export const TEST_MODE: PlaceLimit & { readonly pace: BucketRule } = {
  most: 200,
  // The rate of 200 places that are each held for the 25 s of a sandbox job. The places alone would not limit
  // generations that end at once because they are canceled or refused.
  pace: { size: 200, refillMs: 125 },
};

/** The limits of a scope. At least one of them is not null. */
export interface Limits {
  /** Null for no limit. */
  readonly places: PlaceLimit | null;
  /** Null for no limit. */
  readonly budget: Budget | null;
}

/** What a request reserves for the generation that it may create. */
export interface Place extends Position {
  readonly model: string;
  /** The catalogue's price for the input; null if it is not known. */
  readonly estimate: MicroUsd | null;
}

/**
 * The limits on new generations in this mode.
 *
 * @param maxInFlight MAX_IN_FLIGHT_PER_ACCOUNT; 0 for no limit.
 * @param budget the account's budget; null for no limit. Ignored in test mode, which costs nothing.
 * @returns null if there is no limit.
 */
export function limitsOf(mode: Mode, maxInFlight: number, budget: Budget | null): Limits | null {
  const most = maxInFlight === 0 ? null : maxInFlight;
  if (mode === "test") {
    const places = { ...TEST_MODE, most: Math.min(most ?? TEST_MODE.most, TEST_MODE.most) };
    return { places, budget: null };
  }
  if (most === null && budget === null) return null;
  return { places: most === null ? null : { most, pace: null }, budget };
}
