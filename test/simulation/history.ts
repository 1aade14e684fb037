// Runs one random history: the real loop and core in a simulated, faulty world. The object is hosted as on Cloudflare:
// writes between two awaits become durable together, before anything is sent, and a crash loses memory. Alarms may fire
// late or twice, or be lost once the account knows the generation.

import type { EventType } from "../../src/contract/words.ts";
import type { Outcome } from "../../src/core/generation/action.ts";
import { nextCheck } from "../../src/core/generation/agenda.ts";
import type { Life } from "../../src/core/generation/life.ts";
import { type Generation, isInFlight, isTerminal } from "../../src/core/generation/record.ts";
import type { RequestedWebhook } from "../../src/core/webhooks/events.ts";
import { Loop } from "../../src/generation/loop.ts";
import { FACTS } from "../support/lives.ts";
import { Disk, type DiskImage } from "./disk.ts";
import { judge, type Witness } from "./judge.ts";
import { type Called, type Caller, Outside, requestIdOf, STAGED_KEY } from "./outside.ts";
import { chanceFrom, type Plan } from "./plan.ts";
import { Timeline } from "./timeline.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** Longer than the retry schedule, a day of storing and a tombstone combined. */
const END_MS = 6 * DAY_MS;
const MOST_STEPS = 20_000;
const TIMEOUT_MS = 600_000;
const EPOCH = FACTS.createdAt;

const SUBSCRIPTIONS: readonly (readonly EventType[])[] = [
  ["generation.completed", "generation.failed", "generation.canceled"],
  ["generation.started", "generation.completed", "generation.failed", "generation.canceled"],
  ["generation.started"],
];

/** Runs the plan. @returns the complaints about it; empty if every invariant held. */
export async function live(plan: Plan, counts: Map<string, number> = new Map()): Promise<readonly string[]> {
  return new History(plan, counts).live();
}

class History {
  readonly #plan: Plan;
  readonly #time = new Timeline();
  readonly #chance: () => number;
  readonly #outside: Outside;
  readonly #disk = new Disk();
  readonly #witness: Witness = {
    accepted: false,
    endings: new Set(),
    heard: new Set(),
    clockJumped: false,
    complaints: [],
  };
  /** How far the wall clock is ahead of true time. */
  #skewMs = 0;
  #loop: Loop | null = null;
  /** Incremented when the object dies. Outcomes for an earlier incarnation are dropped. */
  #incarnation = 0;
  readonly #deaths: number[] = [];
  /** Whether waiters were notified of the current step. */
  #isTold = false;
  /** Calls made in the current step, held back until the step is durable. */
  #leaving: (() => void)[] = [];
  #ids = 0;

  constructor(plan: Plan, counts: Map<string, number>) {
    this.#plan = plan;
    this.#chance = chanceFrom(plan.seed);
    this.#outside = new Outside(plan, { chance: this.#chance, time: this.#time, counts });
  }

  #wall(): number {
    return EPOCH + Math.round(this.#time.now + this.#skewMs);
  }

  async live(): Promise<readonly string[]> {
    const { cancelAt, deletes } = this.#plan;
    if (this.#plan.staged) this.#outside.r2.add(STAGED_KEY);
    this.#time.after(0, () => this.#create(3));
    if (cancelAt !== null) this.#time.after(cancelAt * 1000, () => this.#cancel());
    if (deletes) this.#time.after(2 * DAY_MS, () => this.#delete());
    if (this.#chance() < this.#plan.trouble * 0.3)
      this.#time.after(this.#outside.between(0, 600_000), () => this.#jump());
    const end = await this.#time.run(END_MS, MOST_STEPS);
    return judge(this.#plan, { witness: this.#witness, disk: this.#disk, outside: this.#outside, end });
  }

  get #webhooks(): RequestedWebhook[] {
    return this.#plan.receivers.map((kind, at) => ({
      url: `https://${kind}-${at}`,
      events: SUBSCRIPTIONS[at % SUBSCRIPTIONS.length] ?? [],
    }));
  }

  /** Stands in for the object's `create`. A caller whose request failed may repeat it. */
  async #create(tries: number): Promise<void> {
    const survived = await this.#step("create", (loop) => {
      const facts = {
        ...FACTS,
        createdAt: this.#wall(),
        webhooks: this.#webhooks,
        policy: {
          ...FACTS.policy,
          timeoutMs: TIMEOUT_MS,
          retryDelaysMs: [5_000, 30_000, 120_000, 3_600_000],
          retentionMs: this.#plan.retentionMs,
        },
      };
      loop.handle({ kind: "created", facts, stagedKey: this.#plan.staged ? STAGED_KEY : null });
    });
    if (survived) this.#witness.accepted = true;
    else if (tries > 1 && this.#chance() < 0.7) this.#time.after(1_000, () => this.#create(tries - 1));
  }

  async #cancel(): Promise<void> {
    this.#outside.count("caller cancels");
    await this.#step("cancel", (loop) => {
      const life = this.#disk.load();
      if (life === null || life.generation.deletedAt !== null) return;
      loop.handle({ kind: "canceled" });
    });
  }

  async #delete(): Promise<void> {
    await this.#step("delete", (loop) => {
      const generation = this.#disk.generation;
      if (generation === null || generation.deletedAt !== null || !isTerminal(generation)) return;
      this.#outside.count("caller deletes");
      loop.handle({ kind: "removed", requestId: "r" });
    });
  }

  #jump(): void {
    this.#outside.count("clock jumps");
    this.#witness.clockJumped = true;
    this.#skewMs += this.#outside.between(-300_000, 300_000);
    this.#scheduleAlarm();
  }

  /**
   * One turn of the object, from one await to the next. Its writes become durable together, unless it dies first. Its
   * calls leave after that. If it dies in between, only some of them leave.
   *
   * @returns whether the caller may have received an answer.
   */
  async #step(name: string, turn: (loop: Loop) => void): Promise<boolean> {
    const before = this.#disk.image();
    const seen = this.#disk.load();
    this.#isTold = false;
    turn(this.#alive());
    // Lets code that awaited an outcome run to its next await.
    for (let tick = 0; tick < 6; tick++) await Promise.resolve();
    if (!this.#isTold && !isSameLife(seen, this.#disk.load())) {
      this.#witness.complaints.push(`every change notifies waiters: none was notified of a step (${name})`);
    }
    const leaving = this.#leaving;
    this.#leaving = [];
    if (this.#outside.strikes(`crash before the writes of a step (${name})`, 0.04)) {
      this.#disk.restore(before);
      this.#die();
      return false;
    }
    this.#observe(before);
    const dies = this.#outside.strikes(`crash after the writes of a step (${name})`, 0.04);
    if (dies) this.#die();
    for (const leave of leaving) if (!dies || this.#chance() < 0.5) leave();
    if (this.#disk.alarm !== before.alarm) this.#scheduleAlarm();
    return !dies;
  }

  #die(): void {
    this.#loop = null;
    this.#disk.lose();
    this.#deaths[this.#incarnation++] = this.#time.now;
  }

  #observe(before: DiskImage): void {
    const { generation } = this.#disk;
    if (generation === null) return;
    const { phase } = generation.state;
    if (phase === "canceled") this.#checkPlace(generation);
    if (before.generation?.state.phase !== phase) this.#outside.count(`phase ${phase}`);
    if (isTerminal(generation)) this.#witness.endings.add(phase);
    if (before.generation !== null && isTerminal(before.generation) && before.generation.state.phase !== phase) {
      this.#witness.complaints.push(`accepted means finished: ${before.generation.state.phase} became ${phase}`);
    }
  }

  /** A canceled job that runs takes up a place at the provider, so it must take up one in the account. */
  #checkPlace(generation: Generation): void {
    const isBeforeDeadline = this.#wall() < generation.createdAt + TIMEOUT_MS;
    if (!isBeforeDeadline || this.#witness.clockJumped || !this.#outside.isWorking || isInFlight(generation)) return;
    this.#witness.complaints.push("a place is held until the job ends: it was given back while the job ran");
  }

  #alive(): Loop {
    this.#loop ??= this.#born();
    return this.#loop;
  }

  #born(): Loop {
    const incarnation = this.#incarnation;
    const disk = this.#disk;
    const outside = this.#outside;
    /** Makes a call once the step is durable, and returns its outcome if this object is still alive. */
    const call = (send: () => Called): Promise<Outcome> =>
      new Promise((resolve) => {
        this.#leaving.push(() => {
          const { outcome, afterMs } = send();
          this.#time.after(afterMs, async () => {
            if (incarnation !== this.#incarnation) return;
            if (await this.#step("outcome", () => resolve(outcome))) this.#hear(outcome);
          });
        });
      });
    return new Loop({
      store: disk,
      executor: {
        act: (action, { deliveries }, { signal, eventBody }) =>
          call(() => {
            if (action.kind === "submit") this.#checkIntent(action.requestId);
            if (action.kind !== "deliver") return outside.act(action, this.#caller(incarnation, signal));
            const delivery = deliveries.find(({ id }) => id === action.deliveryId);
            const body = delivery && eventBody(delivery.event);
            if (delivery === undefined || body == null) throw new Error(`nothing to send for ${action.deliveryId}`);
            return outside.deliver(delivery, body);
          }),
        reportAttempt: () => {},
        deleteOrphan: async () => {
          this.#leaving.push(() => outside.deleteOrphan());
        },
      },
      alarm: {
        set: (time) => {
          disk.alarm = time;
        },
        clear: () => {
          disk.alarm = null;
        },
      },
      clock: { now: () => this.#wall(), random: this.#chance },
      log: {
        info: () => {},
        error: (event, _, cause) => this.#witness.complaints.push(`${event}: ${String(cause)}`),
      },
      newDeliveryId: () => `msg_${this.#ids++}`,
      detach: () => {},
      onChange: () => {
        this.#isTold = true;
      },
    });
  }

  /** Records that the provider's report of the job's end was received, and that its consequences are on disk. */
  #hear({ kind, result }: Outcome): void {
    if (kind !== "poll") return;
    if (result.kind === "failed" || (result.kind === "done" && result.url !== null)) {
      this.#witness.heard.add(result.kind);
    }
  }

  #caller(incarnation: number, signal: AbortSignal): Caller {
    let abortedAt: number | null = null;
    signal.addEventListener("abort", () => {
      abortedAt = this.#time.now;
    });
    return { endedAt: () => abortedAt ?? this.#deaths[incarnation] ?? null };
  }

  /** Save, then act: a submission must be on disk before it leaves. */
  #checkIntent(requestId: string): void {
    const { generation } = this.#disk;
    if (generation === null || requestIdOf(generation) !== requestId) {
      this.#witness.complaints.push(`save, then act: submission ${requestId} left before it was saved`);
    }
  }

  #scheduleAlarm(): void {
    const { alarm } = this.#disk;
    if (alarm === null) return;
    const late = this.#outside.strikes("alarm late", 0.05) ? this.#outside.between(1_000, 60_000) : 0;
    this.#time.after(alarm - this.#wall() + late, () => this.#fire(alarm));
  }

  async #fire(scheduledFor: number): Promise<void> {
    const disk = this.#disk;
    if (disk.alarm !== scheduledFor) return;
    if (this.#wall() < scheduledFor) {
      this.#scheduleAlarm();
      return;
    }
    const watched = this.#outside.index.get(FACTS.id);
    if (watched !== undefined && this.#outside.strikes("alarm lost", 0.02)) {
      disk.alarm = null;
      const checkIn = watched.checkAt - this.#wall();
      this.#time.after(Math.max(checkIn, 600_000), () => this.#watch());
      return;
    }
    const times = this.#outside.strikes("alarm doubled", 0.05) ? 2 : 1;
    for (let time = 0; time < times; time++) {
      const incarnation = this.#incarnation;
      await this.#step("alarm", (loop) => {
        // The platform deletes an alarm once its handler has run, unless the handler set a new one.
        disk.alarm = null;
        loop.handle({ kind: "alarm", scheduledFor });
      });
      if (incarnation !== this.#incarnation) {
        // The handler did not finish, so the platform runs it again.
        if (disk.alarm === scheduledFor) this.#time.after(2_000, () => this.#fire(scheduledFor));
        return;
      }
    }
  }

  /** The account's watchdog. It checks again until nothing is left to do. */
  async #watch(): Promise<void> {
    await this.#step("watchdog", (loop) => void loop.handle({ kind: "ensure" }));
    const life = this.#disk.load();
    const next = life && nextCheck(life, this.#disk.alarm, this.#wall());
    if (next !== null) this.#time.after(next - this.#wall(), () => this.#watch());
  }
}

function isSameLife(a: Life | null, b: Life | null): boolean {
  if (a === null || b === null) return a === b;
  const [known, present] = [new Set(a.deliveries), b.deliveries];
  return a.generation === b.generation && known.size === present.length && present.every((each) => known.has(each));
}
