// Runs `wrangler dev` in a process group of its own, so that everything that it starts also ends with this program.

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Wrangler gets this long to end by itself. */
const PATIENCE_MS = 5_000;

export interface WranglerOptions {
  readonly root: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Called with each line that it prints. */
  onOutput(line: string): void;
  onError(line: string): void;
}

export interface Wrangler {
  /** The exit code; null if a signal ended it. */
  readonly ended: Promise<number | null>;
  isRunning(): boolean;
  stop(): Promise<void>;
}

export function startWrangler({ root, args, env, onOutput, onError }: WranglerOptions): Wrangler {
  // Not bin/wrangler.js, which ends on a signal at once, while what it has started goes on.
  const program = join(root, "node_modules/wrangler/wrangler-dist/cli.js");
  const child = spawn(process.execPath, ["--no-warnings", program, "dev", ...args], {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  createInterface(child.stdout).on("line", onOutput);
  createInterface(child.stderr).on("line", onError);
  // `close` comes after the last line, unlike `exit`. A process that wrangler left behind would hold it back.
  const ended = new Promise<number | null>((resolve) => {
    child.on("close", resolve);
    child.on("exit", () => kill(child, "SIGKILL"));
    child.on("error", (cause) => {
      onError(`wrangler: ${cause.message}`);
      resolve(1);
    });
  });
  // However this program ends, nothing stays on the port.
  process.on("exit", () => isRunning() && kill(child, "SIGKILL"));
  return {
    ended,
    isRunning,
    async stop() {
      kill(child, "SIGTERM");
      const timer = setTimeout(() => kill(child, "SIGKILL"), PATIENCE_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Signals the whole group. */
function kill({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // All of it has ended.
  }
}
