// Sends an endpoint again what it has missed: a walk through the index, some generations a second, so that a host that has
// just come back is not met by its whole backlog at once.

import type { Scope } from "../core/scope.ts";

export interface Recovery {
  readonly endpointId: string;
  readonly scope: Scope;
  /** The next generation is the first after this place in the index. */
  readonly after: { readonly createdAt: number; readonly id: string };
  /** Generations that were accepted later are none of its business. */
  readonly until: number;
  /** How often the next step has failed in a row. */
  readonly failures: number;
  readonly nextAt: number;
}

/** Generations looked at in one step. */
export const RECOVERY_STEP = 20;

const RECOVERY_PAUSE_MS = 1_000;

/** After that a step is left out: a recovery can be asked for again. */
const MAX_FAILURES = 5;

/** The recovery after a step; null when there is nothing left of it. */
export function afterStep(
  recovery: Recovery,
  { last, failed, now }: { last: Recovery["after"] | null; failed: boolean; now: number },
): Recovery | null {
  if (last === null) return null;
  const failures = recovery.failures + 1;
  if (failed && failures < MAX_FAILURES) return { ...recovery, failures, nextAt: now + 60_000 };
  return { ...recovery, after: last, failures: 0, nextAt: now + RECOVERY_PAUSE_MS };
}
