// The alarm of a line. Each setting is billed, so it is set only if it must come earlier than it would.

import type { LineDeps } from "./ports.ts";

export class LineAlarm {
  readonly #alarm: LineDeps["alarm"];
  /** The time it is set for. Null: not set. Undefined: not known yet. */
  #at: number | null | undefined;

  constructor(alarm: LineDeps["alarm"], { mayBeSet }: { readonly mayBeSet: boolean }) {
    this.#alarm = alarm;
    this.#at = mayBeSet ? undefined : null;
  }

  /** It has gone off. */
  noteRun(): void {
    this.#at = null;
  }

  /** Sets it for the earliest of these times, but not before the next millisecond. Clears it if there is none. */
  set(times: readonly number[], now: number): void {
    if (times.length === 0) {
      if (this.#at !== null) this.#alarm.clear();
      this.#at = null;
      return;
    }
    const time = Math.max(now + 1, Math.min(...times));
    // An alarm that comes earlier than necessary sets the next one.
    if (typeof this.#at === "number" && this.#at <= time && this.#at > now) return;
    this.#alarm.set(time);
    this.#at = time;
  }
}
