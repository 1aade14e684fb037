// Runs the command. Its process is passed in, so that tests can replace it.

import { Deployment } from "./deploy.ts";
import { StepFailure } from "./failure.ts";
import type { MadeKeys } from "./made-keys.ts";
import { type Options, optionsOf, USAGE, UsageError } from "./options.ts";
import { Report } from "./report.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * @param made receives the keys that this run makes, so that they can be shown if it is interrupted.
 * @returns the exit code: 0 if everything is done, 1 if a step failed, 2 if the arguments are wrong.
 */
export async function run(args: readonly string[], around: Surroundings, made: MadeKeys): Promise<number> {
  let options: Options;
  try {
    options = optionsOf(args);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    around.printError(`${cause.message}\n\n${USAGE}`);
    return 2;
  }
  if (options.wantsHelp) {
    around.print(USAGE);
    return 0;
  }
  // In Cloudflare's own builds, the Deploy button's form has made the bucket and the secrets, and the output is kept.
  if ((around.env["WORKERS_CI"] ?? "") !== "") {
    const config = options.config === null ? [] : ["--config", options.config];
    return around.runWranglerOpenly(["deploy", ...(options.isDryRun ? ["--dry-run"] : []), ...config]);
  }
  try {
    await new Deployment(options, around, made).run();
    return 0;
  } catch (cause) {
    if (cause instanceof StepFailure) new Report(around).failed(cause);
    const keys = made.show();
    if (keys !== null) around.print(`\n${keys}`);
    if (!(cause instanceof StepFailure)) throw cause;
    return 1;
  }
}
