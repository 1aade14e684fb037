// `npm run dev`: serves the Worker and an inbox for its callbacks on this machine. `--inbox-port` is the port of the inbox;
// other options are passed to `wrangler dev`: `npm run dev -- --port 9000`.

import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { untilStopped } from "./dev/ending.ts";
import { type Inbox, startInbox } from "./dev/inbox.ts";
import { DevLog } from "./dev/log.ts";
import { DEFAULT_PORT, optionsOf, USAGE } from "./dev/options.ts";
import { firstFreePort, isFree } from "./dev/ports.ts";
import type { Read } from "./dev/secrets.ts";
import { SourceNames } from "./dev/source-names.ts";
import { type DevVars, prepareDevVars, readDevVars } from "./dev/vars.ts";
import { welcome } from "./dev/welcome.ts";
import { startWrangler, type Wrangler } from "./dev/wrangler.ts";
import { WranglerLines } from "./dev/wrangler-lines.ts";
import { QUIET_WRANGLER } from "./local-worker.ts";

const ROOT = join(import.meta.dirname, "..");
const BETWEEN_LOOKS_MS = 200;
const TIMEOUT_MS = 5_000;

const stopped = untilStopped();
const hasColors = process.stdout.isTTY === true && process.stdout.hasColors();
const log = new DevLog({ write: (text) => void process.stdout.write(text), hasColors, now: Date.now });

async function main(args: readonly string[]): Promise<number> {
  const options = optionsOf(args);
  if (typeof options === "string") {
    console.error(`${options}\n\nFor help: npm run dev -- --help`);
    return 2;
  }
  if (options.isHelp) {
    console.log(USAGE);
    return 0;
  }
  const { asked, inboxPort, envFile, forWrangler } = options;
  const vars = await varsIn(envFile);
  const port = asked ?? (await firstFreePort(DEFAULT_PORT));
  if (asked !== null && !(await isFree(asked))) {
    console.error(`Port ${asked} is already in use.`);
    return 1;
  }
  const url = `http://localhost:${port}`;
  log.print(`Starting Reelhook at ${url} …`);
  const inbox = await inboxFor(vars, url, inboxPort);
  const names = new SourceNames(ROOT);
  const [output, errors] = [new WranglerLines(log, names), new WranglerLines(log, names)];
  let isStopping = false;
  const wrangler = startWrangler({
    root: ROOT,
    args: [
      ...(asked === null ? ["--port", String(port)] : []),
      ...(inbox === null ? [] : ["--var", `INBOX_URL:${inbox.url}`]),
      ...forWrangler,
    ],
    env: { ...process.env, ...QUIET_WRANGLER, ...(hasColors ? { FORCE_COLOR: "1" } : {}) },
    onOutput: (line) => isStopping || output.take(line),
    onError: (line) => isStopping || errors.take(line),
  });
  void greet(wrangler, url, vars, inbox);
  const code = await Promise.race([wrangler.ended, stopped]);
  isStopping = true;
  await Promise.all([wrangler.stop(), inbox?.stop()]);
  return code ?? 1;
}

/** @param envFile a file of the user's own, for which wrangler ignores .dev.vars. It is not changed. */
async function varsIn(envFile: string | null): Promise<DevVars> {
  if (envFile !== null) return readDevVars(await readFile(resolve(ROOT, envFile), "utf8"));
  const { change, ...vars } = await prepareDevVars(join(ROOT, ".dev.vars"));
  if (change === "created") log.print("Created .dev.vars, which keeps API keys and secrets for this machine.");
  if (change === "completed") log.print("Added the keys that .dev.vars lacked. All other lines are as before.");
  return vars;
}

/** Null if the Worker may not call it. */
async function inboxFor({ keys, allowsLocalUrls }: DevVars, url: string, from: number): Promise<Inbox | null> {
  if (!allowsLocalUrls || keys.length === 0) return null;
  return startInbox({
    port: from,
    workerPort: Number(new URL(url).port),
    dashboard: `${url}/#/inbox`,
    keys,
    read: reader(url),
    onCallback: ({ webhook_id, type, generation, reason }) =>
      log.callback({ id: webhook_id, type, generation, reason }),
  });
}

/** Prints the links when the Worker answers, so that they are the last lines. */
async function greet(wrangler: Wrangler, url: string, { testKey }: DevVars, inbox: Inbox | null): Promise<void> {
  const health = await untilAnswered(wrangler, url);
  if (health === null) return;
  const problems = health.ok ? [] : await problemsOf(health);
  if (problems.length > 0) {
    console.error(`\nInvalid settings. Fix them and start again:\n\n${problems.join("\n")}\n`);
    return;
  }
  if (testKey === null) {
    log.print(
      `\n  Reelhook is ready at ${url}. API_KEYS has no key in test mode in plain text, so there is no link.\n`,
    );
    return;
  }
  try {
    const { secret } = await reader(url)<{ secret: string }>("/v1/webhook-secret", testKey);
    welcome(log, { url, testKey, webhookSecret: secret, inbox: inbox?.url ?? null });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    log.print(`\n  Reelhook is ready at ${url}. It does not accept its test key: ${reason}.\n`);
  }
}

/** @returns null if wrangler has ended. */
async function untilAnswered(wrangler: Wrangler, url: string): Promise<Response | null> {
  while (wrangler.isRunning()) {
    log.hide("GET", "/healthz");
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const health = await fetch(`${url}/healthz`, { signal }).catch(() => null);
    // While a build fails, wrangler answers with an error of its own.
    if (health?.headers.has("x-request-id")) return health;
    // A request that was given up on may still reach the Worker, and so the log.
    if (!signal.aborted) log.unhide("GET", "/healthz");
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MS));
  }
  return null;
}

/** Empty if the Worker is not ready for another reason. */
async function problemsOf(health: Response): Promise<string[]> {
  try {
    const { problems } = (await health.json()) as { problems: readonly { setting: string; message: string }[] };
    return problems.map(({ setting, message }) => `  ${setting}  ${message}`);
  } catch {
    return [];
  }
}

/** Reads from the Worker without a line in the log. */
function reader(url: string): Read {
  return async <T>(path: string, key: string) => {
    log.hide("GET", path);
    const headers = { authorization: `Bearer ${key}` };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url + path, { headers, signal }).catch((cause) => {
      if (!signal.aborted) log.unhide("GET", path);
      throw cause;
    });
    if (!response.ok) throw new Error(`GET ${path} answered ${response.status}`);
    return (await response.json()) as T;
  };
}

process.exitCode = await main(process.argv.slice(2));
