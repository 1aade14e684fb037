// The line of a provider key. It learns from what generations report how many jobs the provider takes at once, and
// grants turns. A generation's record stays the truth: what the line lacks, generations report again.

import {
  afterAccepted,
  afterFreed,
  afterGrants,
  afterRefused,
  afterUnknown,
  atLineStart,
  type Capacity,
  grantable,
  nextGrantAt,
  type Situation,
  withLastTry,
} from "../core/queue/capacity.ts";
import { movedBack, setBackMs } from "../core/queue/clock.ts";
import type { QueuePlace, Standing, StandingAnswer, StandingReport } from "../core/queue/standing.ts";
import { type Speed, speedAfterAccepted, speedAtStart } from "../core/queue/turns.ts";
import { Departed } from "./departed.ts";
import { Entries } from "./entries.ts";
import type { LineDeps } from "./ports.ts";
import type { Entry } from "./store.ts";

/** How long a generation has to take its turn. */
const TURN_MS = 30_000;

/** After this time, a generation that was granted its turn in an answer is called: it may not have heard the answer. */
const ANSWER_MS = 10_000;

/** How long a submission can take. After that, the generation has reported, or it has crashed. */
const SUBMISSION_MS = 120_000;

/** A generation that holds a place and has not reported for this long is asked whether it still does. */
const SILENT_MS = 30 * 60_000;

/** How often entries are looked for that are to be forgotten, or asked. */
const SWEEP_MS = 5 * 60_000;

export class Line {
  readonly #deps: LineDeps;
  readonly #entries: Entries;
  #capacity: Capacity;
  #speed: Speed | null;
  #sweepAt: number;
  readonly #departed = new Departed();
  /** Generations that were called for their turn. In memory only: without it, a generation is called once more. */
  readonly #called = new Set<string>();
  /** The time the alarm is set for. Null: not set. Undefined: not known yet. */
  #alarmAt: number | null | undefined;

  constructor(deps: LineDeps) {
    this.#deps = deps;
    const stored = deps.store.load();
    this.#entries = new Entries(deps.store, stored);
    this.#capacity = stored.capacity;
    this.#speed = stored.speed;
    // An idle object is evicted before its next sweep, so each new instance sweeps first.
    this.#sweepAt = deps.clock.now();
    // An alarm of a line without entries has nothing to do.
    this.#alarmAt = stored.entries.length === 0 ? null : undefined;
  }

  tell(report: StandingReport): StandingAnswer {
    this.#noticeClock();
    this.#sweep(this.#deps.clock.now());
    const before = this.#entries.get(report.id);
    const known = before?.version ?? this.#departed.versionOf(report.id);
    const isNews = report.version >= known;
    const hadLine = this.#entries.waiting > 0;
    if (isNews) {
      this.#called.delete(report.id);
      this.#apply(report, before);
    }
    const asks = isNews && report.standing === "waiting";
    for (const id of this.#advance()) if (id !== report.id || !asks) this.#grant(id);
    if (!hadLine && this.#entries.waiting > 0) this.#setSpeed(speedAtStart(this.#deps.clock.now()));
    const entry = this.#entries.get(report.id);
    const isGranted = asks && entry?.state === "granted";
    // The answer is its turn.
    if (isGranted) this.#entries.put({ ...entry, leaseEnd: this.#deps.clock.now() + ANSWER_MS });
    if (isGranted) this.#setAlarm();
    return { isGranted, hasLine: this.#hasLine() };
  }

  /** Also while the only one that waited tries whether there is a free place. */
  #hasLine(): boolean {
    return this.#entries.waiting > 0 || (this.#capacity.isFull && this.#entries.places.granted > 0);
  }

  #apply(report: StandingReport, before: Entry | null): void {
    const { id, account, createdAt, version, standing, refusal, lastTryAt, until: forgetAt } = report;
    const now = this.#deps.clock.now();
    const grantedAt = before?.grantedAt ?? 0;
    const entry = { id, account, createdAt, version, grantedAt, leaseEnd: 0, lastTryAt, forgetAt };
    switch (standing) {
      case "waiting": {
        // A report that is repeated says nothing new.
        const isRefused = refusal !== null && before?.version !== version;
        // It asks while its turn is on its way to it.
        if (before?.state === "granted" && !isRefused) return;
        const wasWaiting = this.#entries.waiting;
        if (!this.#hasLine()) this.#capacity = atLineStart(this.#capacity);
        this.#entries.put({ ...entry, state: "waiting" });
        if (!isRefused) return;
        this.#entries.uncountTurn(report);
        // Whoever tried without a turn did not know of the line. Its refusal counts only if it is the first in line.
        const hadTurn = before?.state === "granted" || before?.state === "missed";
        if (!hadTurn && wasWaiting > 0) return;
        const attempt = { ...refusal, grantedAt: hadTurn ? grantedAt : now };
        this.#learn(afterRefused(this.#capacity, attempt, this.#situation()));
        return;
      }
      case "unknown":
      case "running":
        this.#hold({ ...entry, state: standing }, before);
        if (before?.state === "running") return;
        if (standing === "unknown") {
          const isNews = before?.state === "granted" || before?.state === "missed";
          if (isNews) this.#learn(afterUnknown(this.#capacity, this.#situation()));
          return;
        }
        if (before !== null && before.state !== "waiting") {
          this.#learn(afterAccepted(this.#capacity, this.#situation()));
        }
        if (this.#entries.waiting > 0) this.#setSpeed(speedAfterAccepted(this.#speed ?? speedAtStart(now), now));
        return;
      case "left":
        this.#departed.note(id, version);
        if (before !== null) this.#free(before);
    }
  }

  /** A generation that had no turn may have tried by itself, or its report is late and it has left since: it is asked. */
  #hold(entry: Entry, before: Entry | null): void {
    const isHeld = before?.state === "unknown" || before?.state === "running";
    const hadTurn = isHeld || before?.state === "granted";
    const now = this.#deps.clock.now();
    const silentAt = isHeld ? before.forgetAt : now + (hadTurn ? SILENT_MS : 0);
    this.#entries.put({ ...entry, forgetAt: Math.min(entry.forgetAt, silentAt) });
    if (!hadTurn) this.#ask(entry.id);
  }

  #setSpeed(speed: Speed): void {
    this.#speed = speed;
    this.#deps.store.putSpeed(speed);
  }

  /** The place in line of each of these generations; null for one that does not wait here. */
  places(account: string, ids: readonly string[]): (QueuePlace | null)[] {
    return ids.map((id) => this.#entries.placeOf(account, id, this.#speed?.turnMs ?? null));
  }

  /** Follows up on turns and places of which it hears nothing, and grants what may be granted. */
  wake(): void {
    this.#alarmAt = null;
    this.#noticeClock();
    const now = this.#deps.clock.now();
    for (const entry of this.#entries.granted().filter(({ leaseEnd }) => leaseEnd <= now)) this.#endLease(entry, now);
    this.#sweep(now);
    for (const id of this.#advance()) this.#grant(id);
  }

  #sweep(now: number): void {
    if (now < this.#sweepAt) return;
    this.#sweepAt = now + SWEEP_MS;
    for (const entry of this.#entries.forgettable(now)) {
      if (entry.state === "unknown" || entry.state === "running") this.#ask(entry.id);
      else this.#free(entry);
    }
  }

  /** Without a call, or with one that a crash may have cut short, the generation may not know of its turn. */
  #endLease(entry: Entry, now: number): void {
    if (this.#called.delete(entry.id)) {
      this.#miss(entry);
      return;
    }
    this.#entries.put({ ...entry, leaseEnd: now + TURN_MS });
    this.#grant(entry.id);
  }

  /** Grants turns while it may, and sets the alarm. @returns whose turn it is. */
  #advance(): string[] {
    const situation = this.#situation();
    const { now } = situation;
    const most = grantable(this.#tried(), situation);
    const granted: string[] = [];
    for (let next = this.#entries.next(now); granted.length < most && next !== null; next = this.#entries.next(now)) {
      this.#entries.put({ ...next, state: "granted", grantedAt: now, leaseEnd: now + TURN_MS });
      this.#entries.countTurn(next);
      granted.push(next.id);
    }
    if (granted.length > 0) this.#learn(afterGrants(this.#capacity, now));
    this.#setAlarm();
    return granted;
  }

  #grant(id: string): void {
    const { grantedAt, leaseEnd } = this.#entries.get(id) ?? {};
    this.#called.add(id);
    const told = async () => {
      const standing = await this.#deps.grant(id);
      const entry = this.#entries.get(id);
      // It has reported in the meantime, or has taken its turn when it asked.
      if (entry?.state !== "granted" || entry.grantedAt !== grantedAt || entry.leaseEnd !== leaseEnd) return;
      this.#afterGrant(entry, standing);
      for (const next of this.#advance()) this.#grant(next);
    };
    this.#deps.detach(told());
  }

  /** Asks a generation that holds a place whether it still does. If it does not answer, it is asked again. */
  #ask(id: string): void {
    const version = this.#entries.get(id)?.version;
    const asked = async () => {
      const standing = await this.#deps.ask(id);
      const entry = this.#entries.get(id);
      if (standing === null || entry === null || entry.version !== version) return;
      if (standing === "left") this.#free(entry);
      // Its report that it waits again is on its way.
      else if (standing !== "waiting") this.#entries.put({ ...entry, forgetAt: this.#deps.clock.now() + SILENT_MS });
      for (const next of this.#advance()) this.#grant(next);
    };
    this.#deps.detach(asked());
  }

  #afterGrant(entry: Entry, standing: Standing | null): void {
    if (standing === null || standing === "waiting") this.#miss(entry);
    else if (standing === "left") this.#free(entry);
    // Its report went to another line, because the provider's key has changed since it joined this one.
    else if (standing === "running") this.#hold({ ...entry, state: "running", leaseEnd: 0 }, entry);
    // The generation has taken its turn, and reports once the provider has answered.
    else this.#entries.put({ ...entry, leaseEnd: this.#deps.clock.now() + SUBMISSION_MS });
  }

  /** The turn passes on. Whoever missed it keeps the place in line. */
  #miss(entry: Entry): void {
    this.#entries.put({ ...entry, state: "missed" });
    this.#entries.uncountTurn(entry);
  }

  #free(entry: Entry): void {
    if (entry.state === "granted") this.#entries.uncountTurn(entry);
    this.#entries.delete(entry.id);
    this.#called.delete(entry.id);
    if (entry.state !== "running" && entry.state !== "unknown") return;
    this.#learn(afterFreed(this.#capacity, this.#situation()));
  }

  #situation(): Situation {
    return { places: this.#entries.places, settings: this.#deps.settings(), now: this.#deps.clock.now() };
  }

  /** The capacity, with the next of the last tries that those in line must have before their deadlines. */
  #tried(): Capacity {
    return withLastTry(this.#capacity, this.#entries.lastTryAfter(this.#capacity.refusedAt));
  }

  #noticeClock(): void {
    const ms = setBackMs(this.#capacity, this.#deps.clock.now());
    if (ms === 0) return;
    this.#learn(movedBack(this.#capacity, ms));
    this.#entries.moveBack(ms);
    this.#sweepAt -= ms;
  }

  #learn(capacity: Capacity): void {
    this.#capacity = capacity;
    this.#deps.store.putCapacity(capacity);
  }

  #setAlarm(): void {
    const situation = this.#situation();
    const { now } = situation;
    const times = this.#entries.granted().map(({ leaseEnd }) => leaseEnd);
    if (this.#entries.size > 0) times.push(this.#sweepAt > now ? this.#sweepAt : now + SWEEP_MS);
    const grantAt = this.#entries.waiting === 0 ? null : nextGrantAt(this.#tried(), situation);
    if (grantAt !== null) times.push(grantAt);
    const isAnyReady = this.#entries.next(now) !== null;
    const missedAt = isAnyReady ? null : this.#entries.nextMissed();
    if (missedAt !== null) times.push(missedAt);
    if (times.length === 0) {
      if (this.#alarmAt !== null) this.#deps.alarm.clear();
      this.#alarmAt = null;
      return;
    }
    const time = Math.max(now + 1, Math.min(...times));
    // An alarm that comes earlier than necessary sets the next one.
    if (typeof this.#alarmAt === "number" && this.#alarmAt <= time && this.#alarmAt > now) return;
    this.#deps.alarm.set(time);
    this.#alarmAt = time;
  }
}
