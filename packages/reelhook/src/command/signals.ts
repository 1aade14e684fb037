// The signals that end the command. The first one ends it in an orderly way, a second one at once.

import { constants } from "node:os";

export const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export class Interruption extends Error {
  override readonly name = "Interruption";
  /** 128 and the number of the signal, as shells expect. */
  readonly exitCode: number;

  constructor(signal: (typeof SIGNALS)[number]) {
    super(`interrupted by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/** `interrupted` aborts with an `Interruption`. `close` stops watching. */
export function watchSignals(): { readonly interrupted: AbortSignal; close(): void } {
  const controller = new AbortController();
  const end = (signal: (typeof SIGNALS)[number]) => {
    close();
    controller.abort(new Interruption(signal));
  };
  const close = () => {
    for (const signal of SIGNALS) process.off(signal, end);
  };
  for (const signal of SIGNALS) process.on(signal, end);
  return { interrupted: controller.signal, close };
}
