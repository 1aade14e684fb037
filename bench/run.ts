// `npm run bench` runs the short set, in less than five minutes; `npm run bench -- full` runs everything;
// `npm run bench -- NAME …` runs the named benches; `npm run bench -- ab NAME PATH PATH` compares two checkouts.
// `npm run bench -- publish` writes the results in bench/results to docs/performance.md. All traffic stays on loopback.

import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Bench, World } from "./bench.ts";
import { benchesIn } from "./benches.ts";
import { startChild } from "./harness/child.ts";
import { calibrate, MACHINE } from "./harness/machine.ts";
import type { Figures } from "./measures/figures.ts";
import { hasRedis } from "./peers.ts";
import { type Result, tableOf, troublesOf, verdictsOf, verdictTable } from "./report.ts";
import { PROJECT, removeBundles } from "./servers.ts";

const RESULTS = join(import.meta.dirname, "results");
const PAGE = join(PROJECT, "docs/performance.md");
const NOBODY = { pid: 0, address: "", stop: async () => {} };

/** Rounds of a comparison of two checkouts. */
const AB_ROUNDS = 5;

/**
 * Runs the contenders in turn, round by round, so that a slow moment of the machine affects all of them. Every other round
 * runs them in reverse order, so that none is always the first.
 */
async function run({ title, contenders, repetitions }: Bench): Promise<Result> {
  const figures = contenders.map((): Figures[] => []);
  const calibrations: number[] = [];
  for (let round = 0; round < repetitions; round++) {
    calibrations.push(calibrate());
    const inOrder = [...contenders.entries()];
    for (const [at, contender] of round % 2 === 0 ? inOrder : inOrder.reverse()) {
      figures[at]?.push(await contender.measure());
    }
  }
  return {
    at: new Date().toISOString(),
    machine: MACHINE,
    title,
    contenders: contenders.map(({ name }, at) => ({ name, figures: figures[at] ?? [] })),
    calibrations,
  };
}

function print(bench: Bench, result: Result): void {
  console.log(`${tableOf(bench, result)}\n`);
  for (const trouble of troublesOf(bench, result)) console.log(`${trouble}\n`);
  if (bench.goals.length > 0) console.log(`${verdictTable(verdictsOf(bench, result))}\n`);
}

async function measure(words: readonly string[], world: World): Promise<void> {
  const all = benchesIn(world);
  const isFull = words.includes("full");
  const wanted = all.filter(({ name, isShort }) => (words.length === 0 ? isShort : isFull || words.includes(name)));
  const unknown = words.filter((word) => word !== "full" && !all.some(({ name }) => name === word));
  if (unknown.length > 0) {
    throw new Error(`unknown bench: ${unknown.join(", ")}; available: ${all.map(({ name }) => name).join(", ")}`);
  }
  await mkdir(RESULTS, { recursive: true });
  for (const bench of wanted) {
    const result = await run(bench);
    await writeFile(join(RESULTS, `${bench.name}.json`), `${JSON.stringify(result, null, 2)}\n`);
    print(bench, result);
  }
}

/** Compares the first contender of a bench in two checkouts. The second one is the baseline. Writes no results. */
async function compare([name, ...paths]: readonly string[], world: World): Promise<void> {
  const found = paths.map((path) => ({
    path,
    bench: benchesIn({ ...world, project: resolve(path) }).find((bench) => bench.name === name),
  }));
  const contenders = found.flatMap(({ path, bench }) =>
    (bench?.contenders ?? []).slice(0, 1).map(({ measure }) => ({ name: path, measure })),
  );
  const bench = found[0]?.bench;
  if (bench === undefined || contenders.length !== 2) throw new Error("npm run bench -- ab NAME PATH PATH");
  const comparison = { ...bench, contenders, repetitions: AB_ROUNDS, isCompared: true, goals: [] };
  print(comparison, await run(comparison));
}

async function withWorld(use: (world: World) => Promise<void>): Promise<void> {
  const redis = hasRedis();
  if (!redis) console.log("Skipping BullMQ: redis-server is missing and cannot be installed here.\n");
  const standIn = await startChild(join(import.meta.dirname, "harness/stand-in.ts"));
  const source = await startChild(join(import.meta.dirname, "copy/source.ts"));
  try {
    console.log(`${MACHINE}\nFigures are medians (min to max) of the rounds. Ratios are computed within each round.\n`);
    await use({ standIn, source, hasRedis: redis, project: PROJECT });
  } finally {
    await source.stop();
    await standIn.stop();
    await removeBundles();
  }
}

/** Replaces everything after `<!-- results -->` in the page. */
async function publish(): Promise<void> {
  const sections: string[] = [];
  const verdicts = [];
  const machines = new Set<string>();
  for (const bench of benchesIn({ standIn: NOBODY, source: NOBODY, hasRedis: true, project: PROJECT })) {
    const file = join(RESULTS, `${bench.name}.json`);
    if (!existsSync(file)) throw new Error(`no results for ${bench.name}; run: npm run bench -- full`);
    const result = JSON.parse(await readFile(file, "utf8")) as Result;
    machines.add(`${result.at.slice(0, 10)}, ${result.machine}`);
    verdicts.push(...verdictsOf(bench, result));
    const rounds = bench.repetitions === 1 ? "1 round" : `${bench.repetitions} rounds`;
    const about = [`\`npm run bench -- ${bench.name}\`, ${rounds}:`, ...troublesOf(bench, result)];
    sections.push([about.join(" "), tableOf(bench, result)].join("\n\n"));
  }
  const measured = [...machines].map((machine) => `${machine}.`).join("\n");
  const parts = [measured, "## Goals", verdictTable(verdicts), "## All figures", ...sections];
  const [about = ""] = (await readFile(PAGE, "utf8")).split("<!-- results -->");
  await writeFile(PAGE, `${about}<!-- results -->\n\n${parts.join("\n\n")}\n`);
}

const [command, ...rest] = process.argv.slice(2);
if (command === "publish") await publish();
else if (command === "ab") await withWorld((world) => compare(rest, world));
else await withWorld((world) => measure(process.argv.slice(2), world));
