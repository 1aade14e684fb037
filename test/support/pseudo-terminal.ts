// Runs a program in a pseudo-terminal of 80 columns, with the help of Python.

import { execFileSync } from "node:child_process";
import { type RunningCommand, startCommand } from "./running-command.ts";

const SCRIPT = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

/** The command ends as the program does. */
export function startInTerminal(program: readonly string[], env: Readonly<Record<string, string>>): RunningCommand {
  return startCommand("python3", ["-c", SCRIPT, ...program], env);
}

export function hasPython(): boolean {
  try {
    execFileSync("python3", ["-c", "import pty"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
