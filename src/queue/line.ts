// The line of a provider key. It learns from what generations report how many jobs the provider takes at once, and
// grants turns. A generation's record stays the truth: what the line lacks, generations report again.

import type { QueuePlace, Standing, StandingAnswer, StandingReport } from "../core/queue/standing.ts";
import { LineAlarm } from "./alarm.ts";
import { Answers, Calls } from "./calls.ts";
import { Departed } from "./departed.ts";
import { Entries } from "./entries.ts";
import { Learned } from "./learned.ts";
import type { LineDeps } from "./ports.ts";
import { Questions } from "./questions.ts";
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
  readonly #answers = new Answers();
  readonly #questions: Questions;
  readonly #learned: Learned;
  readonly #alarm: LineAlarm;
  #sweepAt: number;
  readonly #departed = new Departed();
  /** Generations that were called for their turn. In memory only: without it, a generation is called once more. */
  readonly #called = new Set<string>();

  constructor(deps: LineDeps) {
    this.#deps = deps;
    const stored = deps.store.load();
    this.#entries = new Entries(deps.store, stored);
    this.#learned = new Learned({ ...deps, entries: this.#entries }, stored);
    // An idle object is evicted before its next sweep, so each new instance sweeps first.
    this.#sweepAt = deps.clock.now();
    // An alarm of a line without entries has nothing to do.
    this.#alarm = new LineAlarm(deps.alarm, { mayBeSet: stored.entries.length > 0 });
    this.#questions = new Questions({
      entries: this.#entries,
      ask: (id) => deps.ask(id),
      detach: (work) => deps.detach(work),
      answered: (...answer) => this.#afterAnswer(...answer),
    });
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
    this.#advance(new Calls(), asks ? report.id : null);
    if (!hadLine && this.#entries.waiting > 0) this.#learned.lineStarted();
    const entry = this.#entries.get(report.id);
    const isGranted = asks && entry?.state === "granted";
    // The answer is its turn.
    const leaseEnd = this.#deps.clock.now() + ANSWER_MS;
    if (isGranted) this.#entries.put({ ...entry, version: report.version, leaseEnd });
    if (isGranted) this.#setAlarm();
    return { isGranted, hasLine: this.#hasLine() };
  }

  /** Also while the only one that waited tries whether there is a free place. */
  #hasLine(): boolean {
    return this.#entries.waiting > 0 || (this.#learned.isFull && this.#entries.places.granted > 0);
  }

  #apply(report: StandingReport, before: Entry | null): void {
    const { id, account, createdAt, version, standing, refusal, lastTryAt, until: forgetAt } = report;
    const now = this.#deps.clock.now();
    const grantedAt = before?.grantedAt ?? 0;
    const hadTurn = before?.state === "granted" || before?.state === "missed";
    const entry = { id, account, createdAt, version, grantedAt, leaseEnd: 0, lastTryAt, forgetAt };
    switch (standing) {
      case "waiting": {
        // A report that is repeated says nothing new.
        const isRefused = refusal !== null && before?.version !== version;
        // It asks while its turn is on its way to it.
        if (before?.state === "granted" && !isRefused) return;
        const wasWaiting = this.#entries.waiting;
        if (!this.#hasLine()) this.#learned.lineStarts();
        this.#entries.put({ ...entry, state: "waiting" });
        if (!isRefused) return;
        this.#entries.uncountTurn(report);
        // Whoever tried without a turn did not know of the line. Its refusal counts only if it is the first in line.
        if (!hadTurn && wasWaiting > 0) return;
        this.#learned.refused({ ...refusal, grantedAt: hadTurn ? grantedAt : now });
        return;
      }
      case "unknown":
      case "running":
        this.#hold({ ...entry, state: standing }, before);
        if (before?.state === "running") return;
        if (standing === "unknown") {
          if (hadTurn) this.#learned.unknown();
          return;
        }
        if (before !== null && before.state !== "waiting") this.#learned.accepted();
        if (this.#entries.waiting > 0) this.#learned.moved();
        return;
      case "left":
        this.#departed.note(id, version);
        if (before === null) return;
        this.#free(before);
        // It was canceled while its submission was under way.
        if (refusal !== null && hadTurn) this.#learned.refused({ ...refusal, grantedAt });
    }
  }

  /** A generation that had no turn may have tried by itself, or its report is late and it has left since: it is asked. */
  #hold(entry: Entry, before: Entry | null): void {
    const isHeld = before?.state === "unknown" || before?.state === "running";
    const hadTurn = isHeld || before?.state === "granted";
    const now = this.#deps.clock.now();
    const silentAt = isHeld ? before.forgetAt : now + (hadTurn ? SILENT_MS : 0);
    this.#entries.put({ ...entry, forgetAt: Math.min(entry.forgetAt, silentAt) });
    if (!hadTurn) this.#questions.add(entry);
  }

  /** The place in line of each of these generations; null for one that does not wait here. */
  places(account: string, ids: readonly string[]): (QueuePlace | null)[] {
    return ids.map((id) => this.#entries.placeOf(account, id, this.#learned.turnMs));
  }

  /** Follows up on turns and places of which it hears nothing, and grants what may be granted. */
  wake(): void {
    this.#alarm.noteRun();
    this.#noticeClock();
    const now = this.#deps.clock.now();
    const calls = new Calls();
    for (const entry of this.#entries.granted()) if (entry.leaseEnd <= now) this.#endLease(entry, now, calls);
    this.#sweep(now);
    this.#advance(calls);
  }

  #sweep(now: number): void {
    if (now < this.#sweepAt) return;
    this.#sweepAt = now + SWEEP_MS;
    for (const entry of this.#entries.forgettable(now)) {
      if (entry.state === "unknown" || entry.state === "running") this.#questions.add(entry);
      else this.#free(entry);
    }
  }

  /** Without a call, or with one that a crash may have cut short, the generation may not know of its turn. */
  #endLease(entry: Entry, now: number, calls: Calls): void {
    if (this.#called.delete(entry.id)) {
      this.#miss(entry);
      return;
    }
    if (!calls.take()) return;
    this.#entries.put({ ...entry, leaseEnd: now + TURN_MS });
    this.#grant(entry.id, calls);
  }

  /**
   * Grants turns and asks questions, as many as may be, and sets the alarm.
   *
   * @param asker a generation that is asking for its turn. It needs no call, because the answer is its turn.
   */
  #advance(calls: Calls, asker: string | null = null): void {
    const now = this.#deps.clock.now();
    const most = this.#learned.grantable();
    const { pauseMs } = this.#answers;
    const granted: string[] = [];
    let callAt = this.#learned.grantedAt + pauseMs;
    let isCut = false;
    for (let next = this.#entries.next(now); granted.length < most && next !== null; next = this.#entries.next(now)) {
      const isCalled = next.id !== asker;
      isCut = isCalled && (now < callAt || !calls.take());
      if (isCut) break;
      if (isCalled) callAt = now + pauseMs;
      this.#entries.put({ ...next, state: "granted", grantedAt: now, leaseEnd: now + TURN_MS });
      this.#entries.countTurn(next);
      granted.push(next.id);
    }
    if (granted.length > 0) this.#learned.granted();
    for (const id of granted) if (id !== asker) this.#grant(id, calls);
    this.#questions.ask(calls);
    const workAt = isCut ? callAt : null;
    this.#setAlarm(this.#questions.isAnyOpen ? now : workAt);
  }

  #grant(id: string, calls: Calls): void {
    const { grantedAt, leaseEnd } = this.#entries.get(id) ?? {};
    this.#called.add(id);
    const told = async () => {
      const standing = await this.#deps.grant(id);
      this.#answers.note(standing);
      const entry = this.#entries.get(id);
      // Otherwise, it has reported in the meantime, or has taken its turn when it asked.
      const isOpen = entry?.state === "granted" && entry.grantedAt === grantedAt && entry.leaseEnd === leaseEnd;
      if (isOpen) this.#afterGrant(entry, standing);
      this.#advance(calls);
    };
    this.#deps.detach(told());
  }

  #afterAnswer(entry: Entry, standing: Standing, calls: Calls): void {
    if (standing === "left") this.#free(entry);
    // Its report that it waits again is on its way.
    else if (standing !== "waiting") this.#entries.put({ ...entry, forgetAt: this.#deps.clock.now() + SILENT_MS });
    this.#advance(calls);
  }

  #afterGrant(entry: Entry, standing: Standing | null): void {
    if (standing === null || standing === "waiting") this.#miss(entry);
    else if (standing === "left") {
      this.#free(entry);
      this.#learned.unused();
    }
    // Its report went to another line, because the provider's key has changed since it joined this one.
    else if (standing === "running") this.#hold({ ...entry, state: "running", leaseEnd: 0 }, entry);
    // The generation has taken its turn, and reports once the provider has answered.
    else this.#entries.put({ ...entry, leaseEnd: this.#deps.clock.now() + SUBMISSION_MS });
  }

  /** The turn passes on. Whoever missed it keeps the place in line. During pauses, other accounts come next. */
  #miss(entry: Entry): void {
    this.#entries.put({ ...entry, state: "missed" });
    if (!this.#answers.areMissing) this.#entries.uncountTurn(entry);
  }

  /** If it had a turn, the turn counts: others must not wait for an account that cancels in each of its turns. */
  #free(entry: Entry): void {
    this.#entries.delete(entry.id);
    this.#called.delete(entry.id);
    if (entry.state !== "running" && entry.state !== "unknown") return;
    this.#learned.freed();
  }

  #noticeClock(): void {
    const ms = this.#learned.noticeClock();
    if (ms === 0) return;
    this.#entries.moveBack(ms);
    this.#sweepAt -= ms;
  }

  /** @param workAt when it has work that its entries do not tell of; null: none. */
  #setAlarm(workAt: number | null = null): void {
    const now = this.#deps.clock.now();
    const times = this.#entries.granted().map(({ leaseEnd }) => leaseEnd);
    if (workAt !== null) times.push(workAt);
    if (this.#entries.size > 0) times.push(this.#sweepAt > now ? this.#sweepAt : now + SWEEP_MS);
    const grantAt = this.#entries.waiting === 0 ? null : this.#learned.nextGrantAt();
    if (grantAt !== null) times.push(grantAt);
    const isAnyReady = this.#entries.next(now) !== null;
    const missedAt = isAnyReady ? null : this.#entries.nextMissed();
    if (missedAt !== null) times.push(missedAt);
    this.#alarm.set(times, now);
  }
}
