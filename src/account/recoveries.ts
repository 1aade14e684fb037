// Runs the recoveries of an account and mode (recovery.ts has their rules).

import type { Clock } from "../clock.ts";
import type { Scope } from "../core/scope.ts";
import type { GenerationsForAccount } from "../generation/generations.ts";
import type { Log } from "../log.ts";
import { withTimeout } from "../outbound/deadlines.ts";
import type { DeliveryLog } from "./delivery-log.ts";
import type { EndpointStore } from "./endpoint-store.ts";
import type { IndexStore } from "./index-store.ts";
import { afterStep, RECOVERY_PAUSE_MS, type Recovery, startedRecovery } from "./recovery.ts";

/** Generations per step. */
const RECOVERY_STEP = 20;

/** Bounds each call, so that one silent generation does not hold up the others. */
const CALL_TIMEOUT_MS = 20_000;

export interface RecoveriesDeps {
  readonly store: EndpointStore;
  readonly index: IndexStore;
  readonly deliveries: DeliveryLog;
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

  /** The deliveries in the endpoint's log that a recovery of the generations accepted since then would send again. */
  matching(endpointId: string, since: number): number {
    const { deliveries, clock } = this.#deps;
    return deliveries.missed(endpointId, since, clock.now());
  }

  start(endpointId: string, scope: Scope, since: number): void {
    const { store, clock } = this.#deps;
    const missedSince = (time: number) => this.matching(endpointId, time);
    const last = store.recovery(endpointId);
    store.putRecovery(startedRecovery({ endpointId, scope, since }, { last, missedSince, now: clock.now() }));
  }

  #running(): Recovery[] {
    return this.#deps.store.recoveries().filter(({ finishedAt }) => finishedAt === null);
  }

  /** When the next step of each recovery is due. */
  dueTimes(): number[] {
    return this.#running().map(({ nextAt }) => Math.max(nextAt, this.#nextAt));
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
    const [first] = this.#running().sort((a, b) => a.nextAt - b.nextAt);
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
    const answers = await Promise.allSettled(asked);
    const resent = answers.reduce((sum, answer) => sum + (answer.status === "fulfilled" ? answer.value : 0), 0);
    const failure = answers.find(({ status }) => status === "rejected");
    if (failure?.status === "rejected") log.error("recovery.failed", { endpoint: endpointId }, failure.reason);
    // Null if the endpoint was deleted in the meantime.
    const current = store.recovery(endpointId);
    if (current === null) return;
    const last = found.at(-1) ?? null;
    // A recovery that was started anew in the meantime begins at its own position.
    if (current !== recovery) store.putRecovery({ ...current, resent: current.resent + resent });
    else store.putRecovery(afterStep(current, { last, failed: failure !== undefined, resent, now: clock.now() }));
  }
}
