// The settings that apply to a generation. All durations are milliseconds.

/** Settings copied when the generation is accepted, so that later changes or mistakes do not affect it. */
export interface Policy {
  readonly pollIntervalMs: number;
  /** Limits the time from the provider's acceptance until the job is done. */
  readonly timeoutMs: number;
  /** Limits the time until the provider accepts the job. Absent in records of earlier releases. */
  readonly queueTimeoutMs?: number;
  /** Waits between the attempts of a delivery. The number of attempts is one more. */
  readonly retryDelaysMs: readonly number[];
  readonly maxVideoBytes: number;
  readonly linkTtlMs: number;
  /** How long video and record are kept after the generation ends. Null: until a caller deletes them. */
  readonly retentionMs: number | null;
}

/** How long the provider may take to accept the job. In earlier releases, `timeoutMs` limited this time, too. */
export function queueTimeoutMs({ queueTimeoutMs: own, timeoutMs }: Policy): number {
  return own ?? timeoutMs;
}
