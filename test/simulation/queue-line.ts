// Hosts the object of a line with its real store, as Cloudflare does: the writes of one turn become durable together,
// and a crash loses memory. Calls to and from generations go through a faulty network. src/queue/object.ts has the same
// turns.

import type { Standing, StandingAnswer, StandingReport } from "../../src/core/queue/standing.ts";
import { Line } from "../../src/queue/line.ts";
import { LineStore } from "../../src/queue/store.ts";
import { sqlInMemory } from "../support/sql.ts";
import { Died, type Faults } from "./faults.ts";
import type { QueuePlan } from "./queue-plan.ts";
import type { Silence } from "./queue-silence.ts";
import type { QueueWatch } from "./queue-watch.ts";
import type { Timeline } from "./timeline.ts";

/** Bounds a call to a generation. */
const CALL_TIMEOUT_MS = 10_000;

/** Longest time that a call is on its way. */
const LATEST_MS = 60_000;

/** Calls that one turn of the object may make. */
const MOST_CALLS = 20;

/** Without its alarm, the line wakes when a generation asks again. */
const NO_ALARM_MS = 7 * 60_000;

export interface LineHostDeps {
  readonly plan: QueuePlan;
  readonly time: Timeline;
  readonly chance: () => number;
  readonly faults: Faults;
  readonly watch: QueueWatch;
  readonly silence: Silence;
  /** Grants a generation its turn. Null if its object died before it could answer. */
  grant(id: string): Promise<Standing | null>;
  /** Asks a generation where it stands. */
  ask(id: string): Standing;
}

export class LineHost {
  readonly #deps: LineHostDeps;
  readonly #sql = sqlInMemory();
  readonly #kv = new Map<string, unknown>();
  #line: Line | null = null;
  /** Incremented when the object dies. */
  #incarnation = 0;
  alarm: number | null = null;
  /** Whether its alarm was lost, and nobody has called it since. */
  isAsleep = false;
  /** Calls made in the current turn, held back until the turn is durable. */
  #leaving: (() => void)[] = [];

  constructor(deps: LineHostDeps) {
    this.#deps = deps;
  }

  /** @throws Died if the object dies before it can answer, or does not answer. */
  async tell(report: StandingReport): Promise<StandingAnswer> {
    const { plan, time, watch } = this.#deps;
    const { outage } = plan;
    if (outage !== null && time.now >= outage.from && time.now < outage.from + outage.ms) throw new Died();
    return this.#turn("report", () => {
      watch.told(report);
      const answer = this.#alive().tell(report);
      watch.answered(report, answer);
      return answer;
    });
  }

  /** The states of its entries, by id. */
  entries(): ReadonlyMap<string, string> {
    if (this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'entries'").toArray().length === 0) return new Map();
    const rows = this.#sql.exec<{ id: string; state: string }>("SELECT id, state FROM entries").toArray();
    return new Map(rows.map(({ id, state }) => [id, state]));
  }

  #alive(): Line {
    this.#line ??= this.#born();
    return this.#line;
  }

  #born(): Line {
    const { plan, time } = this.#deps;
    const kv = {
      get: (key: string) => this.#kv.get(key),
      put: (key: string, value: unknown) => void this.#kv.set(key, value),
    } as Pick<SyncKvStorage, "get" | "put">;
    return new Line({
      store: new LineStore({ sql: this.#sql, kv: kv as SyncKvStorage }),
      clock: { now: () => Math.round(time.date), random: this.#deps.chance },
      settings: () => ({ intervalMs: plan.pollMs, maxConcurrent: plan.maxConcurrent }),
      grant: (id) => this.#grant(id),
      ask: (id) => this.#ask(id),
      alarm: {
        set: (at) => {
          this.alarm = at;
        },
        clear: () => {
          this.alarm = null;
        },
      },
      detach: () => {},
    });
  }

  /** Calls a generation once the turn is durable. The promise settles if this object is still alive by then. */
  #grant(id: string): Promise<Standing | null> {
    const { time, faults, watch, silence, grant } = this.#deps;
    const incarnation = this.#incarnation;
    const turn = watch.granted(id);
    return new Promise((resolve) => {
      let isAnswered = false;
      const answer = async (standing: Standing | null) => {
        if (isAnswered || incarnation !== this.#incarnation) return;
        isAnswered = true;
        await unlessDied(
          this.#turn("answer to a grant", () => {
            watch.grantAnswered(turn, standing);
            resolve(standing);
          }),
        );
      };
      this.#leaving.push(() => {
        silence.noteCall();
        if (silence.isNow) {
          faults.count("grant fails");
          watch.excuseGrantTo(id);
          time.after(faults.between(2, 150), () => answer(null));
          return;
        }
        const isLost = faults.strikes("grant lost", 0.1);
        const isLate = !isLost && faults.strikes("grant arrives late", 0.05);
        const isUnanswered = !isLost && !isLate && faults.strikes("answer to a grant lost", 0.1);
        if (isLost || isLate || isUnanswered) watch.excuseGrantTo(id);
        time.after(CALL_TIMEOUT_MS, () => answer(null));
        if (!isLost) {
          time.after(isLate ? faults.between(CALL_TIMEOUT_MS, LATEST_MS) : faults.between(2, 150), async () => {
            const standing = await grant(id);
            if (!isUnanswered) time.after(faults.between(2, 150), () => answer(standing));
          });
        }
        if (faults.strikes("grant arrives twice", 0.1)) {
          time.after(faults.between(0, LATEST_MS), async () => {
            await grant(id);
          });
        }
      });
    });
  }

  /** Asks a generation once the turn is durable. */
  #ask(id: string): Promise<Standing | null> {
    const { time, faults, watch, silence, ask } = this.#deps;
    const incarnation = this.#incarnation;
    return new Promise((resolve) => {
      this.#leaving.push(() => {
        const isLost = silence.isNow || faults.strikes("question lost", 0.1);
        let standing: Standing | null = null;
        const toMs = faults.between(2, 150);
        if (!isLost) {
          time.after(toMs, () => {
            standing = ask(id);
          });
        }
        time.after(isLost ? CALL_TIMEOUT_MS : toMs + faults.between(2, 150), async () => {
          if (incarnation !== this.#incarnation) return;
          await unlessDied(
            this.#turn("answer to a question", () => {
              watch.asked(id, standing);
              resolve(standing);
            }),
          );
        });
      });
    });
  }

  /** @throws Died if the object dies before the writes, or after them. */
  async #turn<T>(name: string, work: () => T): Promise<T> {
    const { faults, chance, watch } = this.#deps;
    if (faults.strikes(`crash before the writes of the line (${name})`, 0.03)) this.#die();
    const { alarm } = this;
    this.isAsleep = false;
    const result = work();
    // Lets code that awaited an answer run to its next await.
    for (let tick = 0; tick < 6; tick++) await Promise.resolve();
    watch.turnEnded();
    const leaving = this.#leaving;
    this.#leaving = [];
    if (leaving.length > MOST_CALLS) watch.complaints.push(`calls are bounded: ${leaving.length} in one turn`);
    const dies = faults.strikes(`crash after the writes of the line (${name})`, 0.03);
    for (const leave of leaving) if (!dies || chance() < 0.5) leave();
    if (this.alarm !== alarm) this.#scheduleAlarm();
    if (dies) this.#die();
    return result;
  }

  #die(): never {
    this.#line = null;
    this.#leaving = [];
    this.#incarnation++;
    this.#deps.silence.noteCrash();
    this.#deps.watch.died([...this.entries().values()].includes("granted"));
    throw new Died();
  }

  #scheduleAlarm(): void {
    const { time, faults, watch } = this.#deps;
    const { alarm } = this;
    if (alarm === null) return;
    const lateMs = faults.strikes("alarm of the line late", 0.02) ? faults.between(1_000, 60_000) : 0;
    if (lateMs > 0) watch.excuse(Math.max(0, alarm - time.date) + lateMs);
    time.after(alarm - Math.round(time.date) + lateMs, () => this.#fire(alarm));
  }

  async #fire(scheduledFor: number): Promise<void> {
    const { time, faults, watch } = this.#deps;
    if (this.alarm !== scheduledFor) return;
    if (faults.strikes("alarm of the line lost", 0.003)) {
      this.alarm = null;
      this.isAsleep = true;
      watch.excuse(NO_ALARM_MS);
      return;
    }
    const incarnation = this.#incarnation;
    this.alarm = null;
    const work = () => this.#alive().wake();
    await unlessDied(this.#turn("alarm", work));
    // The handler did not finish, so the platform runs it again.
    if (incarnation === this.#incarnation || this.alarm !== null) return;
    this.alarm = scheduledFor;
    time.after(2_000, () => this.#fire(scheduledFor));
  }
}

async function unlessDied(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (cause) {
    if (!(cause instanceof Died)) throw cause;
  }
}
