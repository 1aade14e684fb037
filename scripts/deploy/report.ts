// The output of `npm run deploy`: one line for each step.

import type { StepFailure } from "./failure.ts";
import type { Surroundings } from "./surroundings.ts";

const STEPS = [
  "Login",
  "R2 bucket",
  "Lifecycle rule",
  "Provider key",
  "Deploy",
  "Secrets",
  "Health",
  "API keys",
] as const;

export type Step = (typeof STEPS)[number];

const WIDTH = Math.max(...STEPS.map((step) => step.length)) + 2;

const AGAIN = "Run `npm run deploy` again: it goes on from here.";

export class Report {
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  begins(step: Step, what: string): void {
    this.#around.showProgress(`${step}: ${what} …`);
  }

  /** The step is done, or was done before. */
  done(step: Step, what: string): void {
    this.#around.print(`✓ ${step.padEnd(WIDTH)}${what}`);
  }

  /** The step is not done: in a dry run, or because the user did not want it. */
  open(step: Step, what: string): void {
    this.#around.print(`· ${step.padEnd(WIDTH)}${what}`);
  }

  failed({ step, message, advice }: StepFailure): void {
    const [first = "", ...more] = message.split("\n");
    const rest = more.map((line) => `\n  ${line}`).join("");
    this.#around.printError(`✗ ${step.padEnd(WIDTH)}${first}${rest}\n\n${advice === "" ? "" : `${advice}\n`}${AGAIN}`);
  }

  text(text: string): void {
    this.#around.print(text);
  }
}
