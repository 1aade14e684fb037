// `npm run dev`: serves the Worker at a printed address. Options are wrangler's own: `npm run dev -- --port 9000`.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { ensureDevVars } from "./dev-vars.ts";
import { QUIET_WRANGLER } from "./local-worker.ts";

const ROOT = join(import.meta.dirname, "..");
const DEFAULT_PORT = "8787";

const made = await ensureDevVars(join(ROOT, ".dev.vars"));
if (made !== null) {
  console.log(`Made .dev.vars with fresh keys of the account "${made.account}". They are shown only now:

  test mode (free, offline):     ${made.testKey}
  live mode (needs AIMLAPI_KEY): ${made.liveKey}
`);
}
const args = process.argv.slice(2);
const port = args.includes("--port") ? args[args.indexOf("--port") + 1] : DEFAULT_PORT;
console.log(`Reelhook serves at http://localhost:${port} once wrangler is ready.\n`);
const wrangler = join(ROOT, "node_modules/wrangler/bin/wrangler.js");
const child = spawn(process.execPath, [wrangler, "dev", ...args], {
  cwd: ROOT,
  stdio: "inherit",
  env: { ...process.env, ...QUIET_WRANGLER },
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
child.on("exit", (code) => {
  process.exitCode = code ?? 0;
});
