// Runs one random history of an account: several generations share a budget, the real stores of the account, and a
// faulty world.

import type { Facts, Generation } from "../../src/core/generation/record.ts";
import { periodAround } from "../../src/core/money/budget.ts";
import { DAY_MS } from "../../src/core/money/days.ts";
import { FACTS } from "../support/lives.ts";
import { AccountHost } from "./account.ts";
import { judgeAccount } from "./account-judge.ts";
import type { AccountPlan, MemberPlan, RequestPlan } from "./account-plan.ts";
import { Faults } from "./faults.ts";
import { END_MS, factsOf } from "./history.ts";
import { Host } from "./host.ts";
import { type Claim, Ledger } from "./ledger.ts";
import { Outside } from "./outside.ts";
import { chanceFrom } from "./plan.ts";
import { handle } from "./requests.ts";
import { Timeline } from "./timeline.ts";

const MOST_STEPS = 60_000;
const END_OF_DAY = Date.UTC(2026, 10, 23);
const END_OF_MONTH = Date.UTC(2026, 11, 1);

/** Maximum number of times that a caller repeats a request that failed or was refused. */
const MOST_REPEATS = 2;

/** Repeats must end before the tombstone of a deleted generation is forgotten. */
const LONGEST_PAUSE_MS = 3 * 60 * 60 * 1000;

/** Number of times that the caller tries to delete a generation, which may not have ended yet. */
const DELETIONS = 4;

/** A generation of the account, which may never be created. */
export interface Member {
  readonly plan: MemberPlan;
  readonly id: string;
  readonly host: Host;
  readonly outside: Outside;
  /** The newest record, even if it has been deleted since; null if there was none. */
  record: Generation | null;
}

/** Runs the plan. @returns the complaints about it; empty if every invariant held. */
export async function liveTogether(
  plan: AccountPlan,
  counts: Map<string, number> = new Map(),
): Promise<readonly string[]> {
  const epoch = (plan.isEndOfMonth ? END_OF_MONTH : END_OF_DAY) - plan.secondsBefore * 1000;
  const time = new Timeline(epoch);
  const chance = chanceFrom(plan.seed);
  const faults = new Faults({ chance, trouble: plan.trouble, counts });
  const members: Member[] = [];
  const account = new AccountHost({
    time,
    faults,
    ensure: async (known) => (await members.find(({ id }) => id === known.id)?.host.ensure(known)) ?? null,
    onReport: (summary) => ledger.learn(summary),
    onSaved: () => ledger.check(),
  });
  const periods = [epoch, epoch + DAY_MS].flatMap((at) =>
    (["day", "month"] as const).map((kind) => [kind, periodAround(kind, at)] as const),
  );
  const records = () => members.flatMap(({ record }) => record ?? []);
  const ledger = new Ledger({ account, records, periods });
  let requests = 0;

  function memberOf(member: MemberPlan, id: string): Member {
    const outside = new Outside({ ...member.plan, trouble: plan.trouble }, { chance, time, faults, account });
    const host: Host = new Host({
      ...{ id, time, chance, outside },
      onAlarmLost: () => {},
      onSaved: () => {
        const record = host.disk.load()?.generation ?? made.record;
        if (record === made.record) return;
        made.record = record;
        ledger.check();
      },
    });
    const made: Member = { plan: member, id, host, outside, record: null };
    return made;
  }

  /** The caller repeats a request that failed or was refused, with the same idempotency key. */
  async function request(member: Member, asked: RequestPlan, repeats: number): Promise<void> {
    const { id, host, plan: memberPlan } = member;
    const estimate = memberPlan.estimates[asked.input];
    // The clocks of the machines differ a little.
    const createdAt = Math.round(time.date + faults.between(-500, 500));
    const facts: Facts = {
      ...factsOf(memberPlan.plan, createdAt),
      ...{ id, model: memberPlan.model, fingerprint: `input-${asked.input}`, createdBy: `request-${requests++}` },
      ...(estimate === null ? {} : { estimate }),
    };
    let claim: Claim | null = null;
    const end = await handle(facts, {
      ...{ time, faults, host, account, stagingMs: asked.stagingMs },
      config: { maxInFlight: 0, budgets: new Map([[FACTS.scope.account, budgetAt(plan, time.now)]]) },
      onReserved: (place, { budget }) => {
        claim = place;
        if (budget !== null) ledger.open(place, budget);
      },
      onEnd: () => {
        if (claim !== null) ledger.close(claim);
      },
    });
    if (end === "accepted" || repeats === 0) return;
    const pauseMs = end === "failed" ? faults.between(100, 30_000) : faults.between(60_000, LONGEST_PAUSE_MS);
    time.after(pauseMs, () => void request(member, asked, repeats - 1));
  }

  members.push(...plan.members.map((member, at) => memberOf(member, `gen_${at}`)));
  for (const member of members) {
    const { requests: asked, deleteAt, plan: memberPlan } = member.plan;
    const firstAt = Math.min(...asked.map(({ at }) => at));
    for (const each of asked) time.after(each.at * 1000, () => void request(member, each, MOST_REPEATS));
    if (memberPlan.cancelAt !== null) time.after((firstAt + memberPlan.cancelAt) * 1000, () => member.host.cancel());
    if (deleteAt === null) continue;
    for (let nth = 1; nth <= DELETIONS; nth++) time.after(nth * deleteAt * 1000, () => member.host.remove());
  }
  const end = await time.run(END_MS, MOST_STEPS);
  return [...ledger.complaints, ...judgeAccount({ members, account, end })];
}

function budgetAt({ budgets }: AccountPlan, now: number) {
  const inEffect = budgets.filter(({ from }) => from * 1000 <= now);
  return inEffect.at(-1)?.budget ?? { day: null, month: null };
}
