// The machine, and what processes take of it. Linux only: from /proc.

import { readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";

export const MACHINE = `${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 1e9)} GB, Node ${process.version}`;

/** Of the kernel's clock ticks, which are 100 a second everywhere that matters. */
const MS_PER_TICK = 10;

/** CPU that these processes have used so far, in milliseconds. */
export function cpuMs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return sum + (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  }, 0);
}

/** Resident memory of these processes now, in kB. */
export function residentKb(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return sum + Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
  }, 0);
}
