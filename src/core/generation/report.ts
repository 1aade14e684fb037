// Reports the generation to the account. This is an outbox: a report is due until the account has acknowledged the current
// status and the stage of the deliveries. The answer names the webhook endpoints that subscribe to the generation's new
// events.

import { backoff } from "../backoff.ts";
import type { Position } from "../cursor.ts";
import type { Outcome } from "./action.ts";
import { type Draft, fanOutToEndpoints, withGeneration } from "./draft.ts";
import { type Generation, isInFlight } from "./record.ts";
import type { Rule } from "./rule.ts";
import { deliveryStage, reportedStatus, summaryOf } from "./summary.ts";

export const REPORT_BACKOFF = { firstMs: 1_000, mostMs: 300_000 };

export const report: Rule<"report"> = {
  leaseMs: 20_000,

  entries(life, _, now) {
    const { generation } = life;
    if (!isUnreported(generation)) return [];
    const events = generation.unresolved.map(({ type }) => type);
    const action = { kind: "report", summary: summaryOf(life, now), events } as const;
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
    const { since, ...latest } = generation.report;
    const isOutdated = since !== undefined && version < since;
    const report = isOutdated ? { acknowledged: null, since } : { acknowledged: status };
    const acknowledged = withGeneration(draft, {
      ...generation,
      report: { ...latest, ...report, failures: 0, notBefore: now },
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

/**
 * Makes a report due when the deliveries reach another stage, so that the account learns how they went with one or two
 * reports, and not with one for each.
 */
export function withStageReported(draft: Draft, now: number): Draft {
  const { generation } = draft;
  const stage = deliveryStage(draft);
  if (stage === null || stage === generation.report.stage) return draft;
  const due = withReportDue(generation, now);
  return withGeneration(draft, { ...due, report: { ...due.report, stage } });
}

/** Makes a report due for a settled generation that has new work, so that the account's watchdog checks it again. */
export function withReportDue(generation: Generation, now: number): Generation {
  const version = generation.version + 1;
  return { ...generation, version, report: { acknowledged: null, since: version, failures: 0, notBefore: now } };
}

/** The version of a generation that its account knows. */
export interface KnownVersion extends Position {
  readonly version: number;
}

/** The watchdog names the version that the account knows. If it is the current one, the answer to its report was lost. */
export function withKnownVersion(generation: Generation, known: KnownVersion): Generation {
  const isCurrent = known.createdAt === generation.createdAt && known.version === generation.version;
  if (!isCurrent || generation.unresolved.length > 0 || !isUnreported(generation)) return generation;
  return { ...generation, report: { ...generation.report, acknowledged: reportedStatus(generation) } };
}

/**
 * Whether the account only acknowledged the report and named no recipients of an event, or the line only acknowledged
 * where the generation stands. This need not be saved while another step follows soon: if a crash loses it, the same
 * report is sent again.
 */
export function isMereAcknowledgement({ unresolved, state }: Generation, outcome: Outcome): boolean {
  if (outcome.kind === "queue") return outcome.result.kind === "acknowledged" && state.phase !== "ready";
  if (outcome.kind !== "report" || outcome.result.kind !== "done") return false;
  const { endpoints } = outcome.result;
  return unresolved.every(({ type }) => (endpoints[type] ?? []).length === 0);
}

/**
 * Whether an acknowledgment need not be saved even if no step follows soon, because the report was only about the
 * deliveries. If it is lost, the generation reports again with the next attempt of a delivery, or the watchdog's check
 * acknowledges the report.
 */
export function mayForgetAcknowledgement(generation: Generation): boolean {
  const { report, unresolved, deletedAt } = generation;
  return report.stage !== undefined && unresolved.length === 0 && deletedAt === null && !isInFlight(generation);
}
