// Describes the machine and measures CPU and memory of processes. Linux only, because it reads /proc.

import { readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { descendantsOf } from "../../test/support/processes.ts";

const version = (name: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, "../../node_modules", name, "package.json"), "utf8")).version;

export const MACHINE = `${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 1e9)} GB, Linux; Node ${process.version}, workerd ${version("workerd")}, miniflare ${version("miniflare")}, bullmq ${version("bullmq")}`;

/** Duration of a kernel clock tick: Linux uses 100 per second on common platforms. */
const MS_PER_TICK = 10;

/** Process ids of the workerd instances that this process started. */
export function runtimes(): number[] {
  return descendantsOf(process.pid)
    .filter(({ command }) => /bin\/workerd serve/.test(command))
    .map(({ pid }) => pid);
}

/** CPU time that these processes have used so far, in milliseconds. */
export function cpuMs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return sum + (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  }, 0);
}

/** Memory of all these processes, in kB. @param what `VmRSS`: resident now; `VmHWM`: peak resident so far. */
export function memoryKb(pids: readonly number[], what: "VmRSS" | "VmHWM"): number {
  return pids.reduce((sum, pid) => {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return sum + Number(new RegExp(`^${what}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0);
  }, 0);
}

/**
 * In the local runtime, a live object holds three files open: its database and the two beside it. A runtime that runs out
 * of files refuses requests. One file more for each object leaves room for connections. A Workflow holds almost five,
 * but is too slow to come near the limit.
 */
const FILES_PER_OBJECT = 4;

/** How many live objects each of these processes has enough open files for. */
export function mostObjects(pids: readonly number[]): number {
  const limits = pids.map((pid) => /^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, "utf8"))?.[1]);
  return Math.floor(Math.min(...limits.map((limit) => Number(limit ?? Number.POSITIVE_INFINITY))) / FILES_PER_OBJECT);
}

/** Milliseconds that a fixed amount of work takes now. Differences show how much the machine's speed varies. */
export function calibrate(): number {
  const from = performance.now();
  let x = 1;
  for (let i = 0; i < 60_000_000; i++) x = (x * 1_664_525 + 1_013_904_223) | 0;
  if (x === 0) throw new Error("never");
  return performance.now() - from;
}
