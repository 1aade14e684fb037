// Runs a program and watches what it prints.

import { type ChildProcess, spawn } from "node:child_process";

export interface RunningCommand {
  readonly child: ChildProcess;
  /** Resolves once the output matches; rejects if the program ends first. */
  shows(pattern: RegExp): Promise<void>;
  /** What was printed to standard output and standard error. */
  output(): string;
  /** What was printed to standard output. */
  stdout(): string;
  /** The exit code. */
  readonly ended: Promise<number | null>;
}

/** @param env the whole environment of the program; PATH is this process's own unless it is given. */
export function startCommand(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): RunningCommand {
  const child = spawn(program, args, { env: { PATH: process.env["PATH"], ...env } });
  let output = "";
  let stdout = "";
  const watchers = new Set<() => void>();
  const add = (text: string) => {
    output += text;
    for (const look of watchers) look();
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    add(text);
  });
  child.stderr.setEncoding("utf8").on("data", add);
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  return {
    child,
    ended,
    output: () => output,
    stdout: () => stdout,
    shows: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!pattern.test(output)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        ended.then(() => reject(new Error(`ended without ${pattern}:\n${output}`)));
        look();
      }),
  };
}
