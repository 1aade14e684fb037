// The end of a model, and when callers are told of it.

import type { DeprecatedView } from "../../contract/models.ts";

/** The announced end of a model. Times are in milliseconds since the Unix epoch. */
export interface Retirement {
  readonly endsAt: number;
  /** When the provider announced it, or else when it was first seen here. */
  readonly announcedAt: number;
  /** Id of the model to use instead. */
  readonly replacement: string | null;
}

/** Generations accepted this long before the end of their model, or later, say that it ends. */
const NOTICE_MS = 30 * 24 * 60 * 60 * 1000;

/** The retirement, if the model ends within 30 days of `now` or has ended; otherwise null. */
export function nearRetirement(retirement: Retirement | null, now: number): Retirement | null {
  return retirement !== null && retirement.endsAt - now <= NOTICE_MS ? retirement : null;
}

export function deprecatedView(retirement: Retirement | null): DeprecatedView | null {
  if (retirement === null) return null;
  return { on: new Date(retirement.endsAt).toISOString().slice(0, 10), replacement: retirement.replacement };
}
