// Reports the generation's status to the account. This is an outbox: a report is due until the account has acknowledged
// the current status. The answer names the webhook endpoints that subscribe to the generation's new events.

import { backoff } from "../backoff.ts";
import type { Outcome, Summary } from "./action.ts";
import { settlementOf, usageOf } from "./cost.ts";
import { fanOutToEndpoints, withGeneration } from "./draft.ts";
import { type Generation, isInFlight, publicStatus, type ReportedStatus } from "./record.ts";
import type { Rule } from "./rule.ts";

export const REPORT_BACKOFF = { firstMs: 1_000, mostMs: 300_000 };

/** How long a lost alarm can go unnoticed. */
export const CHECK_INTERVAL_MS = 10 * 60 * 1000;

export const report: Rule<"report"> = {
  leaseMs: 20_000,

  entries({ generation }, _, now) {
    if (!isUnreported(generation)) return [];
    const events = generation.unresolved.map(({ type }) => type);
    const action = { kind: "report", summary: summaryOf(generation, now), events } as const;
    return [{ at: generation.report.notBefore, action }];
  },

  settle(draft, { status, version, result }, context) {
    const { generation } = draft;
    const { now, random } = context;
    if (result.kind === "unavailable") {
      const failures = generation.report.failures + 1;
      const notBefore = now + backoff(REPORT_BACKOFF, failures, random);
      return withGeneration(draft, { ...generation, report: { ...generation.report, failures, notBefore } });
    }
    const { endpoints, rotation } = result;
    const { since } = generation.report;
    const isOutdated = since !== undefined && version < since;
    const report = isOutdated ? { acknowledged: null, since } : { acknowledged: status };
    const acknowledged = withGeneration(draft, {
      ...generation,
      report: { ...report, failures: 0, notBefore: now },
      unresolved: generation.unresolved.filter(({ type }) => endpoints[type] === undefined),
      rotation,
    });
    return generation.unresolved.reduce((latest, event) => {
      const recipients = endpoints[event.type];
      return recipients === undefined ? latest : fanOutToEndpoints(latest, { event, recipients }, context);
    }, acknowledged);
  },
};

/** Whether the account has yet to acknowledge the current status, or to name the recipients of an event. */
export function isUnreported(generation: Generation): boolean {
  return generation.report.acknowledged !== reportedStatus(generation) || generation.unresolved.length > 0;
}

/** Makes a report due for a settled generation that has new work, so that the account's watchdog checks it again. */
export function withReportDue(generation: Generation, now: number): Generation {
  const version = generation.version + 1;
  return { ...generation, version, report: { acknowledged: null, since: version, failures: 0, notBefore: now } };
}

/**
 * Whether the account only acknowledged the status and named no recipients of an event, or the line only acknowledged
 * where the generation stands. This need not be saved: if a crash loses it, the same report is sent again.
 */
export function isMereAcknowledgement({ unresolved, state }: Generation, outcome: Outcome): boolean {
  if (outcome.kind === "queue") return outcome.result.kind === "acknowledged" && state.phase !== "ready";
  if (outcome.kind !== "report" || outcome.result.kind !== "done") return false;
  const { endpoints } = outcome.result;
  return unresolved.every(({ type }) => endpoints[type] === undefined);
}

function reportedStatus(generation: Generation): ReportedStatus {
  return generation.deletedAt === null ? publicStatus(generation) : "deleted";
}

function summaryOf(generation: Generation, now: number): Summary {
  const { id, version, model, createdAt, estimate = null } = generation;
  return {
    id,
    version,
    status: reportedStatus(generation),
    inFlight: isInFlight(generation),
    model,
    createdAt,
    estimate,
    usage: usageOf(generation),
    settlement: settlementOf(generation),
    checkAt: now + CHECK_INTERVAL_MS,
  };
}
