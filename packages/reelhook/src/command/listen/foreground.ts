// Whether this process may read keys: a shell stops a job in the background that changes its terminal.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** True if it is not known, for example on a system without job control. */
export function isInForeground(): boolean {
  try {
    return process.platform === "linux" ? isForegroundStat() : isForegroundState();
  } catch {
    return true;
  }
}

/** `pid (name) state ppid pgrp session tty_nr tpgid …`: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function isForegroundStat(): boolean {
  const stat = readFileSync("/proc/self/stat", "utf8");
  const [, , group, , , foregroundGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return group === foregroundGroup;
}

/** `ps` marks a process in the foreground with `+`. */
function isForegroundState(): boolean {
  return execFileSync("ps", ["-o", "stat=", "-p", String(process.pid)], { encoding: "utf8" }).includes("+");
}
