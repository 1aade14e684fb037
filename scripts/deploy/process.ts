// The real surroundings of `npm run deploy`.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { originOf } from "../api-key-calls.ts";
import type { Settings, Surroundings, WranglerRun } from "./surroundings.ts";

const ROOT = join(import.meta.dirname, "../..");
const WRANGLER = join(ROOT, "node_modules/wrangler/bin/wrangler.js");

const isWindows = process.platform === "win32";
const isShown = process.stdout.isTTY === true;
const CLEAR = isShown ? "\r\x1b[K" : "";

/** @param env the environment of this process, which wrangler gets, too. */
export function surroundingsIn(env: NodeJS.ProcessEnv): Surroundings {
  return {
    env,
    isTerminal: process.stdin.isTTY === true && isShown,
    fetch: (...asked) => fetch(...asked),
    now: () => Date.now(),
    sleep: async (ms) => {
      await sleep(ms);
    },
    runWrangler: (args, input) => runWrangler(args, input, env),
    runWranglerOpenly: (args) =>
      exitOf(spawn(process.execPath, [WRANGLER, ...args], { cwd: ROOT, env, stdio: "inherit" })),
    readSettings,
    askHidden,
    print: (text) => console.log(`${CLEAR}${text}`),
    printError(text) {
      process.stdout.write(CLEAR);
      console.error(text);
    },
    showProgress(text) {
      if (isShown) process.stdout.write(`${CLEAR}${text.slice(0, (process.stdout.columns ?? 80) - 1)}`);
    },
  };
}

async function runWrangler(args: readonly string[], input = "", env: NodeJS.ProcessEnv): Promise<WranglerRun> {
  const folder = mkdtempSync(join(tmpdir(), "reelhook-deploy-"));
  let endChild = () => {};
  const cleanUp = () => {
    endChild();
    rmSync(folder, { recursive: true, force: true });
  };
  process.once("exit", cleanUp);
  try {
    const events = join(folder, "events.ndjson");
    // A process group of its own: wrangler starts another process, which must end with it.
    const child = spawn(process.execPath, [WRANGLER, ...args], {
      cwd: ROOT,
      env: envOf(env, events),
      detached: !isWindows,
    });
    endChild = () => {
      if (isWindows || child.pid === undefined) child.kill();
      else process.kill(-child.pid);
    };
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        output[name] += text;
      });
    }
    // A wrangler that ends before it has read its input fails with a message of its own.
    child.stdin.on("error", () => {}).end(input);
    const code = await exitOf(child);
    endChild = () => {};
    return { code, ...output, events: eventsIn(events) };
  } finally {
    process.removeListener("exit", cleanUp);
    cleanUp();
  }
}

/** Without the secrets of this command: wrangler would pass them on to the build. */
function envOf(env: NodeJS.ProcessEnv, events: string): NodeJS.ProcessEnv {
  const { AIMLAPI_KEY: _, ADMIN_KEY: __, ...others } = env;
  return {
    ...others,
    ...{ NO_COLOR: "1", FORCE_COLOR: "0", WRANGLER_HIDE_BANNER: "true", WRANGLER_SEND_METRICS: "false" },
    // More than this would mix with the JSON that some commands print.
    WRANGLER_LOG: "log",
    // Otherwise, wrangler may write the bodies of its requests, which have secrets, to its log files.
    WRANGLER_LOG_SANITIZE: "true",
    WRANGLER_OUTPUT_FILE_PATH: events,
  };
}

function exitOf(child: ReturnType<typeof spawn>): Promise<number> {
  return new Promise((resolve, reject) => child.on("error", reject).on("close", (code) => resolve(code ?? 1)));
}

function eventsIn(path: string): object[] {
  try {
    return readFileSync(path, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  } catch {
    return [];
  }
}

async function readSettings(path: string | null): Promise<Settings> {
  const { unstable_readConfig: readConfig } = await import("wrangler");
  const config = readConfig({ config: path ?? join(ROOT, "wrangler.toml") });
  const bucket = config.r2_buckets.find(({ binding }: { binding: string }) => binding === "VIDEOS");
  if (bucket?.bucket_name === undefined)
    throw new Error("it has no R2 bucket with the binding VIDEOS and a bucket_name");
  const publicUrl = config.vars["PUBLIC_URL"] ?? "";
  const origin = typeof publicUrl === "string" ? originOf(publicUrl) : null;
  if (publicUrl !== "" && origin === null) throw new Error("PUBLIC_URL must be an https: URL");
  return {
    bucket: { name: bucket.bucket_name, jurisdiction: bucket.jurisdiction ?? null },
    publicUrl: origin,
  };
}

async function askHidden(question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  // The terminal shows what is typed until the interface is there.
  process.stdout.write(`${CLEAR}${question}`);
  try {
    return await new Promise((resolve) => {
      lines.once("line", resolve).once("close", () => resolve(""));
      lines.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
    });
  } finally {
    lines.close();
    process.stdout.write("\n");
  }
}
