// A token bucket limits how often something may happen: in bursts up to its size, and steadily after that.

export interface BucketRule {
  /** Tokens in a full bucket. */
  readonly size: number;
  /** Milliseconds until one token is added. */
  readonly refillMs: number;
}

export interface Bucket {
  /**
   * Content, as the time that it takes to refill it: one token is `refillMs`. Whole milliseconds have no rounding
   * error.
   */
  readonly filledMs: number;
  /** Time of that content. */
  readonly at: number;
}

export interface Taken {
  readonly bucket: Bucket;
  /** 0 if a token was taken. Otherwise none was taken, and this is the time until there is one. */
  readonly waitMs: number;
}

/** @param bucket null for a full one. If the clock is set back, the bucket refills from the new time. */
export function takeToken(bucket: Bucket | null, { size, refillMs }: BucketRule, now: number): Taken {
  const full = size * refillMs;
  const filledMs = bucket === null ? full : Math.min(full, bucket.filledMs + Math.max(0, now - bucket.at));
  const left = filledMs - refillMs;
  return left < 0
    ? { bucket: { filledMs, at: now }, waitMs: -left }
    : { bucket: { filledMs: left, at: now }, waitMs: 0 };
}
