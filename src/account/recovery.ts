// Resends the deliveries that a webhook endpoint has missed. It walks through the index, a few generations per second,
// so that a host that has just recovered does not receive its whole backlog at once.

import type { Scope } from "../core/scope.ts";

export interface Recovery {
  readonly endpointId: string;
  readonly scope: Scope;
  /** Position in the index. The next step starts with the first generation after it. */
  readonly after: { readonly createdAt: number; readonly id: string };
  /** Generations accepted after this time are not included. */
  readonly until: number;
  /** How many times in a row the next step has failed. */
  readonly failures: number;
  readonly nextAt: number;
}

/** Pause between two steps in an account and mode, even if they belong to different recoveries. */
export const RECOVERY_PAUSE_MS = 1_000;

/** After this many failures a step is skipped. The recovery can be requested again. */
const MAX_FAILURES = 5;

/** The recovery after a step; null when it is finished. */
export function afterStep(
  recovery: Recovery,
  { last, failed, now }: { last: Recovery["after"] | null; failed: boolean; now: number },
): Recovery | null {
  if (last === null) return null;
  const failures = recovery.failures + 1;
  if (failed && failures < MAX_FAILURES) return { ...recovery, failures, nextAt: now + 60_000 };
  return { ...recovery, after: last, failures: 0, nextAt: now + RECOVERY_PAUSE_MS };
}
