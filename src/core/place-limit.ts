// How many generations a scope may have in flight, and in test mode also how many it may create.

import type { Mode } from "../contract/words.ts";
import type { BucketRule } from "./token-bucket.ts";

export interface PlaceLimit {
  /** Generations in flight at once. */
  readonly most: number;
  /** New generations; null for no limit. */
  readonly pace: BucketRule | null;
}

/** Test mode is free, and each of its generations may call 120 webhooks several times. */
export const TEST_MODE: PlaceLimit & { readonly pace: BucketRule } = {
  most: 200,
  // The rate of 200 places that are each held for the 25 s of a sandbox job. The places alone would not limit
  // generations that end at once because they are canceled or refused.
  pace: { size: 200, refillMs: 125 },
};

/** @param maxInFlight MAX_IN_FLIGHT_PER_ACCOUNT; 0 for no limit. @returns null if there is no limit. */
export function placeLimit(mode: Mode, maxInFlight: number): PlaceLimit | null {
  const most = maxInFlight === 0 ? null : maxInFlight;
  if (mode === "test") return { ...TEST_MODE, most: Math.min(most ?? TEST_MODE.most, TEST_MODE.most) };
  return most === null ? null : { most, pace: null };
}
