// Processes that belong to a benchmark: each prints its address first, and ends when whoever started it has gone.

import { spawn } from "node:child_process";

/** One that does not end in that time is ended. */
const STOP_MS = 5_000;

export interface Child {
  readonly pid: number;
  /** The first line that it printed. */
  readonly address: string;
  stop(): Promise<void>;
}

export async function startChild(script: string, args: readonly string[] = []): Promise<Child> {
  const child = spawn(process.execPath, [script, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (line: Buffer) => resolve(String(line).split("\n")[0] ?? ""));
    child.once("exit", (code) => reject(new Error(`${script} ended with ${code} before it said where it is`)));
  });
  return {
    pid: child.pid ?? 0,
    address,
    stop: () =>
      new Promise((resolve) => {
        const force = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
        child.once("exit", () => {
          clearTimeout(force);
          resolve();
        });
        child.kill();
      }),
  };
}
