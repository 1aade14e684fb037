// `npm run key -- create acme`: makes, lists and revokes API keys of a deployment (scripts/key/arguments.ts has the usage).

import { join } from "node:path";
import { askHidden, canAsk } from "./hidden-input.ts";
import { run } from "./key/run.ts";

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  devVars: join(import.meta.dirname, "../.dev.vars"),
  now: () => Date.now(),
  askHidden: canAsk() ? askHidden : null,
  columns: process.stdout.columns ?? Number.POSITIVE_INFINITY,
  print: (text) => console.log(text),
  printError: (text) => console.error(text),
});
