// Watches a simulated line. Knows independently who waits, who has a turn and who holds a place, from what the line is
// told and from the turns that it grants. Each complaint begins with the invariant's name.

import type { Standing, StandingAnswer, StandingReport } from "../../src/core/queue/standing.ts";
import type { QueuePlan } from "./queue-plan.ts";
import type { QueueProvider } from "./queue-provider.ts";
import type { Timeline } from "./timeline.ts";

/** A generation has 30 s to take its turn. The clock of the line is rounded to milliseconds. */
const TURN_MS = 29_999;

/** After that, its generation may be called again. */
const AGAIN_MS = 9_999;

/** Longest time after a fault in which a turn may be held by a generation that cannot use it. */
export const LOST_TURN_MS = 130_000;

/** The line asks again every five minutes whoever has not answered. Questions may be lost, too, and restarts delay them. */
const ASKED_AGAIN_MS = 1_500_000;

/** The line asks whoever is silent for half an hour. Until then, it may count a place that was given back. */
const SILENT_MS = 40 * 60_000;

/** The calls that lead to a submission take up to this long without faults. */
const CALLS_MS = 3_000;

/**
 * Accepted turns of another account while an account waits for its own: one, and two more if turns of the account that
 * were refused have overlapped.
 */
const MOST_TURNS = 3;

/** Refused tries beyond one per poll interval and a tenth of the accepted submissions. */
const MOST_EXTRA_REFUSALS = 2;

export interface Turn {
  readonly id: string;
  readonly at: number;
  /** Accounts that waited, and had no turn at that time. */
  readonly passed: readonly string[];
}

interface Known {
  readonly id: string;
  readonly account: string;
  readonly createdAt: number;
  /** When the line forgets it, unless it reports again. */
  until: number;
  version: number;
  standing: Standing;
  /** Its turn, until it reports. */
  turn: Turn | null;
  /** When the provider refused its last submission. */
  refusedAt: number;
  /** Whether it did not take its last turn, and has not reported since. Others come first then. */
  hasMissed: boolean;
}

/** An account that waits for its turn. */
interface Patience {
  /** Accepted turns of other accounts meanwhile. */
  readonly others: Map<string, number>;
  /** Crashes of the line meanwhile, each of which may cost a turn. */
  crashes: number;
}

export interface QueueWatchDeps {
  readonly plan: QueuePlan;
  readonly time: Timeline;
  readonly provider: QueueProvider;
}

export class QueueWatch {
  readonly complaints: string[] = [];
  refusals = 0;
  readonly #deps: QueueWatchDeps;
  readonly #known = new Map<string, Known>();
  readonly #patience = new Map<string, Patience>();
  /** When each account's last turn that was used or missed was granted. */
  readonly #served = new Map<string, number>();
  /** Turns granted in the current turn of the line's object. */
  #granted: Turn[] = [];
  #idleFrom: number | null = null;
  #excusedUntil = 0;
  #firstRefusalAt: number | null = null;
  #lastRefusalAt = 0;
  #accepted = 0;

  constructor(deps: QueueWatchDeps) {
    this.#deps = deps;
    const { outage, silence } = deps.plan;
    for (const failure of [outage, silence]) {
      if (failure !== null) deps.time.after(failure.from, () => this.excuse(failure.ms + LOST_TURN_MS));
    }
  }

  /** The line receives this report. */
  told(report: StandingReport): void {
    const { id, account, createdAt, version, standing, refusal, until } = report;
    const known = this.#known.get(id);
    if (known === undefined) {
      this.#known.set(id, {
        id,
        account,
        createdAt,
        until,
        version,
        standing,
        turn: null,
        refusedAt: 0,
        hasMissed: false,
      });
      if (standing === "waiting" && refusal !== null) this.#refused(null, refusal.retryAfterMs);
      return;
    }
    const isNew = version > known.version || (version === known.version && standing !== known.standing);
    if (version >= known.version) known.hasMissed = false;
    // The line may take it for one that holds a place, until it has asked: at once, or later if it has granted it a turn.
    if (known.standing === "left") this.excuse(standing === "waiting" ? ASKED_AGAIN_MS : SILENT_MS);
    if (!isNew || known.standing === "left") return;
    const { turn } = known;
    known.version = version;
    // It may ask for the turn that it has.
    if (standing === "waiting" && known.standing === "waiting" && refusal === null) return;
    known.standing = standing;
    known.turn = null;
    const isRefused = standing === "left" && turn !== null && known.refusedAt >= turn.at;
    if (isRefused || (standing === "waiting" && refusal !== null)) this.#refused(turn, refusal?.retryAfterMs ?? null);
    if (turn === null) return;
    if (standing === "running" || standing === "unknown") this.#used(turn, account);
    else if (standing === "left") this.#serve(account, turn);
  }

  /** The provider refuses a submission of this generation, which may be canceled before the line is told. */
  refused(id: string): void {
    const known = this.#known.get(id);
    if (known !== undefined) known.refusedAt = this.#deps.time.now;
  }

  /** Whether a turn is granted in this answer. */
  answered({ id, version, standing }: StandingReport, { isGranted }: StandingAnswer): void {
    const known = this.#known.get(id);
    if (known === undefined || standing !== "waiting" || known.standing !== "waiting") return;
    if (version < known.version) return;
    if (isGranted) {
      if (known.turn === null) this.granted(id);
      // It does not matter any more whether an earlier call for this turn arrives.
      else known.turn = { ...known.turn };
    }
    if (isGranted || known.turn === null) return;
    const heldMs = this.#deps.time.now - known.turn.at;
    if (heldMs < TURN_MS) this.complaints.push(`a turn ends after 30 s: ${id} had it for ${heldMs} ms`);
    known.turn = null;
  }

  /** The line grants a turn, or calls again for it. */
  granted(id: string): Turn {
    const { account, standing, turn: known } = this.#known.get(id) ?? {};
    if (known != null) {
      const heldMs = this.#deps.time.now - known.at;
      if (heldMs < AGAIN_MS) this.complaints.push(`a turn is granted once: ${id} got another after ${heldMs} ms`);
      return known;
    }
    const withTurns = new Set([account, ...this.#accountsWithTurns()]);
    const passed = [...this.#waiting()].filter((each) => !each.hasMissed && !withTurns.has(each.account));
    const turn = { id, at: this.#deps.time.now, passed: [...new Set(passed.map((each) => each.account))] };
    if (standing === "waiting") this.#granted.push(turn);
    return turn;
  }

  /** The generation has answered a grant; null: it has not. */
  grantAnswered(turn: Turn, standing: Standing | null): void {
    const { id } = turn;
    const known = this.#known.get(id);
    if (known === undefined) return;
    if (standing === "left") known.standing = "left";
    // It tried by itself, and may have ended before its reports reach the line again.
    if (standing === "running") this.excuse(SILENT_MS);
    if (known.turn !== turn || (standing !== null && standing !== "waiting" && standing !== "left")) return;
    this.#serve(known.account, known.turn);
    known.turn = null;
    known.hasMissed = standing !== "left";
  }

  /** A generation has answered where it stands; null: it has not. The line keeps its place until it answers. */
  asked(id: string, standing: Standing | null): void {
    const known = this.#known.get(id);
    if (standing === null) this.excuse(ASKED_AGAIN_MS);
    if (known !== undefined && standing === "left") known.standing = "left";
  }

  /** A turn of the line's object has ended. */
  turnEnded(): void {
    const turns = this.#granted;
    this.#granted = [];
    const ids = new Set(turns.map(({ id }) => id));
    for (const turn of turns) this.#checkTurn(turn, ids);
    for (const turn of turns) {
      const known = this.#known.get(turn.id);
      if (known?.standing === "waiting") known.turn = turn;
    }
    this.check();
  }

  #checkTurn({ id, at }: Turn, ids: ReadonlySet<string>): void {
    const known = this.#known.get(id);
    if (known === undefined || known.standing !== "waiting") return;
    const isPassed = (each: Known) => !each.hasMissed && !ids.has(each.id) && isBefore(each, known);
    const earlier = [...this.#waiting()].find((each) => each.account === known.account && isPassed(each));
    if (earlier !== undefined) {
      this.complaints.push(`the order is kept within an account: ${id} had its turn before ${earlier.id}`);
    }
    const { maxConcurrent } = this.#deps.plan;
    const held = this.#held(at) + ids.size;
    if (maxConcurrent > 0 && held > maxConcurrent) {
      this.complaints.push(`no more than PROVIDER_MAX_CONCURRENT: ${held} places of ${maxConcurrent}`);
    }
  }

  /** Places that the line must count. A turn that was not taken may have passed on. */
  #held(now: number): number {
    let held = 0;
    for (const { standing, turn } of this.#known.values()) {
      if (standing === "running" || standing === "unknown" || (turn !== null && now - turn.at < TURN_MS)) held++;
    }
    return held;
  }

  *#waiting(): Iterable<Known> {
    const { date } = this.#deps.time;
    for (const known of this.#known.values()) {
      if (known.standing === "waiting" && known.turn === null && date < known.until) yield known;
    }
  }

  #refused(turn: Turn | null, retryAfterMs: number | null): void {
    const { now } = this.#deps.time;
    if (retryAfterMs !== null) this.excuse(retryAfterMs);
    this.#firstRefusalAt ??= now;
    // It was on its way when another refusal became known, or its generation did not know of the line.
    if (turn !== null && turn.at >= this.#lastRefusalAt) this.refusals++;
    this.#lastRefusalAt = now;
  }

  /** The turn has led to a submission that the provider has accepted, or may have. */
  #used(turn: Turn, account: string): void {
    this.#accepted++;
    this.#serve(account, turn);
    const waiting = new Set(Array.from(this.#waiting(), (each) => each.account));
    for (const each of this.#patience.keys()) if (!waiting.has(each)) this.#patience.delete(each);
    for (const other of turn.passed) {
      if (!waiting.has(other) || turn.at < (this.#served.get(other) ?? 0)) continue;
      const patience = this.#patience.get(other) ?? { others: new Map<string, number>(), crashes: 0 };
      this.#patience.set(other, patience);
      const turns = 1 + (patience.others.get(account) ?? 0);
      patience.others.set(account, turns);
      if (turns > MOST_TURNS + patience.crashes) {
        this.complaints.push(`accounts in turn: ${account} had ${turns} turns while ${other} waited`);
      }
    }
  }

  *#accountsWithTurns(): Iterable<string> {
    for (const { account, turn } of this.#known.values()) if (turn !== null) yield account;
  }

  #serve(account: string, { at }: Turn): void {
    this.#patience.delete(account);
    this.#served.set(account, Math.max(at, this.#served.get(account) ?? 0));
  }

  hasTurn(id: string): boolean {
    const known = this.#known.get(id);
    return known !== undefined && known.turn !== null;
  }

  /** A fault for which the line may stand still for a while. */
  excuse(ms: number): void {
    this.#excusedUntil = Math.max(this.#excusedUntil, this.#deps.time.now + ms);
  }

  /** A fault has hit this generation: if it has a turn, others wait for it. */
  excuseTurnOf(id: string): void {
    if (this.hasTurn(id)) this.excuse(LOST_TURN_MS);
  }

  /** A grant is lost or late. Whoever does not wait may still be in the line. */
  excuseGrantTo(id: string): void {
    if (this.hasTurn(id) || this.#known.get(id)?.standing !== "waiting") this.excuse(LOST_TURN_MS);
  }

  /** The line's object has died. Turns that were on their way may be lost. */
  died(hadTurns: boolean): void {
    for (const patience of this.#patience.values()) patience.crashes++;
    for (const known of this.#known.values()) if (known.turn !== null) known.turn = { ...known.turn, at: 0 };
    this.excuse(hadTurns ? LOST_TURN_MS : CALLS_MS);
  }

  /** A submission has reached the provider. */
  submitted(): void {
    this.#idleFrom = null;
    this.check();
  }

  /** Called whenever a place may have become free, and from time to time. */
  check(): void {
    const { plan, time, provider } = this.#deps;
    const isLate = this.#isIdle();
    if (!isLate) {
      this.#idleFrom = null;
      return;
    }
    this.#idleFrom ??= time.now;
    const idleMs = time.now - Math.max(this.#idleFrom, this.#excusedUntil);
    if (idleMs <= 2 * plan.pollMs + CALLS_MS) return;
    this.#idleFrom = null;
    const [waiting] = this.#waiting();
    this.complaints.push(
      `the line never stands still: ${waiting?.id} waited for ${idleMs} ms at ${time.now} while ${provider.running} jobs ran`,
    );
  }

  #isIdle(): boolean {
    const { plan, time, provider } = this.#deps;
    if (!provider.isFree || this.#waiting()[Symbol.iterator]().next().done === true) return false;
    return plan.maxConcurrent === 0 || this.#held(time.now) < plan.maxConcurrent;
  }

  /** Called at the end. */
  checkRefusals(): void {
    const { plan } = this.#deps;
    const intervals = Math.ceil((this.#lastRefusalAt - (this.#firstRefusalAt ?? 0)) / plan.pollMs);
    const most = intervals + this.#accepted / 10 + MOST_EXTRA_REFUSALS;
    if (this.refusals <= most) return;
    this.complaints.push(
      `refusals are bounded: ${this.refusals} with ${this.#accepted} accepted in ${intervals} intervals`,
    );
  }
}

function isBefore(a: Known, b: Known): boolean {
  return a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.id < b.id);
}
