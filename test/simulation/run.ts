// `npm run simulate -- 1000000 [seed]`: runs that many random histories of a generation, one of an account for every
// twenty of them, and one of a line for every fifty. Reports how often each fault and each phase occurred. If an
// invariant breaks, it prints the plan of that history and exits with code 1.

import fc from "fast-check";
import { liveTogether } from "./account-history.ts";
import { accountPlans } from "./account-plan.ts";
import { live } from "./history.ts";
import { plans } from "./plan.ts";
import { waitInLine } from "./queue-history.ts";
import { queuePlans } from "./queue-plan.ts";

const BATCH = 10_000;

/** A history of an account takes about ten times as long. */
const GENERATIONS_PER_ACCOUNT = 20;

/** One of a line takes about fifty times as long. */
const GENERATIONS_PER_LINE = 50;

async function main([histories = "100000", firstSeed = "1"]: readonly string[]): Promise<number> {
  const wanted = Number(histories);
  if (!Number.isSafeInteger(wanted) || wanted < 1 || !Number.isSafeInteger(Number(firstSeed))) {
    console.error("Usage: npm run simulate -- <histories> [seed]");
    return 2;
  }
  const counts = new Map<string, number>();
  const startedAt = Date.now();
  for (let lived = 0, seed = Number(firstSeed); lived < wanted; lived += BATCH, seed++) {
    const numRuns = Math.min(BATCH, wanted - lived);
    const accounts = Math.ceil(numRuns / GENERATIONS_PER_ACCOUNT);
    const lines = Math.ceil(numRuns / GENERATIONS_PER_LINE);
    const isSound =
      (await hold(fc.sample(plans, { seed, numRuns }), (plan) => live(plan, counts))) &&
      (await hold(fc.sample(accountPlans, { seed, numRuns: accounts }), (plan) => liveTogether(plan, counts))) &&
      (await hold(fc.sample(queuePlans, { seed, numRuns: lines }), (plan) => waitInLine(plan, counts)));
    if (!isSound) return 1;
    const done = Math.min(lived + BATCH, wanted);
    if (done % 100_000 === 0) console.error(`${done} histories, ${Math.round((Date.now() - startedAt) / 1000)} s`);
  }
  console.log(`${wanted} histories from seed ${firstSeed}: every invariant held.\n`);
  for (const [name, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    console.log(`${String(count).padStart(12)}  ${name}`);
  }
  return 0;
}

/** Whether no history breaks an invariant. Prints the first one that does. */
async function hold<P>(histories: readonly P[], run: (plan: P) => Promise<readonly string[]>): Promise<boolean> {
  for (const plan of histories) {
    const complaints = await run(plan);
    if (complaints.length === 0) continue;
    console.error(`Invariant broken: ${complaints.join("; ")}\nPlan: ${JSON.stringify(plan)}`);
    return false;
  }
  return true;
}

process.exitCode = await main(process.argv.slice(2));
