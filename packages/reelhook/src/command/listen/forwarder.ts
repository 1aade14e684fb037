// Sends events to the receiver one at a time, in the order in which they arrive, and each only once.

import type { Answer } from "./forward.ts";
import type { Callback } from "./signing.ts";

/** Events that wait for a slow receiver. More are dropped. */
const MAX_WAITING = 1_000;

/** Ids that are remembered, to recognize repeated events. */
const MAX_REMEMBERED = 2_000;

export interface ForwarderDeps {
  /** @param attempt counts from 1. Rejects only when the command ends. */
  readonly send: (callback: Callback, attempt: number) => Promise<Answer>;
  readonly onAnswer: (callback: Callback, answer: Answer, attempt: number) => void;
  /** Called with an event that is not sent, because too many are waiting. */
  readonly onDropped: (callback: Callback) => void;
  /** Called with the reason for which `send` rejects. Nothing is sent after that. */
  readonly onError: (cause: unknown) => void;
}

export class Forwarder {
  readonly #deps: ForwarderDeps;
  readonly #seen = new Set<string>();
  readonly #waiting: Callback[] = [];
  #last: { readonly callback: Callback; attempts: number } | null = null;
  #isSending = false;
  #isAgainWanted = false;

  constructor(deps: ForwarderDeps) {
    this.#deps = deps;
  }

  /** Returns at once. An event that has arrived before is ignored, because the stream may repeat one. */
  add(callback: Callback): void {
    if (this.#seen.has(callback.id)) return;
    this.#seen.add(callback.id);
    const [oldest = ""] = this.#seen;
    if (this.#seen.size > MAX_REMEMBERED) this.#seen.delete(oldest);
    if (this.#waiting.length >= MAX_WAITING) {
      this.#deps.onDropped(callback);
      return;
    }
    this.#waiting.push(callback);
    this.#start();
  }

  /** Sends the last event again, before those that wait. @returns false if there is none. */
  again(): boolean {
    if (this.#last === null) return false;
    this.#isAgainWanted = true;
    this.#start();
    return true;
  }

  #start(): void {
    if (this.#isSending) return;
    this.#isSending = true;
    this.#sendAll().catch(this.#deps.onError);
  }

  async #sendAll(): Promise<void> {
    for (let next = this.#next(); next !== null; next = this.#next()) {
      const { callback } = next;
      const attempt = ++next.attempts;
      this.#deps.onAnswer(callback, await this.#deps.send(callback, attempt), attempt);
    }
    this.#isSending = false;
  }

  #next() {
    if (!this.#isAgainWanted) {
      const callback = this.#waiting.shift();
      if (callback === undefined) return null;
      this.#last = { callback, attempts: 0 };
    }
    this.#isAgainWanted = false;
    return this.#last;
  }
}
