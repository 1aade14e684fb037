// Child processes of a bench. Each prints its address first, and exits when its parent has gone.

import { spawn } from "node:child_process";

/** A process that does not exit within this time is killed. */
const STOP_MS = 5_000;

export interface Child {
  readonly pid: number;
  /** The first line that it printed. */
  readonly address: string;
  stop(): Promise<void>;
}

/** @param env variables beside those of this process. */
export async function startChild(
  script: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Child> {
  const stdio = ["pipe", "pipe", "inherit"] as const;
  const child = spawn(process.execPath, [script, ...args], { stdio: [...stdio], env: { ...process.env, ...env } });
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (line: Buffer) => resolve(String(line).split("\n")[0] ?? ""));
    child.once("exit", (code) => reject(new Error(`${script} exited with code ${code} before it printed its address`)));
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
