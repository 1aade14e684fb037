// `npm run bill -- 2026-11`: compares what Reelhook has counted in a month with the provider's log (docs/costs.md).

import { setTimeout as sleep } from "node:timers/promises";
import { run } from "./bill/run.ts";

const isTerminal = process.stderr.isTTY === true;

const code = await run(process.argv.slice(2), {
  fetch: (...asked) => fetch(...asked),
  now: () => Date.now(),
  sleep: async (ms) => {
    await sleep(ms);
  },
  env: process.env,
  print(text) {
    if (isTerminal) process.stderr.write("\r\x1b[K");
    console.log(text);
  },
  printError(text) {
    if (isTerminal) process.stderr.write("\r\x1b[K");
    console.error(text);
  },
  showProgress(text) {
    if (isTerminal) process.stderr.write(`\r\x1b[KReading ${text} …`);
  },
});
process.exitCode = code;
