// The loop of a generation's object: decide, save, then act. Each input goes through the rules in
// core/generation/step.ts. Actions start only after the changes are written and the alarm is set. They are not awaited,
// because an alarm handler that waits delays its own next alarm.

import type { Clock } from "../clock.ts";
import type { EventType } from "../contract/words.ts";
import type { Action, Outcome } from "../core/generation/action.ts";
import { isUnchanged } from "../core/generation/changes.ts";
import type { Context, Running } from "../core/generation/context.ts";
import type { Life } from "../core/generation/life.ts";
import { type Facts, type Generation, isTerminal } from "../core/generation/record.ts";
import { type Input, step } from "../core/generation/step.ts";
import { type AttemptResult, afterAttempt, type Delivery } from "../core/webhooks/delivery.ts";
import type { Log } from "../log.ts";
import { type Lease, Leases } from "./leases.ts";
import type { LifeStore } from "./store.ts";

export interface ActContext {
  readonly signal: AbortSignal;
  /** The stored body of an event; null if there is none. */
  eventBody(type: EventType): string | null;
  /** Called when a multipart upload has been opened, before its first part is sent. */
  onUpload(uploadId: string): void;
  /** Called when the action makes progress; restarts its lease. */
  onProgress(): void;
}

/** Performs actions in the outside world and returns their outcomes. Throws only on bugs. */
export interface Executor {
  act(action: Action, life: Life, context: ActContext): Promise<Outcome>;
  /**
   * Reports an attempt to the account, for the health and the log of webhook endpoints and for listeners. Not awaited.
   *
   * @param delivery after the attempt.
   */
  reportAttempt(delivery: Delivery, result: AttemptResult, generation: Generation): void;
  /** Deletes a video left behind by a stale copy. */
  deleteOrphan(key: string): Promise<void>;
}

export interface Alarm {
  set(time: number): void;
}

export interface LoopDeps {
  readonly store: LifeStore;
  readonly executor: Executor;
  readonly alarm: Alarm;
  readonly clock: Clock;
  readonly log: Log;
  newDeliveryId(): string;
  /** Whether others are known to wait in line for this provider. */
  hasLine(generation: Pick<Facts, "provider" | "scope">): boolean;
  /** Keeps the object alive until the work ends, without awaiting it. */
  detach(work: Promise<void>): void;
  /** Called after each change, to wake requests that wait for one. */
  onChange(): void;
}

/**
 * Deliveries that one invocation of the object may start. Each is one request, and shares its calls to the account
 * with others. The free plan allows an invocation 50 requests, and 1,000 calls to Cloudflare's own services. An immediate
 * alarm starts the rest in the next one.
 */
const DELIVERIES_PER_WAKE = 20;

export class Loop {
  readonly #deps: LoopDeps;
  readonly #leases = new Leases();
  /** Result of the last step; null before the first one. */
  #polledSlot: number | null = null;
  #deliveriesLeft = DELIVERIES_PER_WAKE;
  /** The time the alarm is set for. Null: not set. Undefined: not known yet, in a new instance of the object. */
  #alarmAt: number | null | undefined = undefined;

  constructor(deps: LoopDeps) {
    this.#deps = deps;
  }

  /**
   * Runs one step: loads the life, applies the rules, writes the changes, sets the alarm and starts the due actions.
   *
   * @returns the life after the step; null if there is no generation.
   */
  handle(input: Input): Life | null {
    if (input.kind === "alarm") {
      this.#alarmAt = null;
      this.#deliveriesLeft = DELIVERIES_PER_WAKE;
    }
    // The watchdog calls because the alarm may be lost, so set it again even if this object considers it set.
    if (input.kind === "ensure") this.#alarmAt = undefined;
    const { store, clock, onChange } = this.#deps;
    const now = clock.now();
    const before = store.load();
    const { life, changes, actions, aborted, wakeAt, polledSlot, orphanedVideoKey } = step(
      before,
      input,
      this.#context(now, before?.generation ?? (input.kind === "created" ? input.facts : null)),
    );
    store.commit(life, changes);
    if (!isUnchanged(changes)) onChange();
    for (const key of aborted) this.#leases.abort(key);
    // Without a record there is nothing to wake up for. Deleting the record also deleted the alarm.
    if (life === null) this.#alarmAt = null;
    else {
      this.#polledSlot = polledSlot;
      this.#logEnd(before, life);
      const leases = actions.map((action) => this.#leases.begin(action, now));
      this.#setAlarm(wakeAt);
      for (const lease of leases) this.#start(lease, life);
    }
    if (orphanedVideoKey !== null) this.#deleteOrphan(orphanedVideoKey);
    return life;
  }

  #context(now: number, generation: Pick<Facts, "provider" | "scope"> | null): Context {
    const { clock } = this.#deps;
    return {
      now,
      random: clock.random(),
      newDeliveryId: () => this.#deps.newDeliveryId(),
      running: this.#leases.running,
      polledSlot: this.#polledSlot,
      alarmAt: this.#alarmAt,
      deliveriesLeft: this.#deliveriesLeft,
      hasLine: generation !== null && this.#deps.hasLine(generation),
    };
  }

  get running(): ReadonlyMap<string, Running> {
    return this.#leases.running;
  }

  #setAlarm(time: number | null): void {
    if (time === null || time === this.#alarmAt) return;
    this.#deps.alarm.set(time);
    this.#alarmAt = time;
  }

  #logEnd(before: Life | null, { generation }: Life): void {
    if (!isTerminal(generation) || (before !== null && isTerminal(before.generation))) return;
    const { id, model, scope, state, createdAt } = generation;
    const ms = "finishedAt" in state ? state.finishedAt - createdAt : 0;
    const fields = { id, account: scope.account, mode: scope.mode, model, ms };
    const error = "error" in state ? state.error.code : null;
    this.#deps.log.info("generation.ended", { ...fields, status: state.phase, error });
  }

  #start(lease: Lease, life: Life): void {
    const { log, detach } = this.#deps;
    const { action } = lease;
    const { id } = life.generation;
    if (action.kind === "deliver") this.#deliveriesLeft--;
    // A bug is not retried at once: the lease stays until it expires, and the alarm set for then retries the action.
    detach(this.#act(lease, life).catch((cause) => log.error("action.crashed", { id, action: action.kind }, cause)));
  }

  async #act(lease: Lease, begun: Life): Promise<void> {
    const { executor, store, clock } = this.#deps;
    const outcome = await executor.act(lease.action, begun, {
      signal: lease.signal,
      eventBody: (type) => store.eventBody(type),
      onUpload: (uploadId) => {
        if (this.#leases.isCurrent(lease)) this.handle({ kind: "upload_opened", uploadId });
      },
      onProgress: () => lease.renew(clock.now()),
    });
    this.#logOutcome(outcome, begun.generation);
    const isStale = !this.#leases.end(lease);
    const before = store.load();
    const after = this.handle({ kind: "outcome", outcome, isStale });
    if (outcome.kind !== "deliver" || isStale) return;
    const { deliveryId, result } = outcome;
    if ("turnAt" in result) return;
    const delivery = deliveryIn(after, deliveryId) ?? settledIn(before, deliveryId, result);
    if (delivery !== null) executor.reportAttempt(delivery, result, begun.generation);
  }

  #deleteOrphan(key: string): void {
    const { executor, detach, log } = this.#deps;
    detach(
      executor.deleteOrphan(key).catch((cause) => log.error("action.crashed", { action: "delete-orphan" }, cause)),
    );
  }

  #logOutcome(outcome: Outcome, { id, scope }: Generation): void {
    const { log } = this.#deps;
    if (outcome.kind === "deliver") {
      const { deliveryId: delivery, result } = outcome;
      if ("turnAt" in result) return;
      log.info("attempt.ended", { id, delivery, account: scope.account, status: result.status, ms: result.durationMs });
    } else if (!isUneventful(outcome)) {
      log.info("action.ended", { id, action: outcome.kind, result: outcome.result.kind });
    }
  }
}

function deliveryIn(life: Life | null, id: string): Delivery | null {
  return life?.deliveries.find((delivery) => delivery.id === id) ?? null;
}

/** A delivery after its last attempt, whose step has also removed all deliveries because the retention period was over. */
function settledIn(before: Life | null, id: string, result: AttemptResult): Delivery | null {
  const delivery = deliveryIn(before, id);
  return delivery && afterAttempt(delivery, result, { retryDelaysMs: [], random: 0, now: 0 });
}

/** Whether an outcome is routine and not logged, because log lines cost money. */
function isUneventful({ kind, result }: Exclude<Outcome, { kind: "deliver" }>): boolean {
  switch (result.kind) {
    case "running":
    case "stored":
      return true;
    case "acknowledged":
    case "granted":
      return true;
    case "done":
      return kind === "report" || kind === "poll";
    default:
      return false;
  }
}
