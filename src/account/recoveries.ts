// Runs the recoveries of an account and mode (recovery.ts has their rules).

import type { Clock } from "../clock.ts";
import type { Scope } from "../core/scope.ts";
import type { GenerationsForAccount } from "../generation/generations.ts";
import type { Log } from "../log.ts";
import { withTimeout } from "../outbound/deadlines.ts";
import type { EndpointStore } from "./endpoint-store.ts";
import type { IndexStore } from "./index-store.ts";
import { afterStep, RECOVERY_PAUSE_MS, type Recovery } from "./recovery.ts";

/** Generations per step. */
const RECOVERY_STEP = 20;

/** Bounds each call, so that one silent generation does not hold up the others. */
const CALL_TIMEOUT_MS = 20_000;

export interface RecoveriesDeps {
  readonly store: EndpointStore;
  readonly index: IndexStore;
  readonly generations: GenerationsForAccount;
  readonly clock: Clock;
  readonly log: Log;
}

export class Recoveries {
  readonly #deps: RecoveriesDeps;
  /** When the next step of any recovery may start. */
  #nextAt = 0;

  constructor(deps: RecoveriesDeps) {
    this.#deps = deps;
  }

  /** Starts a recovery of the generations accepted since `since`, or extends the endpoint's running recovery. */
  start(endpointId: string, scope: Scope, since: number): void {
    const { store, clock } = this.#deps;
    const now = clock.now();
    const underWay = store.recoveries().find((recovery) => recovery.endpointId === endpointId);
    // An extended recovery must not skip the rest of the running one.
    const createdAt = Math.min(since, underWay?.after.createdAt ?? since);
    store.putRecovery({ endpointId, scope, after: { createdAt, id: "" }, until: now, failures: 0, nextAt: now });
  }

  /** When the next step of each recovery is due. */
  dueTimes(): number[] {
    return this.#deps.store.recoveries().map(({ nextAt }) => Math.max(nextAt, this.#nextAt));
  }

  /** Advances the recovery that is due, if any. */
  async advance(): Promise<void> {
    const recovery = this.#due();
    if (recovery !== null) await this.#advance(recovery);
  }

  /**
   * Recoveries take turns, so that together they send no faster than one, and stay below the 50 calls that an
   * invocation may make on the free plan.
   */
  #due(): Recovery | null {
    const now = this.#deps.clock.now();
    if (now < this.#nextAt) return null;
    const [first] = this.#deps.store.recoveries().sort((a, b) => a.nextAt - b.nextAt);
    if (first === undefined || first.nextAt > now) return null;
    this.#nextAt = now + RECOVERY_PAUSE_MS;
    return first;
  }

  async #advance(recovery: Recovery): Promise<void> {
    const { store, index, generations, clock, log } = this.#deps;
    const { endpointId, scope } = recovery;
    const found = index.after(recovery.after, recovery.until, RECOVERY_STEP);
    const url = store.get(endpointId)?.url ?? "";
    const asked = found.map(({ id }) =>
      withTimeout(generations.redeliverMissed(id, scope, { endpointId, url }), CALL_TIMEOUT_MS),
    );
    const failure = (await Promise.allSettled(asked)).find(({ status }) => status === "rejected");
    if (failure?.status === "rejected") log.error("recovery.failed", { endpoint: endpointId }, failure.reason);
    // Skip if the endpoint was deleted or the recovery restarted in the meantime.
    const current = store.recoveries().find((other) => other.endpointId === endpointId);
    if (current === undefined || current.until !== recovery.until) return;
    const last = found.at(-1) ?? null;
    const next = afterStep(recovery, { last, failed: failure !== undefined, now: clock.now() });
    if (next === null) store.deleteRecovery(recovery);
    else store.putRecovery(next);
  }
}
