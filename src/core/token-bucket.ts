// A token bucket limits how often something may happen: in bursts up to its size, and steadily after that.

export interface BucketRule {
  /** Tokens in a full bucket. */
  readonly size: number;
  /** Milliseconds until one token is added. */
  readonly refillMs: number;
}

export interface Bucket {
  /** What is in the bucket, as the time that it takes to refill: one token is `refillMs`. Whole numbers stay exact. */
  readonly filledMs: number;
  /** When that was true. */
  readonly at: number;
}

export interface Taken {
  readonly bucket: Bucket;
  /** 0 if a token was taken. Otherwise none was, and this is the time until there is one. */
  readonly waitMs: number;
}

/** @param bucket null is a full bucket. If the clock is set back, nothing is added until it moves on from there. */
export function takeToken(bucket: Bucket | null, { size, refillMs }: BucketRule, now: number): Taken {
  const full = size * refillMs;
  const filledMs = bucket === null ? full : Math.min(full, bucket.filledMs + Math.max(0, now - bucket.at));
  const left = filledMs - refillMs;
  return left < 0
    ? { bucket: { filledMs, at: now }, waitMs: -left }
    : { bucket: { filledMs: left, at: now }, waitMs: 0 };
}
