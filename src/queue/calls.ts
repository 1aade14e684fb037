// Bounds the calls of a line to generations.

import type { Standing } from "../core/queue/standing.ts";

/** The platform limits the calls: to 50 on its free plan. https://developers.cloudflare.com/workers/platform/limits/ */
const MOST_CALLS = 20;

/** Calls in a row without an answer. After that, there are pauses. */
const MOST_UNANSWERED = 5;

/** Shorter than a turn, so that a turn passes on during the pause. */
const PAUSE_MS = 10_000;

/** The calls of one invocation of the object, with the work that it detaches. The next invocation may make more. */
export class Calls {
  #left = MOST_CALLS;

  /** @returns false if no further call may be made. */
  take(): boolean {
    if (this.#left === 0) return false;
    this.#left--;
    return true;
  }
}

/**
 * Whether generations answer when they are called for their turns. A turn that is not answered passes on at once, so the
 * line would otherwise call all who wait within seconds, and again every 30 seconds. In memory only: after a restart, the
 * line makes a few calls before it pauses again.
 */
export class Answers {
  #missing = 0;

  /** @param standing null if the generation has not answered. */
  note(standing: Standing | null): void {
    this.#missing = standing === null ? this.#missing + 1 : 0;
  }

  /** Whether the last few calls were not answered. */
  get areMissing(): boolean {
    return this.#missing >= MOST_UNANSWERED;
  }

  /** Time from one call to the next; 0 if there need not be any. */
  get pauseMs(): number {
    return this.areMissing ? PAUSE_MS : 0;
  }
}
