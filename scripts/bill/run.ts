// Runs the command. Its process is passed in, so that tests can replace it.

import { makeBill } from "./bill.ts";
import { Failure, type Outside } from "./calls.ts";
import { jsonOf, textOf } from "./output.ts";
import { settingsOf } from "./settings.ts";

/** What the command needs from its process. Replaced in tests. */
export interface Surroundings extends Outside {
  readonly env: Readonly<Record<string, string | undefined>>;
  print(text: string): void;
  printError(text: string): void;
  /** Shows a line that the next call replaces. */
  showProgress(text: string): void;
}

/** @returns the exit code: 0 if both sides agree, 1 if they differ, 2 if the command cannot tell. */
export async function run(args: readonly string[], around: Surroundings): Promise<0 | 1 | 2> {
  try {
    const settings = settingsOf(args, around.env, around.now());
    const bill = await makeBill(settings, around, around.showProgress);
    around.print(settings.json ? jsonOf(bill) : textOf(bill));
    if (bill.log.expectedRows !== null) return 2;
    return bill.agrees ? 0 : 1;
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    around.printError(cause.message);
    return 2;
  }
}
