// Limits of the simulated provider: jobs at once, submissions a second and polls a second. Requests beyond them are
// refused with 429. Counts accepted and refused requests.

/** Infinity means no limit. */
export interface DoorRules {
  /** Jobs at once. A job holds its place for `jobMs` from its acceptance, whether it is polled or not. */
  readonly places: number;
  /** Submissions accepted in any second, a whole number. */
  readonly perSecond: number;
  /** Polls answered in any second, a whole number. */
  readonly pollsPerSecond: number;
  /** Whether a refusal by the rate of submissions has `Retry-After`. Refusals by `places` never have it. */
  readonly hasRetryAfter: boolean;
  readonly jobMs: number;
  /** Time between two polls of a job, for `probes`. */
  readonly intervalMs: number;
}

export interface DoorSeen {
  readonly accepted: number;
  /** All refused submissions, including `onTheWay` and `probes`. */
  readonly refused: number;
  /**
   * Refused submissions that count as sent before the first refusal was known: each is the first submission of its
   * generation and arrived at most `ON_THE_WAY_MS` after the first refusal. Includes the first refusal itself.
   */
  readonly onTheWay: number;
  /**
   * Of the other refused submissions, at most one in each poll interval. The intervals lie on a fixed grid that starts
   * at the first refusal, so that a probe still counts as one if it comes a few milliseconds early. An interval without
   * a refusal adds nothing.
   */
  readonly probes: number;
  readonly refusedPolls: number;
  /** The highest number of jobs at once. */
  readonly most: number;
  /** Keys of the accepted submissions, in order. A key occurs twice if its generation was accepted twice. */
  readonly order: readonly string[];
  /** Submissions accepted until `ON_THE_WAY_MS` after the first refusal; all of them if none was refused. */
  readonly acceptedEarly: number;
}

/** How long a submission that was sent before the first refusal may take to arrive. */
const ON_THE_WAY_MS = 250;

const SECOND_MS = 1_000;

export type Admission = { readonly isAccepted: true } | { readonly isAccepted: false; readonly retryAfter?: number };

export class Door {
  readonly #rules: DoorRules;
  readonly #running: Recent;
  readonly #accepted = new Recent(SECOND_MS);
  readonly #polls = new Recent(SECOND_MS);
  readonly #keys = new Set<string>();
  readonly #order: string[] = [];
  readonly #probed = new Set<number>();
  #firstRefusalAt = Number.POSITIVE_INFINITY;
  #acceptedEarly = 0;
  #refused = 0;
  #onTheWay = 0;
  #refusedPolls = 0;
  #most = 0;

  constructor(rules: DoorRules) {
    this.#rules = rules;
    this.#running = new Recent(rules.jobMs);
  }

  /** @param now when the request arrived, in milliseconds. @param key identifies its generation. */
  submit(now: number, key: string): Admission {
    const { places, perSecond, hasRetryAfter } = this.#rules;
    const isFirst = !this.#keys.has(key);
    this.#keys.add(key);
    const running = this.#running.count(now);
    const isTooFast = this.#accepted.count(now) >= perSecond;
    if (!isTooFast && running < places) {
      this.#most = Math.max(this.#most, running + 1);
      this.#running.add(now);
      this.#accepted.add(now);
      this.#order.push(key);
      if (now <= this.#firstRefusalAt + ON_THE_WAY_MS) this.#acceptedEarly++;
      return { isAccepted: true };
    }
    this.#refuse(now, isFirst);
    if (!isTooFast || !hasRetryAfter) return { isAccepted: false };
    return { isAccepted: false, retryAfter: Math.ceil(this.#accepted.waitMs(now) / 1000) };
  }

  /** @returns whether the poll is answered. */
  poll(now: number): boolean {
    const isAnswered = this.#polls.count(now) < this.#rules.pollsPerSecond;
    if (isAnswered) this.#polls.add(now);
    else this.#refusedPolls++;
    return isAnswered;
  }

  seen(): DoorSeen {
    return {
      accepted: this.#order.length,
      refused: this.#refused,
      onTheWay: this.#onTheWay,
      probes: this.#probed.size,
      refusedPolls: this.#refusedPolls,
      most: this.#most,
      order: this.#order,
      acceptedEarly: this.#acceptedEarly,
    };
  }

  #refuse(now: number, isFirst: boolean): void {
    this.#refused++;
    this.#firstRefusalAt = Math.min(this.#firstRefusalAt, now);
    const since = now - this.#firstRefusalAt;
    if (isFirst && since <= ON_THE_WAY_MS) this.#onTheWay++;
    else this.#probed.add(Math.floor(since / this.#rules.intervalMs));
  }
}

/** Times of the last `forMs` milliseconds, oldest first. Each call takes constant time on average. */
class Recent {
  readonly #forMs: number;
  readonly #times: number[] = [];
  #oldest = 0;

  constructor(forMs: number) {
    this.#forMs = forMs;
  }

  add(now: number): void {
    this.#times.push(now);
  }

  count(now: number): number {
    while ((this.#times[this.#oldest] ?? Number.POSITIVE_INFINITY) + this.#forMs <= now) this.#oldest++;
    return this.#times.length - this.#oldest;
  }

  /** Until the oldest time no longer counts. */
  waitMs(now: number): number {
    return (this.#times[this.#oldest] ?? now) + this.#forMs - now;
  }
}
