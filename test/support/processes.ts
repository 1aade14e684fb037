// Finds the processes that a test has started and checks whether they still run.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface ChildProcessInfo {
  readonly pid: number;
  readonly command: string;
}

/** All live descendants of a process. */
export function descendantsOf(pid: number): ChildProcessInfo[] {
  const rows = execFileSync("ps", ["-eo", "pid=,ppid=,stat=,args="], { encoding: "utf8" }).trim().split("\n");
  const all = rows.map((row) => /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(row) ?? []);
  const below = (parent: number): ChildProcessInfo[] =>
    all
      .filter(([, , ppid, stat]) => Number(ppid) === parent && !stat?.startsWith("Z"))
      .flatMap(([, child, , , command = ""]) => [{ pid: Number(child), command }, ...below(Number(child))]);
  return below(pid);
}

export function isAlive({ pid }: ChildProcessInfo): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
