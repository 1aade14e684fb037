// Resends the deliveries that a webhook endpoint has missed. It walks through the index, a few generations per second,
// so that a host that has just recovered does not receive its whole backlog at once. It does not go by the log of the
// endpoint: the log lacks what is older than a month, or older than the log itself.

import type { Scope } from "../core/scope.ts";
import type { RecoveryProgress } from "../core/webhooks/endpoint-view.ts";

export interface Recovery extends RecoveryProgress {
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

/** What earlier releases store: only while it is running. */
export type StoredRecovery = Omit<Recovery, keyof RecoveryProgress> & Partial<RecoveryProgress>;

/** Pause between two steps in an account and mode, even if they belong to different recoveries. */
export const RECOVERY_PAUSE_MS = 1_000;

/** After this many failures a step is skipped. The recovery can be requested again. */
const MAX_FAILURES = 5;

/**
 * A recovery of the generations accepted since `since`. If the endpoint's last one is still running, it is extended, so
 * that its rest is not skipped.
 *
 * @param missedSince how many deliveries, of generations accepted since a time, the log says can be sent again.
 */
export function startedRecovery(
  { endpointId, scope, since }: Pick<Recovery, "endpointId" | "scope" | "since">,
  { last, missedSince, now }: { last: Recovery | null; missedSince: (since: number) => number; now: number },
): Recovery {
  const running = last?.finishedAt === null ? last : null;
  const createdAt = Math.min(since, running?.after.createdAt ?? since);
  const resent = running?.resent ?? 0;
  return {
    ...{ endpointId, scope, after: { createdAt, id: "" }, until: now, failures: 0, nextAt: now },
    since: Math.min(since, running?.since ?? since),
    matching: resent + missedSince(createdAt),
    resent,
    startedAt: running?.startedAt ?? now,
    finishedAt: null,
  };
}

/** @param resent the number of deliveries that the step has sent again. */
export function afterStep(
  recovery: Recovery,
  { last, failed, resent, now }: { last: Recovery["after"] | null; failed: boolean; resent: number; now: number },
): Recovery {
  if (last === null) return { ...recovery, finishedAt: now };
  const failures = recovery.failures + 1;
  const progressed = { ...recovery, resent: recovery.resent + resent };
  if (failed && failures < MAX_FAILURES) return { ...progressed, failures, nextAt: now + 60_000 };
  return { ...progressed, after: last, failures: 0, nextAt: now + RECOVERY_PAUSE_MS };
}

export function upgradedRecovery(stored: StoredRecovery): Recovery {
  const { after, until } = stored;
  return { since: after.createdAt, matching: 0, resent: 0, startedAt: until, finishedAt: null, ...stored };
}
