// `npm run simulate -- 1000000 [seed]`: runs that many random histories and reports how often each fault and each phase
// occurred. If an invariant breaks, it prints the plan of that history and exits with code 1.

import fc from "fast-check";
import { live } from "./history.ts";
import { plans } from "./plan.ts";

const BATCH = 10_000;

async function main([histories = "100000", firstSeed = "1"]: readonly string[]): Promise<number> {
  const wanted = Number(histories);
  if (!Number.isSafeInteger(wanted) || wanted < 1 || !Number.isSafeInteger(Number(firstSeed))) {
    console.error("Usage: npm run simulate -- <histories> [seed]");
    return 2;
  }
  const counts = new Map<string, number>();
  const startedAt = Date.now();
  for (let lived = 0, seed = Number(firstSeed); lived < wanted; lived += BATCH, seed++) {
    for (const plan of fc.sample(plans, { seed, numRuns: Math.min(BATCH, wanted - lived) })) {
      const complaints = await live(plan, counts);
      if (complaints.length > 0) {
        console.error(`Invariant broken: ${complaints.join("; ")}\nPlan: ${JSON.stringify(plan)}`);
        return 1;
      }
    }
    const done = Math.min(lived + BATCH, wanted);
    if (done % 100_000 === 0) console.error(`${done} histories, ${Math.round((Date.now() - startedAt) / 1000)} s`);
  }
  console.log(`${wanted} histories from seed ${firstSeed}: every invariant held.\n`);
  for (const [name, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    console.log(`${String(count).padStart(12)}  ${name}`);
  }
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
