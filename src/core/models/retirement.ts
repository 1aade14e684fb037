// The retirement of a model, and when generations mention it.

import type { DeprecatedView } from "../../contract/models.ts";

/** An announced retirement. Times are in milliseconds since the Unix epoch. */
export interface Retirement {
  readonly endsAt: number;
  /** When the provider announced it. If unknown, when it was first seen here. */
  readonly announcedAt: number;
  /** Id of the model to use instead. */
  readonly replacement: string | null;
}

/** A generation mentions the retirement of its model from this long before the end. */
const NOTICE_MS = 30 * 24 * 60 * 60 * 1000;

/** The retirement, if it is at most 30 days after `now`, or past; otherwise null. */
export function nearRetirement(retirement: Retirement | null, now: number): Retirement | null {
  return retirement !== null && retirement.endsAt - now <= NOTICE_MS ? retirement : null;
}

export function deprecatedView(retirement: Retirement | null): DeprecatedView | null {
  if (retirement === null) return null;
  return { on: new Date(retirement.endsAt).toISOString().slice(0, 10), replacement: retirement.replacement };
}
