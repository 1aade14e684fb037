// Checks a finished history against the invariants of the design. Each complaint begins with the invariant's name.

import type { EventType } from "../../src/contract/words.ts";
import { isSettled } from "../../src/core/generation/agenda.ts";
import type { Life } from "../../src/core/generation/life.ts";
import { isTerminal } from "../../src/core/generation/record.ts";
import { withKnownVersion } from "../../src/core/generation/report.ts";
import { countsOf } from "../../src/core/webhooks/counts.ts";
import type { Disk } from "./disk.ts";
import { endpointUrls, type Outside, STAGED_KEY, VIDEO_KEY } from "./outside.ts";
import type { Plan } from "./plan.ts";

/** Observations made while the history ran. */
export interface Witness {
  /** Whether a caller may have received a 202. */
  accepted: boolean;
  /** Every terminal phase that the record has been in. */
  readonly endings: Set<string>;
  /** The provider's report of the job's end, once it has been received. */
  readonly heard: Set<"done" | "failed">;
  /** Whether the object's clock was changed, so that two minutes may pass at once. */
  clockJumped: boolean;
  readonly complaints: string[];
}

export interface Evidence {
  /** Id of the generation. */
  readonly id: string;
  readonly witness: Witness;
  readonly disk: Disk;
  readonly outside: Outside;
  readonly end: "quiet" | "endless";
}

export function judge(plan: Plan, evidence: Evidence): readonly string[] {
  return [
    ...evidence.witness.complaints,
    ...finished(evidence),
    ...paidOnce(evidence),
    ...delivered(plan, evidence),
    ...announced(evidence),
    ...believed(plan, evidence),
    ...cleanedUp(plan, evidence),
    ...placeGivenBack(evidence),
    ...counted(evidence),
  ];
}

function finished(evidence: Evidence): string[] {
  const { witness, disk, end } = evidence;
  const found: string[] = [];
  if (end === "endless") found.push("accepted means finished: it never settled");
  if (witness.accepted && witness.endings.size !== 1) {
    found.push(`accepted means finished: its terminal phases were ${[...witness.endings].join(", ") || "none"}`);
  }
  const life = lifeAtEnd(evidence);
  if (life !== null && (!isTerminal(life.generation) || !isSettled(life))) {
    const { phase } = life.generation.state;
    const pending = life.deliveries.filter(({ nextAttemptAt }) => nextAttemptAt !== null).length;
    found.push(`accepted means finished: left in ${phase} with ${pending} pending deliveries, alarm ${disk.alarm}`);
  }
  return found;
}

/** The generation after a check by the watchdog, which acknowledges a report whose answer was lost. */
function lifeAtEnd({ id, disk, outside }: Evidence): Life | null {
  const [life, heard] = [disk.load(), outside.account.heard(id)];
  return life && heard ? { ...life, generation: withKnownVersion(life.generation, heard) } : life;
}

/** Once everything is settled, the account knows how the deliveries went. */
function counted({ id, disk, outside }: Evidence): string[] {
  const life = disk.load();
  const heard = outside.account.heard(id);
  if (life === null || heard === null || life.generation.deletedAt !== null) return [];
  const [told, present] = [heard.deliveries, countsOf(life.deliveries)].map((counts) => JSON.stringify(counts));
  return told === present ? [] : [`the account knows how the deliveries went: it knows ${told}, not ${present}`];
}

function paidOnce({ outside }: Evidence): string[] {
  return outside.jobs.length > 1 ? [`at most one paid job: ${outside.jobs.length} jobs were accepted`] : [];
}

interface Told {
  readonly type: EventType;
}

function delivered(plan: Plan, { disk, outside }: Evidence): string[] {
  const found: string[] = [];
  const sent = Map.groupBy(outside.receipts, ({ id }) => id);
  for (const [id, attempts] of sent) {
    if (new Set(attempts.map(({ body }) => body)).size > 1) found.push(`at least one delivery: ${id} changed its body`);
  }
  const perEvent = Map.groupBy(outside.receipts, ({ url, body }) => `${(JSON.parse(body) as Told).type} to ${url}`);
  for (const [event, attempts] of perEvent) {
    if (new Set(attempts.map(({ id }) => id)).size > 1) found.push(`at least one delivery: ${event} had several ids`);
  }
  for (const { id, url, state, event, tries } of disk.deliveries.values()) {
    const attempts = sent.get(id) ?? [];
    const answered = attempts.some(({ status }) => status === 204);
    if (state === "delivered" && !answered) found.push(`at least one delivery: ${event} to ${url} never got a 204`);
    if (state === "failed" && tries < 5)
      found.push(`at least one delivery: ${event} to ${url} failed after ${tries} tries`);
    if (state === "gone" && !outside.receipts.some((each) => each.url === url && each.status === 410)) {
      found.push(`at least one delivery: ${url} never answered 410`);
    }
  }
  const { generation } = disk;
  if (generation === null || generation.deletedAt !== null) return found;
  const happened: EventType[] = [
    ...("startedAt" in generation.state && generation.state.startedAt !== null ? ["generation.started" as const] : []),
    `generation.${generation.state.phase}` as EventType,
  ];
  const standing = endpointUrls(plan).map((url) => ({ url, events: happened }));
  for (const { url, events } of [...generation.webhooks, ...standing]) {
    const known = [...disk.deliveries.values()].filter((delivery) => delivery.url === url);
    const gone = known.some(({ state }) => state === "gone");
    for (const event of happened.filter((type) => events.includes(type))) {
      if (!gone && !known.some((delivery) => delivery.event === event)) {
        found.push(`at least one delivery: no delivery of ${event} to ${url}`);
      }
    }
  }
  return found;
}

function announced({ outside }: Evidence): string[] {
  const early = outside.receipts.filter(
    ({ body, videoInR2 }) => (JSON.parse(body) as Told).type === "generation.completed" && !videoInR2,
  );
  return early.length > 0 ? ["never announced before stored: generation.completed was sent without a video in R2"] : [];
}

/** Checks that a generation ends as the provider reported, and that a video whose host recovers in time is stored. */
function believed({ hostRecoversMs }: Plan, { disk, witness }: Evidence): string[] {
  const { heard, clockJumped } = witness;
  const state = disk.generation?.state;
  if (clockJumped || state === undefined || state.phase === "canceled") return [];
  const end = state.phase === "failed" ? state.error.code : state.phase;
  if (heard.has("failed") && end !== "provider_error") return [`an end that was told counts: failed became ${end}`];
  if (!heard.has("done") || end === "completed") return [];
  if (end !== "storage_failed") return [`an end that was told counts: done became ${end}`];
  return hostRecoversMs === null ? [] : [`a paid video is stored: its host recovered after ${hostRecoversMs} ms`];
}

function placeGivenBack({ witness, outside, id }: Evidence): string[] {
  return outside.account.holds(id) && witness.accepted
    ? ["a place is held until the job ends: it was never given back"]
    : [];
}

function cleanedUp(plan: Plan, { disk, outside, witness }: Evidence): string[] {
  const found: string[] = [];
  for (const { id, url, tries } of disk.droppedPending) {
    const isAnswered = outside.receipts.some((each) => each.id === id && each.status === 204);
    const isGone = outside.receipts.some((each) => each.url === url && each.status === 410);
    // The step that deleted the delivery may also have ended its last attempt, which `tries` does not include.
    if (!isAnswered && !isGone && tries + 1 < 5) found.push(`retention: a pending delivery to ${url} was deleted`);
  }
  if (plan.retentionMs !== null && disk.generation !== null) found.push("retention: the record was left behind");
  const { generation } = disk;
  const keeps = generation !== null && generation.deletedAt === null && generation.state.phase === "completed";
  if (keeps && !outside.r2.has(VIDEO_KEY)) found.push("storage: the video of a completed generation is missing");
  if (!keeps && outside.r2.has(VIDEO_KEY)) found.push("storage: a video was left behind");
  if (generation?.deletedAt != null && disk.bodies.size > 0) found.push("storage: an event body was left behind");
  const wasMade = witness.accepted || generation !== null;
  if (plan.staged && wasMade && outside.r2.has(STAGED_KEY)) found.push("storage: a staged input was left behind");
  return found;
}
