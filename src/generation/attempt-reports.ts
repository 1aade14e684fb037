// Reports attempts to the account. Those that end within a moment of each other are reported in one call. They wait in
// memory: a crash loses them, which costs the account some of the endpoints' health, and never a delivery.

import type { Scope } from "../core/scope.ts";
import type { Accounts, AttemptReport } from "./ports.ts";

const TOGETHER_MS = 20;

export class AttemptReports {
  readonly #waiting: AttemptReport[] = [];
  readonly #accounts: () => Pick<Accounts, "reportAttempts">;
  readonly #detach: (work: Promise<void>) => void;

  /** @param detach keeps the object alive until the work ends, without awaiting it. */
  constructor(accounts: () => Pick<Accounts, "reportAttempts">, detach: (work: Promise<void>) => void) {
    this.#accounts = accounts;
    this.#detach = detach;
  }

  /** @param isUrgent whether it is reported at once, together with those that wait. */
  add(scope: Scope, attempt: AttemptReport, isUrgent: boolean): void {
    this.#waiting.push(attempt);
    if (isUrgent) this.#detach(this.#send(scope));
    else if (this.#waiting.length === 1) this.#detach(this.#sendTogether(scope));
  }

  async #sendTogether(scope: Scope): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, TOGETHER_MS));
    await this.#send(scope);
  }

  async #send(scope: Scope): Promise<void> {
    const attempts = this.#waiting.splice(0);
    if (attempts.length > 0) await this.#accounts().reportAttempts(scope, attempts);
  }
}
