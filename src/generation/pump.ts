// The loop of a generation's object: save, then act. Every input (an alarm, a request, the end of an action) changes the
// record and then pumps: what is due is marked, the alarm is set, and only then anything is started, and never awaited,
// because an alarm handler that waits holds back its own next alarm.
//
// The leases of running actions (leases.ts) die with the object. What must survive is saved: that a submission was sent (core
// `begin`), and the alarm, which always lies no later than the next look at whatever is running.

import { dueActions, dueExpiry, nextWake } from "../core/agenda.ts";
import { remove } from "../core/chores.ts";
import { type AttemptResult, afterAttempt, type Delivery } from "../core/delivery.ts";
import type { EventType, FrozenEvent } from "../core/events.ts";
import { consequences, endpointDeliveries, requestedDeliveries } from "../core/fanout.ts";
import { type Generation, isTerminal } from "../core/generation.ts";
import { slotAt } from "../core/grid.ts";
import { type Change, unchanged } from "../core/happenings.ts";
import type { Life, Memory } from "../core/life.ts";
import { applyOutcome, begin, expired } from "../core/lifecycle.ts";
import type { Action, Outcome } from "../core/outcome.ts";
import { polledBefore } from "../core/polling.ts";
import { gridOf } from "../core/transitions.ts";
import type { Clock, Log } from "../ports.ts";
import { type Lease, Leases } from "./leases.ts";
import type { LifeStore } from "./store.ts";

export type OwnAction = Exclude<Action, { kind: "deliver" }>;
export type OwnOutcome = Exclude<Outcome, { kind: "deliver" }>;

export interface ActContext {
  readonly signal: AbortSignal;
  /** Makes known that a multipart upload is open, before its first part leaves. */
  onUpload(uploadId: string): void;
  /** Says that the action gets on: its lease begins anew. */
  onProgress(): void;
}

/** Does things in the outside world and tells how they ended; never throws, but for bugs. */
export interface Executor {
  act(action: OwnAction, generation: Generation, context: ActContext): Promise<OwnOutcome>;
  /** @param signal ends the attempt, whose connection counts among those that are open. */
  deliver(delivery: Delivery, body: string, life: Life, signal: AbortSignal): Promise<AttemptResult>;
  /** Tells whoever keeps the health of the webhook; nobody waits for that. */
  attempted(delivery: Delivery, result: AttemptResult, generation: Generation): void;
  /** Removes what an action left behind whose outcome nobody wants any more. */
  cleanUp(outcome: OwnOutcome): Promise<void>;
}

export interface Alarm {
  set(time: number): void;
  clear(): void;
}

export interface PumpDeps {
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

/** While anything runs the alarm is never further off: this bounds how long a crash goes unnoticed. */
const WATCH_MS = 20_000;

/**
 * Deliveries that one invocation of the object may start, each with up to three calls outward: the free plan allows an
 * invocation fifty. The alarm, at once, is the next invocation.
 */
const DELIVERIES_PER_WAKE = 12;

export class Pump {
  readonly #deps: PumpDeps;
  readonly #leases = new Leases();
  /** Null until an alarm or a poll has told. */
  #polledSlot: number | null = null;
  #deliveriesStarted = 0;
  /** The time the alarm is set for; undefined when this object, new, cannot know. */
  #alarmAt: number | null | undefined = undefined;

  constructor(deps: PumpDeps) {
    this.#deps = deps;
  }

  /** @param scheduledFor the time for which the alarm that has just fired was set. */
  wake(scheduledFor: number): void {
    this.#alarmAt = null;
    this.#deliveriesStarted = 0;
    const life = this.#deps.store.load();
    if (life === null) return;
    this.#polledSlot ??= polledBefore(life.generation, scheduledFor);
    this.run();
  }

  /** Sets the alarm anew, whatever it was believed to be: for a generation whose alarm was lost. */
  rearm(): void {
    this.#alarmAt = undefined;
    this.run();
  }

  /**
   * Ends and forgets an action that is under way: its outcome will be dropped.
   *
   * @returns when it began; null when it was not under way.
   */
  abandon(action: Action): number | null {
    return this.#leases.abandon(action);
  }

  /** Saves a change that came from outside, and whatever follows from it. */
  commit(life: Life, change: Change, delivery: Delivery | null = null): void {
    const { store } = this.#deps;
    const bodies = new Map<EventType, string>();
    const changed = delivery === null ? [] : [delivery, ...consequences(delivery, life.deliveries)];
    const known = { existing: life.deliveries, newId: () => this.#deps.newDeliveryId() };
    const tell = ({ type, body }: { type: EventType; body: string }, made: readonly Delivery[]) => {
      if (made.length > 0) bodies.set(type, body);
      changed.push(...made);
    };
    for (const event of change.happenings) {
      tell(event, requestedDeliveries(event, change.generation.webhooks, known));
    }
    for (const { event, recipients } of change.resolved) tell(event, endpointDeliveries(event, recipients, known));
    const isNew = change.generation !== life.generation;
    if (!isNew && changed.length === 0) return;
    for (const event of change.happenings) this.#logEnd(event, change.generation);
    store.save({ ...(isNew ? { generation: change.generation } : {}), deliveries: changed, bodies });
    this.#deps.onChange();
  }

  #logEnd({ type, at }: FrozenEvent, generation: Generation): void {
    if (type === "generation.started") return;
    const { id, model, scope, state, createdAt } = generation;
    const fields = { id, account: scope.account, mode: scope.mode, model, ms: at - createdAt };
    const error = "error" in state ? state.error.code : null;
    this.#deps.log.info("generation.ended", { ...fields, status: state.phase, error });
  }

  /** Removes all that callers gave and got; what must still be done for that is done by and by. */
  remove(generation: Generation, requestId: string): void {
    this.#deps.store.save({ generation: remove(generation, { now: this.#deps.clock.now(), requestId }) });
    this.#deps.store.dropDeliveries();
  }

  /** Starts all that is due and sets the alarm for the rest. */
  run(): void {
    const { store, clock } = this.#deps;
    const now = clock.now();
    const found = store.load();
    if (found === null) return;
    const expiry = dueExpiry(found, this.#memory(found, now), now);
    switch (expiry?.kind) {
      case "forget":
        store.clear();
        return;
      case "remove":
        this.remove(found.generation, "retention");
        break;
      case "fail":
        this.commit(found, expired(found.generation, expiry.failure, now));
    }
    this.#begin(store.load() ?? found, now);
  }

  /** Takes a new generation in and begins with it at once: one save for both. */
  accept(generation: Generation): void {
    this.#begin({ generation, deliveries: [] }, this.#deps.clock.now(), true);
  }

  #begin(life: Life, now: number, isNew = false): void {
    this.#leases.dropStale(life, now);
    const memory = this.#memory(life, now);
    const due = dueActions(life, memory, now);
    const actions = due.filter(({ kind }) => kind !== "deliver" || this.#deliveriesStarted++ < DELIVERIES_PER_WAKE);
    let generation = life.generation;
    for (const action of actions) generation = begin(generation, action, now);
    if (isNew) this.#deps.store.save({ generation });
    else this.commit(life, unchanged(generation));
    for (const action of actions) {
      this.#leases.begin(action, now);
      if (action.kind === "poll") this.#polledSlot = action.slot;
    }
    const begun = { ...life, generation };
    this.#setAlarm(begun, now, actions.length < due.length);
    for (const action of actions) this.#start(action, begun);
    if (this.#leases.size === 0) this.#deps.store.flush();
  }

  #memory(life: Life, now: number): Memory {
    const { state } = life.generation;
    const current = "job" in state && state.job !== null ? slotAt(gridOf(life.generation, state.job), now) : 0;
    // A clock that was turned back must not hold the polls until it has caught up.
    if (this.#polledSlot !== null && this.#polledSlot > current) this.#polledSlot = current;
    return { polledSlot: this.#polledSlot ?? current, running: this.#leases.keys() };
  }

  /** @param atOnce when something due was left to the next invocation. */
  #setAlarm(life: Life, now: number, atOnce: boolean): void {
    const leases = this.#leases.ends().map((end) => Math.min(end, now + WATCH_MS));
    const next = nextWake(life, this.#memory(life, now), now);
    const needed = [...(next === null ? [] : [next]), ...(atOnce ? [now + 1] : [])];
    const times = [...leases, ...needed];
    const time = times.length === 0 ? null : Math.max(now + 1, Math.min(...times));
    if (time === this.#alarmAt) return;
    // A look at what is running may as well come a little earlier: an alarm that is moved is a row that is written.
    const isSoonEnough = typeof this.#alarmAt === "number" && this.#alarmAt > now + WATCH_MS / 2;
    if (time !== null && !needed.includes(time) && isSoonEnough && Number(this.#alarmAt) < time) return;
    if (time === null) this.#deps.alarm.clear();
    else this.#deps.alarm.set(time);
    this.#alarmAt = time;
  }

  #start(action: Action, life: Life): void {
    const { id } = life.generation;
    const lease = this.#leases.of(action);
    if (lease === undefined) return;
    const work = action.kind === "deliver" ? this.#deliver(action, lease, life) : this.#act(action, lease, life);
    // Nothing is tried at once after a bug: the lease, or the alarm that was set for it, brings the object back.
    this.#deps.detach(
      work.catch((cause) => this.#deps.log.error("action.crashed", { id, action: action.kind }, cause)),
    );
  }

  async #act(action: OwnAction, lease: Lease, { generation }: Life): Promise<void> {
    const onUpload = (openUpload: string) => {
      const current = this.#leases.of(action) === lease ? this.#deps.store.load() : null;
      if (current !== null) this.#deps.store.save({ generation: { ...current.generation, openUpload } });
    };
    const outcome = await this.#deps.executor.act(action, generation, {
      signal: lease.signal,
      onUpload,
      onProgress: () => lease.renew(this.#deps.clock.now()),
    });
    if (!isUneventful(outcome)) {
      this.#deps.log.info("action.ended", { id: generation.id, action: action.kind, result: outcome.result.kind });
    }
    // An answer to a submission is news whenever it comes; the core knows which submission it is about.
    const life = this.#settle(action, lease) ?? (outcome.kind === "submit" ? this.#deps.store.load() : null);
    if (life === null) return this.#discard(outcome);
    const moment = { now: this.#deps.clock.now(), random: this.#deps.clock.random() };
    const change = applyOutcome(life.generation, outcome, moment);
    // That the account has heard may be forgotten: it would hear it once more. What still runs has more to save, soon.
    if (isAcknowledged(outcome) && change.resolved.length === 0 && this.#leases.size > 0)
      this.#deps.store.hold(change.generation);
    else this.commit(life, change);
    this.run();
  }

  async #deliver(action: Extract<Action, { kind: "deliver" }>, lease: Lease, begun: Life): Promise<void> {
    const { store, executor, clock, log } = this.#deps;
    const { generation, deliveries } = begun;
    const delivery = deliveries.find(({ id }) => id === action.deliveryId);
    const body = delivery && store.eventBody(delivery.event);
    if (delivery === undefined || body == null) throw new Error(`no delivery or body for ${action.deliveryId}`);
    const result = await executor.deliver(delivery, body, begun, lease.signal);
    log.info("attempt.ended", {
      id: generation.id,
      delivery: delivery.id,
      account: generation.scope.account,
      status: result.status,
      ms: result.durationMs,
    });
    const life = this.#settle(action, lease);
    const current = life?.deliveries.find(({ id }) => id === delivery.id);
    if (life === null || current === undefined) return;
    const { retryDelaysMs } = life.generation.policy;
    const after = afterAttempt(current, result, { retryDelaysMs, random: clock.random(), now: clock.now() });
    this.commit(life, unchanged(life.generation), after);
    executor.attempted(after, result, life.generation);
    this.run();
  }

  /** The present life, or null when the lease is stale and the outcome must be dropped. */
  #settle(action: Action, lease: Lease): Life | null {
    return this.#leases.end(action, lease) ? this.#deps.store.load() : null;
  }

  async #discard(outcome: OwnOutcome): Promise<void> {
    const generation = this.#deps.store.load()?.generation;
    // A second copy that is still wanted, or was, wrote to the same key.
    const keeps = generation?.state.phase === "completed" && generation.deletedAt === null;
    const wanted = keeps || (generation !== undefined && !isTerminal(generation));
    if (!wanted) await this.#deps.executor.cleanUp(outcome);
  }
}

function isAcknowledged({ kind, result }: OwnOutcome): boolean {
  return kind === "report" && result.kind === "done";
}

/** What goes as it should is told by the lines of the request and of the end; each more is paid for. */
function isUneventful(outcome: OwnOutcome): boolean {
  const { kind } = outcome.result;
  return (
    isAcknowledged(outcome) || (outcome.kind === "poll" && (kind === "running" || kind === "done")) || kind === "stored"
  );
}
