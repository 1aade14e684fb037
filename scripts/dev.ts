// `npm run dev`: serves the Worker locally. Options are passed to `wrangler dev`: `npm run dev -- --port 9000`.

import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ensureDevVars, withFreshKey } from "./dev-vars.ts";
import { QUIET_WRANGLER } from "./local-worker.ts";

const ROOT = join(import.meta.dirname, "..");
const DEFAULT_PORT = 8787;

const file = join(ROOT, ".dev.vars");
const made = await ensureDevVars(file);
if (made !== null) {
  console.log(`Created .dev.vars with new API keys for account "${made.account}". They are shown only once:

  test mode (free, offline):     ${made.testKey}
  live mode (needs AIMLAPI_KEY): ${made.liveKey}
`);
}
const args = process.argv.slice(2);
const { values } = parseArgs({ args, strict: false, options: { port: { type: "string" } } });
const asked = typeof values.port === "string" ? Number(values.port) : null;
const port = asked ?? (await firstFreePort(DEFAULT_PORT));
if (asked !== null && !(await isFree(asked))) {
  console.error(`Port ${asked} is already in use.`);
  process.exit(1);
}
const fresh = await withFreshKey(file);
const vars = fresh === null ? [] : ["--var", `API_KEYS:${fresh.apiKeys}`];
console.log(`Starting Reelhook at http://localhost:${port} …\n`);
const wrangler = join(ROOT, "node_modules/wrangler/bin/wrangler.js");
const child = spawn(
  process.execPath,
  [wrangler, "dev", ...(asked === null ? ["--port", String(port)] : []), ...vars, ...args],
  {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, ...QUIET_WRANGLER },
  },
);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
child.on("exit", (code) => {
  process.exitCode = code ?? 0;
});

/** Checked so that the printed link leads to this server, not to another one on the port. */
function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "localhost", () => server.close(() => resolve(true)));
  });
}

async function firstFreePort(from: number): Promise<number> {
  for (let port = from; port < from + 100; port++) if (await isFree(port)) return port;
  return from;
}

/** Waits until the Worker answers, so that the link is printed last. */
async function tellLink(key: string): Promise<void> {
  while (child.exitCode === null) {
    const health = await fetch(`http://localhost:${port}/healthz`).catch(() => null);
    if (health?.ok) {
      console.log(`\nDashboard in test mode (click "Sign in"): http://localhost:${port}/#key=${key}\n`);
      return;
    }
    const problems = health === null ? [] : await problemsOf(health);
    if (problems.length > 0) {
      // Stop here: more requests would bury this message under wrangler's log.
      console.error(`\nInvalid settings. Fix them and start again:\n\n${problems.join("\n")}\n`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
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

if (fresh !== null) await tellLink(fresh.key);
