// The copy of videos into R2, beside handing the body to a bare `put`: throughput, and the most memory that the runtime
// ever had. The local R2 simulator takes time and memory itself, so each figure stands beside that of the bare put in the
// same run: `npm run bench:copy`, or with `-- quick` one round without the 1 GB.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { type LocalWorker, startLocalWorker } from "../../scripts/local-worker.ts";
import { descendantsOf } from "../../test/support/processes.ts";

const MB = 1_000_000;
const RESULTS = join(import.meta.dirname, "../results");

interface Case {
  readonly name: string;
  readonly bytes: number;
  readonly atOnce: number;
}

interface Way {
  readonly name: string;
  readonly how: "bare" | "reelhook";
  readonly length: "known" | "unknown";
}

interface Figure {
  readonly megabytesPerSecond: number;
  readonly peakMegabytes: number;
}

const WAYS: readonly Way[] = [
  { name: "bare put, known length", how: "bare", length: "known" },
  { name: "Reelhook, known length", how: "reelhook", length: "known" },
  { name: "Reelhook, unknown length", how: "reelhook", length: "unknown" },
];

const isQuick = process.argv.includes("quick");
const REPETITIONS = isQuick ? 1 : 3;
const CASES: readonly Case[] = [
  { name: "256 MB", bytes: 256 * MB, atOnce: 1 },
  ...(isQuick ? [] : [{ name: "1 GB", bytes: 1000 * MB, atOnce: 1 }]),
  { name: "10 × 40 MB at once", bytes: 40 * MB, atOnce: 10 },
];

/** A fresh runtime for each, so that its high-water mark is that of this copy. */
async function measure({ bytes, atOnce }: Case, { how, length }: Way, source: string): Promise<Figure> {
  const folder = await mkdtemp(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "reelhook-bench-"));
  let worker: LocalWorker | null = null;
  try {
    worker = await startLocalWorker({
      settings: {},
      persistTo: folder,
      config: join(import.meta.dirname, "wrangler.toml"),
    });
    const { url } = worker;
    const from = performance.now();
    const copies = Array.from({ length: atOnce }, async (_, at) => {
      const query = new URLSearchParams({ how, url: `${source}/${bytes}/${length}`, key: `videos/${at}.mp4` });
      const answer = await (await fetch(`${url}/?${query}`)).json();
      if ((answer as { bytes?: number }).bytes !== bytes) throw new Error(`not copied: ${JSON.stringify(answer)}`);
    });
    await Promise.all(copies);
    const seconds = (performance.now() - from) / 1000;
    return { megabytesPerSecond: (bytes * atOnce) / MB / seconds, peakMegabytes: await peakOfRuntime() };
  } finally {
    await worker?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function peakOfRuntime(): Promise<number> {
  const runtime = descendantsOf(process.pid).find(({ command }) => /bin\/workerd serve/.test(command));
  const status = await readFile(`/proc/${runtime?.pid}/status`, "utf8");
  return (Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024) / MB;
}

const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);
const median = (values: readonly number[]) => sorted(values)[Math.floor(values.length / 2)] ?? Number.NaN;
const spread = (values: readonly number[]) =>
  `${Math.round(Math.min(...values))} to ${Math.round(Math.max(...values))}`;

const host = spawn(process.execPath, [join(import.meta.dirname, "source.ts")], {
  stdio: ["pipe", "pipe", "inherit"],
});
const source = await new Promise<string>((resolve) =>
  host.stdout.once("data", (line: Buffer) => resolve(String(line).trim())),
);
const machine = `${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 1e9)} GB, Node ${process.version}`;
console.log(`${machine}; ${REPETITIONS} × each, medians (least to most)\n`);
const results = [];
try {
  for (const each of CASES) {
    console.log(`| ${each.name} | MB/s | peak MB |\n|---|---|---|`);
    const figures = WAYS.map(() => [] as Figure[]);
    // Turn by turn, so that a slow minute of the machine meets all alike.
    for (let round = 0; round < REPETITIONS; round++) {
      for (const [at, way] of WAYS.entries()) figures[at]?.push(await measure(each, way, source));
    }
    for (const [at, way] of WAYS.entries()) {
      const speeds = figures[at]?.map(({ megabytesPerSecond }) => megabytesPerSecond) ?? [];
      const peaks = figures[at]?.map(({ peakMegabytes }) => peakMegabytes) ?? [];
      console.log(
        `| ${way.name} | ${Math.round(median(speeds))} (${spread(speeds)}) | ${Math.round(median(peaks))} (${spread(peaks)}) |`,
      );
      results.push({ case: each.name, way: way.name, speeds, peaks });
    }
    console.log("");
  }
  await mkdir(RESULTS, { recursive: true });
  const at = new Date().toISOString();
  await writeFile(join(RESULTS, "copy.json"), `${JSON.stringify({ at, machine, results }, null, 2)}\n`);
} finally {
  host.kill();
}
