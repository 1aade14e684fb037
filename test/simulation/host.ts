// Hosts the object of one generation, with the real loop and core, as Cloudflare does: writes between two awaits become
// durable together, before anything is sent, and a crash loses memory. Alarms may fire late or twice, or be lost once
// the account knows the generation.

import type { Outcome } from "../../src/core/generation/action.ts";
import { nextCheck } from "../../src/core/generation/agenda.ts";
import type { Life } from "../../src/core/generation/life.ts";
import { standingOf } from "../../src/core/generation/queue.ts";
import { type Facts, type Generation, isInFlight, isTerminal } from "../../src/core/generation/record.ts";
import type { KnownVersion } from "../../src/core/generation/report.ts";
import type { Standing } from "../../src/core/queue/standing.ts";
import { Loop } from "../../src/generation/loop.ts";
import type { CreateResult, Ensured } from "../../src/generation/results.ts";
import { Disk, type DiskImage } from "./disk.ts";
import type { Faults } from "./faults.ts";
import type { Witness } from "./judge.ts";
import { type Called, type Caller, type Outside, requestIdOf } from "./outside.ts";
import type { Timeline } from "./timeline.ts";

export interface HostDeps {
  /** The generation's id. */
  readonly id: string;
  readonly time: Timeline;
  readonly chance: () => number;
  readonly outside: Outside;
  /** Called when the alarm was lost, so that only the account's watchdog can wake the object. */
  onAlarmLost(): void;
  /** Called when a step's writes are durable. */
  onSaved(): void;
  /** Called when the object dies. */
  onDeath?(): void;
  /** Whether its isolate knows of a line. Defaults to false. */
  hasLine?(): boolean;
}

export class Host {
  readonly disk = new Disk();
  readonly witness: Witness = {
    accepted: false,
    endings: new Set(),
    heard: new Set(),
    clockJumped: false,
    complaints: [],
  };
  readonly #deps: HostDeps;
  readonly #time: Timeline;
  readonly #chance: () => number;
  readonly #outside: Outside;
  readonly #faults: Faults;
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

  constructor(deps: HostDeps) {
    this.#deps = deps;
    this.#time = deps.time;
    this.#chance = deps.chance;
    this.#outside = deps.outside;
    this.#faults = deps.outside.faults;
  }

  /** The time on the object's clock. */
  get now(): number {
    return Math.round(this.#time.date + this.#skewMs);
  }

  /** Stands in for the object's `create`. @returns null if the object died before it could answer. */
  async create(facts: Facts, stagedKey: string | null): Promise<CreateResult["kind"] | null> {
    const existing = this.disk.load()?.generation;
    if (existing !== undefined && existing.deletedAt !== null) return "deleted";
    if (existing !== undefined && existing.fingerprint !== facts.fingerprint) return "mismatch";
    const survived = await this.#step("create", (loop) => loop.handle({ kind: "created", facts, stagedKey }));
    if (!survived) return null;
    this.witness.accepted = true;
    return existing === undefined || existing.createdBy === facts.createdBy ? "created" : "replayed";
  }

  async cancel(): Promise<void> {
    this.#faults.count("caller cancels");
    await this.#step("cancel", (loop) => {
      const life = this.disk.load();
      if (life === null || life.generation.deletedAt !== null) return;
      loop.handle({ kind: "canceled" });
    });
  }

  async remove(): Promise<void> {
    await this.#step("delete", (loop) => {
      const { generation } = this.disk;
      if (generation === null || generation.deletedAt !== null || !isTerminal(generation)) return;
      this.#faults.count("caller deletes");
      loop.handle({ kind: "removed", requestId: "r" });
    });
  }

  /** Stands in for the object's `ensure`. @returns null if the object died before it could answer. */
  async ensure(known?: KnownVersion): Promise<Ensured | null> {
    if (!(await this.#step("watchdog", (loop) => loop.handle({ kind: "ensure", known })))) return null;
    const life = this.disk.load();
    if (life === null) return { createdAt: null, checkAt: null };
    return { createdAt: life.generation.createdAt, checkAt: nextCheck(life, this.disk.alarm, this.now) };
  }

  /** Stands in for the object's `grant`. @returns null if the object died before it could answer. */
  async grant(): Promise<Standing | null> {
    let standing: Standing | null = null;
    const survived = await this.#step("grant", (loop) => {
      loop.handle({ kind: "turn_granted" });
      standing = this.standing();
    });
    return survived ? standing : null;
  }

  /** Stands in for the object's `standing`. */
  standing(): Standing {
    const life = this.disk.load();
    return life === null ? "left" : (standingOf(life.generation, { running: this.#alive().running }) ?? "unknown");
  }

  jumpClock(): void {
    this.#faults.count("clock jumps");
    this.witness.clockJumped = true;
    this.#skewMs += this.#faults.between(-300_000, 300_000);
    this.#scheduleAlarm();
  }

  /**
   * One turn of the object, from one await to the next. Its writes become durable together, unless it dies first. Its
   * calls leave after that. If it dies in between, only some of them leave.
   *
   * @returns whether the caller may have received an answer.
   */
  async #step(name: string, turn: (loop: Loop) => void): Promise<boolean> {
    const before = this.disk.image();
    const seen = this.disk.load();
    this.#isTold = false;
    turn(this.#alive());
    // Lets code that awaited an outcome run to its next await.
    for (let tick = 0; tick < 6; tick++) await Promise.resolve();
    if (!this.#isTold && !isSameLife(seen, this.disk.load())) {
      this.witness.complaints.push(`every change notifies waiters: none was notified of a step (${name})`);
    }
    const leaving = this.#leaving;
    this.#leaving = [];
    if (this.#faults.strikes(`crash before the writes of a step (${name})`, 0.04)) {
      this.disk.restore(before);
      this.#die();
      return false;
    }
    this.#observe(before);
    const dies = this.#faults.strikes(`crash after the writes of a step (${name})`, 0.04);
    if (dies) this.#die();
    for (const leave of leaving) if (!dies || this.#chance() < 0.5) leave();
    if (this.disk.alarm !== before.alarm) this.#scheduleAlarm();
    return !dies;
  }

  #die(): void {
    this.#loop = null;
    this.disk.lose();
    this.#deps.onDeath?.();
    this.#deaths[this.#incarnation++] = this.#time.now;
  }

  #observe(before: DiskImage): void {
    this.#deps.onSaved();
    const { generation } = this.disk;
    if (generation === null) return;
    const { phase } = generation.state;
    if (phase === "canceled") this.#checkPlace(generation);
    if (before.generation?.state.phase !== phase) this.#faults.count(`phase ${phase}`);
    if (isTerminal(generation)) this.witness.endings.add(phase);
    if (before.generation !== null && isTerminal(before.generation) && before.generation.state.phase !== phase) {
      this.witness.complaints.push(`accepted means finished: ${before.generation.state.phase} became ${phase}`);
    }
  }

  /** A canceled job that runs takes up a place at the provider, so it must take up one in the account. */
  #checkPlace(generation: Generation): void {
    const isBeforeDeadline = this.now < generation.createdAt + generation.policy.timeoutMs;
    if (!isBeforeDeadline || this.witness.clockJumped || !this.#outside.isWorking || isInFlight(generation)) return;
    this.witness.complaints.push("a place is held until the job ends: it was given back while the job ran");
  }

  #alive(): Loop {
    this.#loop ??= this.#born();
    return this.#loop;
  }

  #born(): Loop {
    const incarnation = this.#incarnation;
    const disk = this.disk;
    const outside = this.#outside;
    /** Makes a call once the step is durable, and returns its outcome if this object is still alive. */
    const call = (send: () => Called): Promise<Outcome> =>
      new Promise((resolve) => {
        this.#leaving.push(() => {
          const { outcome: end, afterMs } = send();
          this.#time.after(afterMs, async () => {
            const outcome = typeof end === "function" ? end() : end;
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
        reportAttempt: (delivery, _, generation) => {
          this.#leaving.push(() => outside.reportAttempt(delivery, generation));
        },
        deleteOrphan: async () => {
          this.#leaving.push(() => outside.deleteOrphan());
        },
      },
      alarm: {
        set: (time) => {
          disk.alarm = time;
        },
      },
      clock: { now: () => this.now, random: this.#chance },
      log: {
        info: () => {},
        error: (event, _, cause) => this.witness.complaints.push(`${event}: ${String(cause)}`),
      },
      newDeliveryId: () => `msg_${this.#ids++}`,
      hasLine: () => this.#deps.hasLine?.() ?? false,
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
      this.witness.heard.add(result.kind);
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
    const { generation } = this.disk;
    if (generation === null || requestIdOf(generation) !== requestId) {
      this.witness.complaints.push(`save, then act: submission ${requestId} left before it was saved`);
    }
  }

  #scheduleAlarm(): void {
    const { alarm } = this.disk;
    if (alarm === null) return;
    const late = this.#faults.strikes("alarm late", 0.05) ? this.#faults.between(1_000, 60_000) : 0;
    this.#time.after(alarm - this.now + late, () => this.#fire(alarm));
  }

  async #fire(scheduledFor: number): Promise<void> {
    const disk = this.disk;
    if (disk.alarm !== scheduledFor) return;
    if (this.now < scheduledFor) {
      this.#scheduleAlarm();
      return;
    }
    if (this.#outside.account.watches(this.#deps.id) && this.#faults.strikes("alarm lost", 0.02)) {
      disk.alarm = null;
      this.#deps.onAlarmLost();
      return;
    }
    const times = this.#faults.strikes("alarm doubled", 0.05) ? 2 : 1;
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
}

function isSameLife(a: Life | null, b: Life | null): boolean {
  if (a === null || b === null) return a === b;
  const [known, present] = [new Set(a.deliveries), b.deliveries];
  return a.generation === b.generation && known.size === present.length && present.every((each) => known.has(each));
}
