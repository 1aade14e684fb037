// What goes on beside the life itself, in any phase: telling the account's index, and clearing away what is not needed.

import { backoff } from "../backoff.ts";
import type { Moment } from "../moment.ts";
import type { Action, Done, Entry, Expiry, Outcome, Summary } from "./action.ts";
import { type Chance, type Draft, resolved, withGeneration } from "./draft.ts";
import { generationError } from "./errors.ts";
import { type Generation, isTerminal, isUndecided, publicStatus, type ReportedStatus } from "./record.ts";

/** How long the id of a deleted generation stays taken, so that a late retry of its creation does not pay again. */
export const TOMBSTONE_MS = 24 * 60 * 60 * 1000;

/** How long a lost alarm can go unnoticed. */
export const CHECK_INTERVAL_MS = 10 * 60 * 1000;

export const REPORT_BACKOFF = { firstMs: 1_000, mostMs: 300_000 };
const DELETE_RETRY_MS = 10 * 60_000;

/** Once nobody needs the staged input. */
export function deleteInputEntries(generation: Generation): Entry<Action>[] {
  const { stagedInput } = generation;
  if (stagedInput === null || isUndecided(generation)) return [];
  return [{ at: stagedInput.deleteAt, action: { kind: "unstage", key: stagedInput.key } }];
}

export function reportEntries(generation: Generation, now: number): Entry<Action>[] {
  if (!isUnreported(generation)) return [];
  const events = generation.unresolved.map(({ type }) => type);
  return [{ at: generation.report.notBefore, action: { kind: "report", summary: summaryOf(generation, now), events } }];
}

export function purgeEntries({ purgeAt }: Generation): Entry<Action>[] {
  return purgeAt === null ? [] : [{ at: purgeAt, action: { kind: "purge" } }];
}

/** Not while anything of it may still be in R2, or the account believes in it. */
export function forgetEntries(generation: Generation): Entry<Expiry>[] {
  const { deletedAt, purgeAt, stagedInput } = generation;
  const isEmptied = purgeAt === null && stagedInput === null && !isUnreported(generation);
  return deletedAt === null || !isEmptied ? [] : [{ at: deletedAt + TOMBSTONE_MS, action: { kind: "forget" } }];
}

export function unstageSettled(generation: Generation, result: Done, { now }: Moment): Generation {
  const { stagedInput } = generation;
  if (stagedInput === null) return generation;
  const deleteAt = now + DELETE_RETRY_MS;
  return { ...generation, stagedInput: result.kind === "done" ? null : { ...stagedInput, deleteAt } };
}

export function purgeSettled(generation: Generation, result: Done, { now }: Moment): Generation {
  if (result.kind === "unavailable") return { ...generation, purgeAt: now + DELETE_RETRY_MS };
  return { ...generation, purgeAt: null, openUpload: null };
}

/** The account has heard, and has named those to tell of what happened; or it has not answered. */
export function reportSettled(
  draft: Draft,
  { status, result }: Extract<Outcome, { kind: "report" }>,
  chance: Chance,
): Draft {
  const { generation } = draft;
  const { report, unresolved } = generation;
  const { now, random } = chance;
  if (result.kind === "unavailable") {
    const failures = report.failures + 1;
    const notBefore = now + backoff(REPORT_BACKOFF, failures, random);
    return withGeneration(draft, { ...generation, report: { ...report, failures, notBefore } });
  }
  const { endpoints, rotation } = result;
  const heard = withGeneration(draft, {
    ...generation,
    report: { acknowledged: status, failures: 0, notBefore: now },
    unresolved: unresolved.filter(({ type }) => endpoints[type] === undefined),
    rotation,
  });
  return unresolved.reduce((latest, event) => {
    const recipients = endpoints[event.type];
    return recipients === undefined ? latest : resolved(latest, { event, recipients }, chance);
  }, heard);
}

/** A terminal generation without anything that callers gave: what is left keeps its id, and is purged. */
export function removed(draft: Draft, { now, requestId }: { now: number; requestId: string }): Draft {
  const { generation } = draft;
  if (!isTerminal(generation)) return draft;
  const stagedInput = generation.stagedInput && { ...generation.stagedInput, deleteAt: now };
  const { state } = generation;
  // A provider's message may repeat the prompt.
  const silent = "error" in state ? { ...state, error: generationError(state.error.code, "") } : state;
  const tombstone = {
    ...generation,
    version: generation.version + 1,
    input: {},
    metadata: {},
    webhooks: [],
    unresolved: [],
    stagedInput,
    // Not before a copy that was ended has had its time to land.
    purgeAt: Math.max(now, generation.purgeAt ?? now),
    deletedAt: now,
    deletedBy: requestId,
    state: silent,
  };
  return { ...draft, generation: tombstone, deliveries: [] };
}

/** With new work after it was settled: the account must hear of it, so that its watchdog looks again. */
export function unreported(generation: Generation, now: number): Generation {
  const report = { acknowledged: null, failures: 0, notBefore: now };
  return { ...generation, version: generation.version + 1, report };
}

/** Whether the account does not know yet how the generation stands, or has not said yet whom to tell. */
export function isUnreported(generation: Generation): boolean {
  return generation.report.acknowledged !== reportedStatus(generation) || generation.unresolved.length > 0;
}

function reportedStatus(generation: Generation): ReportedStatus {
  return generation.deletedAt === null ? publicStatus(generation) : "deleted";
}

function summaryOf(generation: Generation, now: number): Summary {
  const { id, version, model, createdAt } = generation;
  return { id, version, status: reportedStatus(generation), model, createdAt, checkAt: now + CHECK_INTERVAL_MS };
}
