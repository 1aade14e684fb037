// `npm run bench`: the short set, under five minutes; `npm run bench -- full` the rest. Everything stays on loopback.
// Writes bench/results/*.json, and prints the tables that docs/performance.md shows.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startChild } from "./harness/child.ts";
import { MACHINE } from "./harness/machine.ts";
import { median, noise, told } from "./harness/stats.ts";
import { type Figures, inFlight, submission } from "./measures.ts";
import { BARE, BULLMQ, hasRedis, reelhook, type ServerKind, WORKFLOW } from "./servers.ts";

const RESULTS = join(import.meta.dirname, "results");

/** Repetitions that lie further apart say more of the machine than of the server. */
const TOO_NOISY = 0.5;

const isFull = process.argv.includes("full");
const only = process.argv.slice(2).filter((word) => word !== "full");

interface Bench {
  readonly name: string;
  readonly title: string;
  readonly kinds: readonly ServerKind[];
  readonly repetitions: number;
  readonly inFull: boolean;
  measure(kind: ServerKind): Promise<Figures>;
}

const standIn = await startChild(join(import.meta.dirname, "harness/stand-in.ts"));
const redis = hasRedis();
if (!redis) console.log("redis-server is missing and cannot be installed here: no comparison with BullMQ.\n");
const peers = [WORKFLOW, ...(redis ? [BULLMQ] : [])];

const BENCHES: readonly Bench[] = [
  {
    name: "submission",
    title: "Submission, 32 connections",
    kinds: [reelhook(), BARE, ...peers],
    repetitions: isFull ? 5 : 3,
    inFull: false,
    measure: (kind) => submission(kind, standIn),
  },
  {
    name: "in-flight-1000",
    title: "1,000 in flight, polled every 10 s, jobs of 35 s",
    kinds: [reelhook(), ...peers],
    repetitions: 3,
    inFull: true,
    measure: (kind) => inFlight(kind, standIn, { generations: 1_000, intervalSeconds: 10, jobSeconds: 35 }),
  },
  {
    name: "in-flight-5000",
    title: "5,000 in flight, polled every 10 s, jobs of 35 s",
    kinds: [reelhook()],
    repetitions: 1,
    inFull: true,
    measure: (kind) => inFlight(kind, standIn, { generations: 5_000, intervalSeconds: 10, jobSeconds: 35 }),
  },
];

/** Turn by turn, so that a slow minute of the machine meets all alike. */
async function run({ name, title, kinds, repetitions, measure }: Bench): Promise<void> {
  const figures = kinds.map((): Figures[] => []);
  for (let round = 0; round < repetitions; round++) {
    for (const [at, kind] of kinds.entries()) figures[at]?.push(await measure(kind));
  }
  const columns = Object.keys(figures[0]?.[0] ?? {});
  const of = (at: number, column: string) => figures[at]?.map((each) => each[column] ?? Number.NaN) ?? [];
  console.log(`### ${title}\n\n${repetitions} of each: median (least to most)\n`);
  console.log(`| | ${columns.join(" | ")} |\n|---|${columns.map(() => "---:|").join("")}`);
  for (const [at, kind] of kinds.entries()) {
    console.log(`| ${kind.name} | ${columns.map((column) => told(of(at, column))).join(" | ")} |`);
  }
  const ratios = kinds.slice(1).map((kind, at) => {
    const ratio = (column: string) => (median(of(0, column)) / median(of(at + 1, column))).toFixed(2);
    return `| beside ${kind.name} | ${columns.map(ratio).join(" | ")} |`;
  });
  if (ratios.length > 0) console.log(ratios.join("\n"));
  const noisy = kinds.filter((_, at) => noise(of(at, columns[0] ?? "")) > TOO_NOISY).map((kind) => kind.name);
  if (noisy.length > 0) console.log(`\nToo noisy to tell: ${noisy.join(", ")}.`);
  console.log("");
  await mkdir(RESULTS, { recursive: true });
  const results = kinds.map((kind, at) => ({ name: kind.name, figures: figures[at] }));
  const report = { at: new Date().toISOString(), machine: MACHINE, title, results };
  await writeFile(join(RESULTS, `${name}.json`), `${JSON.stringify(report, null, 2)}\n`);
}

console.log(`${MACHINE}\n`);
try {
  for (const bench of BENCHES) {
    const isWanted = only.length > 0 ? only.includes(bench.name) : isFull || !bench.inFull;
    if (isWanted) await run(bench);
  }
} finally {
  await standIn.stop();
}
