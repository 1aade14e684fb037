// The loop of a generation's object: save, then act. Whatever happens goes through the rules (core/generation/step.ts). What
// they say is written and the alarm is set; only then anything is started, and it is never awaited, because an alarm handler
// that waits holds back its own next alarm.

import type { Clock } from "../clock.ts";
import type { Action, Outcome } from "../core/generation/action.ts";
import { isUnchanged } from "../core/generation/changes.ts";
import type { Context } from "../core/generation/context.ts";
import type { Life } from "../core/generation/life.ts";
import { type Generation, isTerminal } from "../core/generation/record.ts";
import { type Input, step } from "../core/generation/step.ts";
import type { AttemptResult, Delivery } from "../core/webhooks/delivery.ts";
import type { EventType } from "../core/webhooks/events.ts";
import type { Log } from "../log.ts";
import { type Lease, Leases } from "./leases.ts";
import type { LifeStore } from "./store.ts";

export interface ActContext {
  readonly signal: AbortSignal;
  /** The body of an event that has happened; null when there is none such. */
  eventBody(type: EventType): string | null;
  /** Makes known that a multipart upload is open, before its first part leaves. */
  onUpload(uploadId: string): void;
  /** Says that the action gets on: its lease begins anew. */
  onProgress(): void;
}

/** Does things in the outside world and tells how they ended; never throws, but for bugs. */
export interface Executor {
  act(action: Action, life: Life, context: ActContext): Promise<Outcome>;
  /** Tells whoever keeps the health of the webhook; nobody waits for that. */
  reportAttempt(delivery: Delivery, result: AttemptResult, generation: Generation): void;
  /** Deletes a video that a stale copy has left behind. */
  deleteOrphan(key: string): Promise<void>;
}

export interface Alarm {
  set(time: number): void;
  clear(): void;
}

export interface LoopDeps {
  readonly store: LifeStore;
  readonly executor: Executor;
  readonly alarm: Alarm;
  readonly clock: Clock;
  readonly log: Log;
  newDeliveryId(): string;
  /** Keeps the object alive for work that nobody awaits. */
  detach(work: Promise<void>): void;
  /** Called after each change, for those who wait for one. */
  onChange(): void;
}

/**
 * Deliveries that one invocation of the object may start, each with up to three calls outward: the free plan allows an
 * invocation fifty. The alarm, at once, is the next invocation.
 */
const DELIVERIES_PER_WAKE = 12;

export class Loop {
  readonly #deps: LoopDeps;
  readonly #leases = new Leases();
  /** As the last step returned it; null before the first. */
  #polledSlot: number | null = null;
  #deliveriesLeft = DELIVERIES_PER_WAKE;
  /** The time the alarm is set for; undefined when this object, new, cannot know. */
  #alarmAt: number | null | undefined = undefined;

  constructor(deps: LoopDeps) {
    this.#deps = deps;
  }

  /**
   * One step: loads the life, asks the rules, writes what has changed, sets the alarm, starts what is due.
   *
   * @returns the life after it; null when there is none.
   */
  handle(input: Input): Life | null {
    if (input.kind === "alarm") {
      this.#alarmAt = null;
      this.#deliveriesLeft = DELIVERIES_PER_WAKE;
    }
    // The alarm of a generation that is looked after may have been lost: it is set anew, whatever it was believed to be.
    if (input.kind === "ensure") this.#alarmAt = undefined;
    const { store, clock, onChange } = this.#deps;
    const now = clock.now();
    const before = store.load();
    const { life, changes, actions, aborted, wakeAt, polledSlot, orphanedVideoKey } = step(
      before,
      input,
      this.#context(now),
    );
    store.commit(life, changes);
    if (!isUnchanged(changes)) onChange();
    for (const key of aborted) this.#leases.abort(key);
    // Without a record there is nothing to wake for; the alarm went with it.
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

  #context(now: number): Context {
    const { clock } = this.#deps;
    return {
      now,
      random: clock.random(),
      newDeliveryId: () => this.#deps.newDeliveryId(),
      running: this.#leases.running,
      polledSlot: this.#polledSlot,
      alarmAt: this.#alarmAt,
      deliveriesLeft: this.#deliveriesLeft,
    };
  }

  #setAlarm(time: number | null): void {
    if (time === this.#alarmAt) return;
    if (time === null) this.#deps.alarm.clear();
    else this.#deps.alarm.set(time);
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
    // Nothing is tried at once after a bug: the lease, or the alarm that was set for it, brings the object back.
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
    // As it is now: after the last attempt of all, retention may remove it in the same step.
    const deliveries = store.load()?.deliveries ?? [];
    this.handle({ kind: "outcome", outcome, isStale });
    if (outcome.kind !== "deliver" || isStale) return;
    const delivery = deliveries.find(({ id }) => id === outcome.deliveryId);
    if (delivery !== undefined) executor.reportAttempt(delivery, outcome.result, begun.generation);
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
      const { status, durationMs: ms } = outcome.result;
      log.info("attempt.ended", { id, delivery: outcome.deliveryId, account: scope.account, status, ms });
    } else if (!isUneventful(outcome)) {
      log.info("action.ended", { id, action: outcome.kind, result: outcome.result.kind });
    }
  }
}

/** Routine outcomes are not logged: log lines cost money. */
function isUneventful({ kind, result }: Exclude<Outcome, { kind: "deliver" }>): boolean {
  switch (result.kind) {
    case "running":
    case "stored":
      return true;
    case "done":
      return kind === "report" || kind === "poll";
    default:
      return false;
  }
}
