// Checks a finished history of an account. Each complaint begins with the invariant's name.

import { settlementOf, usageOf } from "../../src/core/generation/cost.ts";
import { type Generation, publicStatus } from "../../src/core/generation/record.ts";
import { dayOf } from "../../src/core/money/days.ts";
import { NO_USAGE, plusUsage, type UsageSums } from "../../src/core/money/usage.ts";
import { standingOf } from "../../src/core/webhooks/logged-delivery.ts";
import type { AccountHost } from "./account.ts";
import type { Member } from "./account-history.ts";
import { judge } from "./judge.ts";

export interface AccountEvidence {
  readonly members: readonly Member[];
  readonly account: AccountHost;
  readonly end: "quiet" | "endless";
}

export function judgeAccount(evidence: AccountEvidence): readonly string[] {
  const { members, end } = evidence;
  return [
    ...members.flatMap(({ plan, ...member }) => judge(plan.plan, { ...member, ...member.host, end })),
    ...givenBack(evidence),
    ...addedUp(evidence),
    ...counted(evidence),
    ...logged(evidence),
  ];
}

function givenBack({ account }: AccountEvidence): string[] {
  const { day, month, underWay } = account.stores.places.commitments(account.now);
  const left = account.places().length;
  const kept = { day: day.reserved, month: month.reserved, underWay, left };
  return Object.values(kept).some((each) => each > 0) ? [`nothing stays reserved: ${JSON.stringify(kept)}`] : [];
}

const ALL_DAYS = { from: 0, to: 100_000, byDay: true, byModel: true };

/** Compares the sums of `GET /v1/usage` with sums over the generations, deleted or not. */
function addedUp({ account, members }: AccountEvidence): string[] {
  const reported = new Map(account.stores.usage.rows(ALL_DAYS).map((row) => [`${row.day} ${row.model}`, textOf(row)]));
  const expected = new Map<string, UsageSums>();
  for (const { record } of members) {
    // A deleted generation counts only if it has cost something.
    if (record === null || (record.deletedAt !== null && settlementOf(record) === null)) continue;
    const group = `${dayOf(record.createdAt)} ${record.model}`;
    expected.set(group, plusUsage(expected.get(group) ?? NO_USAGE, sumsOf(record)));
  }
  return [...new Set([...reported.keys(), ...expected.keys()])].flatMap((group) => {
    const [rows, sums] = [reported.get(group), expected.get(group)];
    const wanted = sums && textOf(sums);
    return rows === wanted ? [] : [`usage adds up: ${group} is ${rows}, but its generations sum to ${wanted}`];
  });
}

function sumsOf(generation: Generation): UsageSums {
  const status = publicStatus(generation);
  const { credits = null, usd = null } = usageOf(generation) ?? {};
  const [completed, failed, canceled] = (["completed", "failed", "canceled"] as const).map((each) =>
    Number(each === status),
  ) as [number, number, number];
  // Each video of the simulation has one byte.
  return { generations: 1, completed, failed, canceled, credits: credits ?? 0, usd: usd ?? 0, bytes: completed };
}

function textOf({ generations, completed, failed, canceled, credits, usd, bytes }: UsageSums): string {
  return JSON.stringify({ generations, completed, failed, canceled, credits, usd, bytes });
}

/** A job that the provider may charge counts with what the provider has stated, or else with its estimate. */
function counted({ members }: AccountEvidence): string[] {
  return members.flatMap(({ record, outside, plan: { plan } }) => {
    if (record?.cost === undefined || outside.jobs.length === 0 || plan.jobEnd === "failed") return [];
    const { estimate = 0, cost } = record;
    const isCounted = cost.spent === estimate || cost.spent === plan.bill.usd;
    return isCounted ? [] : [`what may be charged counts: ${cost.spent}, not ${plan.bill.usd ?? estimate}`];
  });
}

/** Compares the logs of the webhook endpoints with the deliveries, which have all settled. */
function logged({ account, members }: AccountEvidence): string[] {
  return members.flatMap(({ host }) => {
    const life = host.disk.load();
    if (life === null || life.generation.deletedAt !== null) return [];
    return life.deliveries.flatMap((delivery) => {
      if (delivery.endpointId === null) return [];
      const { deliveries } = account.stores.log.page(delivery.endpointId, { limit: 1_000, after: null }, account.now);
      const rows = deliveries.filter(
        ({ id, generation }) => id === delivery.id && generation?.id === life.generation.id,
      );
      const found = rows.map(({ state, nextAttemptAt, attempts, lastAttempt }) => ({
        state,
        nextAttemptAt,
        attempts,
        lastAttempt,
      }));
      const [told, wanted] = [JSON.stringify(found), JSON.stringify([standingOf(delivery)])];
      return told === wanted ? [] : [`the log agrees with the deliveries: ${told} is logged of ${wanted}`];
    });
  });
}
