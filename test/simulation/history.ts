// Runs one random history: one generation in a simulated, faulty world.

import type { EventType } from "../../src/contract/words.ts";
import type { Facts } from "../../src/core/generation/record.ts";
import { CHECK_INTERVAL_MS } from "../../src/core/generation/summary.ts";
import { DAY_MS } from "../../src/core/money/days.ts";
import { FACTS } from "../support/lives.ts";
import { Faults } from "./faults.ts";
import { Host } from "./host.ts";
import { judge } from "./judge.ts";
import { Outside, STAGED_KEY } from "./outside.ts";
import { chanceFrom, type Plan } from "./plan.ts";
import { Summaries } from "./summaries.ts";
import { Timeline } from "./timeline.ts";

/** Longer than the retry schedule, a day of storing and a tombstone combined. */
export const END_MS = 6 * DAY_MS;
const MOST_STEPS = 20_000;
const TIMEOUT_MS = 600_000;

const SUBSCRIPTIONS: readonly (readonly EventType[])[] = [
  ["generation.completed", "generation.failed", "generation.canceled"],
  ["generation.started", "generation.completed", "generation.failed", "generation.canceled"],
  ["generation.started"],
];

/** The facts of a request for the plan's generation. */
export function factsOf({ receivers, retentionMs }: Plan, createdAt: number): Facts {
  const webhooks = receivers.map((kind, at) => ({
    url: `https://${kind}-${at}`,
    events: SUBSCRIPTIONS[at % SUBSCRIPTIONS.length] ?? [],
  }));
  const retryDelaysMs = [5_000, 30_000, 120_000, 3_600_000];
  const policy = { ...FACTS.policy, timeoutMs: TIMEOUT_MS, retryDelaysMs, retentionMs };
  return { ...FACTS, createdAt, webhooks, policy };
}

/** Runs the plan. @returns the complaints about it; empty if every invariant held. */
export async function live(plan: Plan, counts: Map<string, number> = new Map()): Promise<readonly string[]> {
  const time = new Timeline(FACTS.createdAt);
  const chance = chanceFrom(plan.seed);
  const faults = new Faults({ chance, trouble: plan.trouble, counts });
  const account = new Summaries();
  const outside = new Outside(plan, { chance, time, faults, account });
  const stagedKey = plan.staged ? STAGED_KEY : null;
  const { id } = FACTS;
  const onAlarmLost = () => time.after(CHECK_INTERVAL_MS, watch);
  const host = new Host({ id, time, chance, outside, onAlarmLost, onSaved: () => {} });

  /** A caller whose request failed may repeat it. */
  async function create(tries: number): Promise<void> {
    const created = await host.create(factsOf(plan, host.now), stagedKey);
    if (created === null && tries > 1 && chance() < 0.7) time.after(1_000, () => create(tries - 1));
  }

  /** The account's watchdog. It checks again until nothing is left to do. */
  async function watch(): Promise<void> {
    const ensured = await host.ensure(account.heard(id) ?? undefined);
    const checkAt = ensured === null ? host.now + CHECK_INTERVAL_MS : ensured.checkAt;
    if (checkAt !== null) time.after(checkAt - host.now, watch);
  }

  if (stagedKey !== null) outside.r2.add(stagedKey);
  time.after(0, () => create(3));
  const { cancelAt, deletes } = plan;
  if (cancelAt !== null) time.after(cancelAt * 1000, () => host.cancel());
  if (deletes) time.after(2 * DAY_MS, () => host.remove());
  if (chance() < plan.trouble * 0.3) time.after(faults.between(0, 600_000), () => host.jumpClock());
  const end = await time.run(END_MS, MOST_STEPS);
  return judge(plan, { id, witness: host.witness, disk: host.disk, outside, end });
}
