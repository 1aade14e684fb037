// `npm run deploy`: deploys Reelhook to a Cloudflare account, with everything that it needs there.

import { MadeKeys } from "./deploy/made-keys.ts";
import { surroundingsIn } from "./deploy/process.ts";
import { run } from "./deploy/run.ts";

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const around = surroundingsIn(process.env);
const made = new MadeKeys();

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => {
    around.print("\nStopped. Run `npm run deploy` again: it goes on from here.");
    const keys = made.show();
    if (keys !== null) around.print(`\n${keys}`);
    process.exit(EXIT_CODES[signal]);
  });
}

process.exitCode = await run(process.argv.slice(2), around, made);
