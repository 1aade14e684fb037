// The loop of a generation's object: save, then act. Every input (an alarm, a request, the end of an action) changes the
// record and then pumps: what is due is marked, the alarm is set, and only then anything is started, and never awaited,
// because an alarm handler that waits holds back its own next alarm.
//
// The leases of running actions live in memory: they die with the object, and so do the actions. What must survive is
// saved: that a submission was sent (core `begin`), and the alarm, which always lies no later than the next look at
// whatever is running. See docs/adr/0003-leases-in-memory.md.

import { isForgotten } from "../core/chores.ts";
import { type AttemptResult, afterAttempt, type Delivery } from "../core/delivery.ts";
import { type EventType, eventBody } from "../core/events.ts";
import { consequences, deliveriesFor } from "../core/fanout.ts";
import { type Generation, isTerminal } from "../core/generation.ts";
import { slotAt } from "../core/grid.ts";
import {
  applyOutcome,
  begin,
  type Change,
  dueActions,
  expire,
  type Life,
  type Memory,
  nextWake,
} from "../core/lifecycle.ts";
import { type Action, type ActionKind, actionKey, type Outcome } from "../core/outcome.ts";
import { polledBefore } from "../core/polling.ts";
import { gridOf, type Happening } from "../core/transitions.ts";
import { eventView } from "../core/view.ts";
import type { Clock, Log } from "../ports.ts";
import type { LifeStore } from "./store.ts";

export type OwnAction = Exclude<Action, { kind: "deliver" }>;
export type OwnOutcome = Exclude<Outcome, { kind: "deliver" }>;

/** Does things in the outside world and tells how they ended; never throws, but for bugs. */
export interface Executor {
  act(action: OwnAction, generation: Generation, signal: AbortSignal): Promise<OwnOutcome>;
  deliver(delivery: Delivery, body: string, generation: Generation): Promise<AttemptResult>;
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

/** The most that an action may take: beyond that it counts as lost. Adapters have shorter timeouts of their own. */
const LEASE_MS: Record<ActionKind, number> = {
  submit: 70_000,
  reconcile: 320_000,
  poll: 20_000,
  store: 15 * 60_000,
  deliver: 20_000,
  unstage: 60_000,
  report: 20_000,
  purge: 60_000,
};

/** What a generation that has ended wants no more. */
const LIFE_ACTIONS: ReadonlySet<string> = new Set<ActionKind>(["submit", "reconcile", "poll", "store"]);

/** While anything runs the alarm is never further off: this bounds how long a crash goes unnoticed. */
const WATCH_MS = 20_000;

interface Lease {
  readonly expiresAt: number;
  readonly abort: AbortController;
}

export class Pump {
  readonly #deps: PumpDeps;
  readonly #running = new Map<string, Lease>();
  /** Null until an alarm or a poll has told. */
  #polledSlot: number | null = null;
  /** The time the alarm is set for; undefined when this object, new, cannot know. */
  #alarmAt: number | null | undefined = undefined;

  constructor(deps: PumpDeps) {
    this.#deps = deps;
  }

  /** @param scheduledFor the time for which the alarm that has just fired was set. */
  wake(scheduledFor: number): void {
    this.#alarmAt = null;
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

  /** Forgets an action that is under way: its outcome will be dropped. */
  abandon(action: Action): void {
    this.#running.get(actionKey(action))?.abort.abort();
    this.#running.delete(actionKey(action));
  }

  /** Saves a change that came from outside, and whatever follows from it. */
  commit(life: Life, change: Change, delivery: Delivery | null = null): void {
    const { store } = this.#deps;
    const bodies = new Map<EventType, string>();
    const changed = delivery === null ? [] : [delivery, ...consequences(delivery, life.deliveries)];
    for (const happening of change.happenings) {
      const made = this.#deliveriesOf(happening, life.deliveries);
      if (made.length > 0) bodies.set(happening.type, bodyOf(happening));
      changed.push(...made);
    }
    const isNew = change.generation !== life.generation;
    if (!isNew && changed.length === 0) return;
    store.save({ ...(isNew ? { generation: change.generation } : {}), deliveries: changed, bodies });
    this.#deps.onChange();
  }

  #deliveriesOf({ type, at, generation }: Happening, existing: readonly Delivery[]): Delivery[] {
    return deliveriesFor({ type, at }, generation.webhooks, { existing, newId: () => this.#deps.newDeliveryId() });
  }

  /** Starts all that is due and sets the alarm for the rest. */
  run(): void {
    const { store, clock } = this.#deps;
    const now = clock.now();
    const found = store.load();
    if (found === null) return;
    if (isForgotten(found.generation, now)) {
      store.clear();
      return;
    }
    this.commit(found, expire(found.generation, this.#memory(found, now), now));
    const life = store.load() ?? found;
    this.#dropStaleLeases(life, now);
    const memory = this.#memory(life, now);
    const actions = dueActions(life, memory, now);
    let generation = life.generation;
    for (const action of actions) generation = begin(generation, action, now);
    this.commit(life, { generation, happenings: [] });
    for (const action of actions) this.#lease(action, now);
    const due = { ...life, generation };
    this.#setAlarm(due, now);
    for (const action of actions) this.#start(action, due);
  }

  #memory(life: Life, now: number): Memory {
    const { state } = life.generation;
    const current = "job" in state && state.job !== null ? slotAt(gridOf(life.generation, state.job), now) : 0;
    // A clock that was turned back must not hold the polls until it has caught up.
    if (this.#polledSlot !== null && this.#polledSlot > current) this.#polledSlot = current;
    return { polledSlot: this.#polledSlot ?? current, running: new Set(this.#running.keys()) };
  }

  /** Actions that took too long, those of a generation that has ended meanwhile, and deliveries that are no more. */
  #dropStaleLeases({ generation, deliveries }: Life, now: number): void {
    const wanted = new Set(deliveries.map(({ id }) => actionKey({ kind: "deliver", deliveryId: id })));
    for (const [key, { expiresAt, abort }] of this.#running) {
      const unwanted = key.startsWith("deliver:") ? !wanted.has(key) : isTerminal(generation) && LIFE_ACTIONS.has(key);
      if (expiresAt > now && !unwanted) continue;
      this.#running.delete(key);
      abort.abort();
    }
  }

  #lease(action: Action, now: number): void {
    this.#running.set(actionKey(action), { expiresAt: now + LEASE_MS[action.kind], abort: new AbortController() });
    if (action.kind === "poll") this.#polledSlot = action.slot;
  }

  #setAlarm(life: Life, now: number): void {
    const leases = [...this.#running.values()].map(({ expiresAt }) => Math.min(expiresAt, now + WATCH_MS));
    const next = nextWake(life, this.#memory(life, now), now);
    const times = next === null ? leases : [...leases, next];
    const time = times.length === 0 ? null : Math.max(now + 1, Math.min(...times));
    if (time === this.#alarmAt) return;
    if (time === null) this.#deps.alarm.clear();
    else this.#deps.alarm.set(time);
    this.#alarmAt = time;
  }

  #start(action: Action, life: Life): void {
    const lease = this.#running.get(actionKey(action));
    if (lease === undefined) return;
    const work = action.kind === "deliver" ? this.#deliver(action, lease, life) : this.#act(action, lease, life);
    // Nothing is tried at once after a bug: the lease, or the alarm that was set for it, brings the object back.
    this.#deps.detach(work.catch((cause) => this.#deps.log.error("action.crashed", { action: action.kind }, cause)));
  }

  async #act(action: OwnAction, lease: Lease, { generation }: Life): Promise<void> {
    const outcome = await this.#deps.executor.act(action, generation, lease.abort.signal);
    this.#deps.log.info("action.ended", { id: generation.id, action: action.kind, result: outcome.result.kind });
    // An answer to a submission is news whenever it comes; the core knows which submission it is about.
    const life = this.#settle(action, lease) ?? (outcome.kind === "submit" ? this.#deps.store.load() : null);
    if (life === null) return this.#discard(outcome);
    const moment = { now: this.#deps.clock.now(), random: this.#deps.clock.random() };
    this.commit(life, applyOutcome(life.generation, outcome, moment));
    this.run();
  }

  async #deliver(
    action: Extract<Action, { kind: "deliver" }>,
    lease: Lease,
    { generation, deliveries }: Life,
  ): Promise<void> {
    const { store, executor, clock, log } = this.#deps;
    const delivery = deliveries.find(({ id }) => id === action.deliveryId);
    const body = delivery && store.eventBody(delivery.event);
    if (delivery === undefined || body == null) throw new Error(`no delivery or body for ${action.deliveryId}`);
    const result = await executor.deliver(delivery, body, generation);
    log.info("attempt.ended", {
      id: generation.id,
      delivery: delivery.id,
      status: result.status,
      ms: result.durationMs,
    });
    const life = this.#settle(action, lease);
    const current = life?.deliveries.find(({ id }) => id === delivery.id);
    if (life === null || current === undefined) return;
    const { retryDelaysMs } = life.generation.policy;
    const after = afterAttempt(current, result, { retryDelaysMs, random: clock.random(), now: clock.now() });
    this.commit(life, { generation: life.generation, happenings: [] }, after);
    this.run();
  }

  /** The present life, or null when the lease is stale and the outcome must be dropped. */
  #settle(action: Action, lease: Lease): Life | null {
    if (this.#running.get(actionKey(action)) !== lease) return null;
    this.#running.delete(actionKey(action));
    return this.#deps.store.load();
  }

  async #discard(outcome: OwnOutcome): Promise<void> {
    const generation = this.#deps.store.load()?.generation;
    // A second copy that is still wanted, or was, wrote to the same key.
    const keeps = generation?.state.phase === "completed" && generation.deletedAt === null;
    const wanted = keeps || (generation !== undefined && !isTerminal(generation));
    if (!wanted) await this.#deps.executor.cleanUp(outcome);
  }
}

function bodyOf({ type, at, generation, link }: Happening): string {
  return eventBody(type, at, eventView(generation, { now: at, link }));
}
