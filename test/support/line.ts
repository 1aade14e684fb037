// Runs the line of a provider key over a database in memory, with a clock that the test sets.

import type { CapacitySettings } from "../../src/core/queue/capacity.ts";
import type { Standing, StandingAnswer, StandingReport } from "../../src/core/queue/standing.ts";
import { Line } from "../../src/queue/line.ts";
import { LineStore } from "../../src/queue/store.ts";
import { sqlInMemory } from "./sql.ts";

export const LINE_T0 = Date.UTC(2026, 10, 22, 12);
export const LINE_INTERVAL = 10_000;
const DAY_MS = 24 * 60 * 60_000;

/** What a generation in these tests reports: it was created `at` milliseconds after the start. */
export interface Told extends Partial<StandingReport> {
  readonly at?: number;
  /** The provider has refused its submission, with this `Retry-After` in milliseconds. */
  readonly refused?: number | null;
}

type Ask = (id: string) => Standing | null | Promise<Standing | null>;

export class LineStage {
  now = LINE_T0;
  settings: CapacitySettings = { intervalMs: LINE_INTERVAL, maxConcurrent: 0 };
  /** Answers of the generations that the line calls to grant a turn. By default, each takes its turn. */
  onGrant: Ask = () => "unknown";
  /** Answers of the generations that the line asks where they stand. By default, each holds its place. */
  onAsk: Ask = () => "running";
  readonly asked: string[] = [];
  /** Ids that were granted a turn by a call, in order. */
  readonly granted: string[] = [];
  alarmAt: number | null = null;
  alarmCalls = 0;
  writes = 0;
  readonly #sql = sqlInMemory();
  readonly #kept = new Map<string, unknown>();
  readonly #versions = new Map<string, number>();
  #work: Promise<void>[] = [];
  line = this.#begin();

  /** The object is evicted and starts again from its storage. */
  restart(): void {
    this.#work = [];
    this.line = this.#begin();
  }

  #begin(): Line {
    const sql = {
      exec: (query: string, ...bindings: SqlStorageValue[]) => {
        if (!/^\s*SELECT/.test(query)) this.writes++;
        return this.#sql.exec(query, ...bindings);
      },
    } as unknown as SqlStorage;
    const kv = {
      get: (key: string) => this.#kept.get(key),
      put: (key: string, value: unknown) => {
        this.writes++;
        this.#kept.set(key, structuredClone(value));
      },
    } as unknown as SyncKvStorage;
    return new Line({
      store: new LineStore({ sql, kv }),
      clock: { now: () => this.now, random: () => 0.5 },
      settings: () => this.settings,
      grant: async (id) => {
        this.granted.push(id);
        return this.onGrant(id);
      },
      ask: async (id) => {
        this.asked.push(id);
        return this.onAsk(id);
      },
      alarm: {
        set: (time) => {
          this.alarmCalls++;
          this.alarmAt = time;
        },
        clear: () => {
          this.alarmCalls++;
          this.alarmAt = null;
        },
      },
      detach: (work) => void this.#work.push(work),
    });
  }

  /** Reports with the next version of the generation, unless one is given. */
  tell(id: string, standing: Standing, { at = 0, refused, ...report }: Told = {}): StandingAnswer {
    const version = report.version ?? (this.#versions.get(id) ?? 0) + 1;
    this.#versions.set(id, version);
    const createdAt = LINE_T0 + at;
    return this.line.tell({
      id,
      account: "acme",
      createdAt,
      version,
      standing,
      refusal: refused === undefined ? null : { retryAfterMs: refused },
      lastTryAt: createdAt + DAY_MS - 60_000,
      until: createdAt + 2 * DAY_MS,
      ...report,
    });
  }

  /** The ids that are granted a turn by a call during `during`. */
  async grantsDuring(during: () => void): Promise<string[]> {
    const before = this.granted.length;
    during();
    await this.settle();
    return this.granted.slice(before);
  }

  async settle(): Promise<void> {
    for (let rounds = 0; this.#work.length > 0; rounds++) {
      if (rounds > 1_000) throw new Error("the line grants again and again");
      await Promise.all(this.#work.splice(0));
    }
  }

  /** Advances the time, and runs each alarm that is due. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    for (let alarms = 0; this.alarmAt !== null && this.alarmAt <= end; alarms++) {
      if (alarms > 10_000) throw new Error("the alarm is set again and again");
      this.now = Math.max(this.now, this.alarmAt);
      this.alarmAt = null;
      this.line.wake();
      await this.settle();
    }
    this.now = end;
  }
}

/** A line in which these generations wait, created a second apart. The first was refused, so the provider is full. */
export function lineOf(...ids: string[]): LineStage {
  const stage = new LineStage();
  ids.forEach((id, at) => {
    stage.tell(id, "waiting", { at: at * 1_000, ...(at === 0 ? { refused: null } : {}) });
  });
  return stage;
}

export const positionOf = (stage: LineStage, id: string, account = "acme") =>
  stage.line.places(account, [id])[0]?.position ?? null;
