// The stores of an account's object on real SQL, with any order of reports, deletions and reservations: they must agree
// with a simple model after every step. Also an account whose tables an earlier release has made.

import { runInDurableObject } from "cloudflare:test";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Stores, storesIn } from "../../src/account/stores.ts";
import type { Settlement, Summary } from "../../src/core/generation/action.ts";
import type { ReportedStatus } from "../../src/core/generation/record.ts";
import type { Usage, UsageRow } from "../../src/core/money/usage.ts";
import { BARE } from "../support/lives.ts";
import { testEnv } from "./support.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** The last minute of a day, of a month and of the next day. */
const TIMES = [Date.UTC(2026, 10, 29, 23, 59), Date.UTC(2026, 10, 30, 23, 59), Date.UTC(2026, 11, 1, 23, 59)];
const [, NOW = 0] = TIMES;

const MODELS = ["model-a", "model-b"];
const IDS = ["gen_1", "gen_2", "gen_3"];

type Estimate = number | null;

/** The course of a generation, and its end. */
interface Course {
  readonly createdAt: number;
  readonly model: string;
  readonly estimate: Estimate;
  /** Statuses before its end. */
  readonly before: readonly ReportedStatus[];
  readonly end: "completed" | "failed" | "canceled";
  /** Number of reports between the cancel and the job's end, if the generation was canceled while its job ran. */
  readonly leftoverReports: number;
  /**
   * Number of these reports after which it is deleted. If there are fewer, it is deleted after the last one. Null:
   * never.
   */
  readonly deletedAfter: number | null;
  /** Null if it costs nothing. */
  readonly cost: (Usage & { readonly spent: number }) | null;
}

const estimates = fc.option(fc.integer({ min: 0, max: 5 }), { freq: 4 });

const courses: fc.Arbitrary<Course> = fc.record({
  createdAt: fc.constantFrom(...TIMES),
  model: fc.constantFrom(...MODELS),
  estimate: estimates,
  before: fc.constantFrom<readonly ReportedStatus[]>(
    [],
    ["queued"],
    ["queued", "generating"],
    ["generating", "storing"],
  ),
  end: fc.constantFrom("completed", "failed", "canceled"),
  leftoverReports: fc.nat(2),
  deletedAfter: fc.option(fc.nat(2)),
  cost: fc.option(
    fc.record({
      credits: fc.option(fc.integer({ min: 1, max: 9 })),
      usd: fc.option(fc.integer({ min: 1, max: 9 })),
      spent: fc.integer({ min: 1, max: 9 }),
    }),
    { freq: 3 },
  ),
});

/** Every report of the generation, in order of its versions. */
function reportsOf(id: string, course: Course): readonly Summary[] {
  const { createdAt, model, estimate, before, end, deletedAfter, cost } = course;
  const leftovers = end === "canceled" ? course.leftoverReports : 0;
  const reports: Summary[] = [];
  const add = (status: ReportedStatus, inFlight: boolean, isSettled: boolean) => {
    const settlement: Settlement | null =
      isSettled && cost !== null ? { outcome: end, spent: cost.spent, bytes: end === "completed" ? 7 : 0 } : null;
    const version = reports.length + 1;
    const usage = isSettled && cost !== null ? { credits: cost.credits, usd: cost.usd } : null;
    const money = { estimate, usage, settlement };
    reports.push({ ...BARE, id, version, status, inFlight, model, createdAt, ...money, checkAt: version * MINUTE });
  };
  for (const status of before) add(status, true, false);
  for (let count = 0; count <= leftovers; count++) {
    const isLast = count === leftovers;
    add(deletedAfter !== null && count > deletedAfter ? "deleted" : end, !isLast, isLast);
  }
  if (deletedAfter !== null && deletedAfter >= leftovers) add("deleted", false, true);
  return reports;
}

/** An event of the generation with this index. Numbers that are too large wrap around. */
type Event =
  | { readonly kind: "report"; readonly of: number; readonly nth: number }
  | { readonly kind: "next"; readonly of: number }
  | { readonly kind: "reserve"; readonly of: number; readonly estimate: Estimate; readonly limit: number | null }
  | { readonly kind: "release"; readonly of: number; readonly nth: number }
  | { readonly kind: "check"; readonly of: number }
  | { readonly kind: "forget"; readonly of: number };

const of = fc.nat(IDS.length - 1);
const limit = fc.option(fc.integer({ min: 0, max: 12 }), { freq: 2 });

const events: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("next" as const), of }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("report" as const), of, nth: fc.nat(6) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("reserve" as const), of, estimate: estimates, limit }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("release" as const), of, nth: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("check" as const), of }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("forget" as const), of }) },
);

interface Place {
  readonly at: number;
  readonly estimate: Estimate;
}

/** What the account knows of a generation. */
class Known {
  readonly id: string;
  readonly model: string;
  readonly reports: readonly Summary[];
  /** Number of reports that have been sent in order. */
  sent = 0;
  /** The newest report. */
  last: Summary | null = null;
  /** The first report that settles it. */
  settled: Summary | null = null;
  estimate: Estimate = null;
  isForgotten = false;
  places: Place[] = [];

  constructor(id: string, course: Course) {
    this.id = id;
    this.model = course.model;
    this.reports = reportsOf(id, course);
  }

  receive(report: Summary): void {
    const isOutdated = this.last !== null && this.last.version >= report.version;
    if (isOutdated) return;
    // A report of the previous release has no estimate, so the reserved one stays.
    this.estimate ??= report.estimate ?? this.places.find(({ at }) => at === report.createdAt)?.estimate ?? null;
    // The first report takes the place over. After the end, the reservations of later requests are given back, too.
    if (this.last === null || !report.inFlight) this.places = [];
    this.last = report;
    if (report.settlement !== null) this.settled ??= report;
  }

  /** The generation and the requests for it, as far as they may still cause costs. */
  get commitments(): readonly Place[] {
    const { last, estimate, isForgotten, places } = this;
    if (last === null || isForgotten || !last.inFlight) return places;
    return [...places, { at: last.createdAt, estimate }];
  }

  get counted(): Summary | null {
    return this.settled ?? (this.isForgotten || this.last?.status === "deleted" ? null : this.last);
  }
}

const monthOf = (time: number) => new Date(time).toISOString().slice(0, 7);
const dayOf = (time: number) => Math.floor(time / DAY);

function modelCommitments(all: readonly Known[], at: number, without = "") {
  const others = all.filter(({ id, commitments }) => id !== without && commitments.length > 0);
  const committed = (isIn: (time: number) => boolean) => ({
    spent: all.reduce((sum, { settled }) => {
      return settled !== null && isIn(settled.createdAt) ? sum + (settled.settlement?.spent ?? 0) : sum;
    }, 0),
    reserved: others.reduce((sum, { commitments }) => {
      return sum + Math.max(0, ...commitments.filter((place) => isIn(place.at)).map(({ estimate }) => estimate ?? 0));
    }, 0),
  });
  return {
    day: committed((time) => dayOf(time) === dayOf(at)),
    month: committed((time) => monthOf(time) === monthOf(at)),
    underWay: others.length,
    unpriced: others.filter(({ commitments }) => commitments.some(({ estimate }) => estimate === null)).length,
  };
}

function modelUsage(all: readonly Known[]): readonly UsageRow[] {
  const rows = new Map<string, UsageRow>();
  for (const { counted, settled } of all) {
    if (counted === null) continue;
    const [day, model] = [dayOf(counted.createdAt), counted.model];
    const none = { day, model, generations: 0, completed: 0, failed: 0, canceled: 0, credits: 0, usd: 0, bytes: 0 };
    const row = rows.get(`${day} ${model}`) ?? none;
    const outcome = settled?.settlement?.outcome ?? counted.status;
    const plus = (status: string) => Number(outcome === status);
    rows.set(`${day} ${model}`, {
      ...row,
      generations: row.generations + 1,
      completed: row.completed + plus("completed"),
      failed: row.failed + plus("failed"),
      canceled: row.canceled + plus("canceled"),
      credits: row.credits + (counted.usage?.credits ?? 0),
      usd: row.usd + (counted.usage?.usd ?? 0),
      bytes: row.bytes + (settled?.settlement?.bytes ?? 0),
    });
  }
  return [...rows].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}

const ALWAYS = { from: 0, to: dayOf(TIMES[2] ?? 0), byDay: true, byModel: true };

function apply(event: Event, all: readonly Known[], { index, places }: Stores): void {
  const known = all[event.of];
  if (known === undefined) return;
  const { id, reports } = known;
  switch (event.kind) {
    case "next":
    case "report": {
      // A forgotten generation has sent all of its reports.
      if (known.isForgotten) return;
      const report =
        reports[event.kind === "next" ? Math.min(known.sent, reports.length - 1) : event.nth % reports.length];
      if (report === undefined) return;
      if (event.kind === "next") known.sent++;
      const before = known.last?.status;
      known.receive(report);
      expect(index.put(report)).toBe(known.last?.status === before ? "nothing" : "status");
      return;
    }
    case "reserve": {
      const budget = event.limit === null ? null : { day: null, month: event.limit };
      const { month, underWay, unpriced } = modelCommitments(all, NOW, id);
      const left = (event.limit ?? Number.POSITIVE_INFINITY) - month.spent - month.reserved;
      const isAlone = underWay === 0 || (event.estimate !== null && unpriced === 0);
      const fits = event.estimate === null ? left > 0 : event.estimate <= left;
      const rules = { most: null, budget, checkAt: MINUTE };
      const result = places.reserve({ id, createdAt: NOW, model: known.model, estimate: event.estimate }, rules);
      expect(result.kind === "reserved").toBe(budget === null || (isAlone && fits));
      if (result.kind === "reserved") known.places.push({ at: result.createdAt, estimate: event.estimate });
      return;
    }
    case "release": {
      const [place] = known.places.splice(event.nth % Math.max(1, known.places.length), 1);
      // Without a place, `release` must change nothing.
      places.release({ id, createdAt: place?.at ?? known.last?.createdAt ?? NOW });
      return;
    }
    case "check":
      if (known.last !== null) index.setCheck(known.last, null);
      return;
    case "forget": {
      const { last } = known;
      const isOver = last !== null && last.version === reports.length && last.status === "deleted";
      if (!isOver || known.isForgotten) return;
      index.delete(last);
      known.isForgotten = true;
    }
  }
}

function expectAgreement(all: readonly Known[], { usage, places }: Stores): void {
  expect(usage.rows(ALWAYS)).toEqual(modelUsage(all));
  expect(places.commitments(NOW)).toEqual(modelCommitments(all, NOW));
}

describe("the stores of an account", () => {
  it("count each generation once and keep nothing reserved, in whatever order reports and requests arrive", async () => {
    await runInDurableObject(testEnv.ACCOUNTS.getByName("stores/live"), (_, { storage: { sql } }) => {
      const fleet = fc.tuple(...IDS.map(() => courses));
      fc.assert(
        fc.property(fleet, fc.array(events, { maxLength: 40 }), (drawn, history) => {
          for (const table of ["generations", "leftovers", "usage"]) sql.exec(`DROP TABLE IF EXISTS ${table}`);
          const stores = storesIn(sql);
          const all = drawn.map((course, at) => new Known(IDS[at] ?? "", course));
          for (const event of history) {
            apply(event, all, stores);
            expectAgreement(all, stores);
          }
          // At the end, every report has arrived, and every request has ended.
          for (const [at, known] of all.entries()) {
            while (known.places.length > 0) apply({ kind: "release", of: at, nth: 0 }, all, stores);
            apply({ kind: "report", of: at, nth: known.reports.length - 1 }, all, stores);
          }
          expectAgreement(all, stores);
          const { underWay, day, month } = stores.places.commitments(NOW);
          expect([underWay, day.reserved, month.reserved]).toEqual([0, 0, 0]);
        }),
        { numRuns: 300 },
      );
    });
  });

  it("count the highest estimate of the requests that may create one generation", async () => {
    await runInDurableObject(testEnv.ACCOUNTS.getByName("highest/live"), (_, { storage }) => {
      const { places } = storesIn(storage.sql);
      const reserve = (id: string, createdAt: number, estimate: Estimate) =>
        places.reserve(
          { id, createdAt, model: "m", estimate },
          { most: null, budget: { day: 10, month: null }, checkAt: 0 },
        ).kind;
      expect([reserve("gen_a", NOW, 9), reserve("gen_a", NOW + 1, 1)]).toEqual(["reserved", "reserved"]);
      expect(reserve("gen_b", NOW, 2)).toBe("budget_exceeded");
      places.release({ id: "gen_a", createdAt: NOW });
      expect(reserve("gen_b", NOW, 2)).toBe("reserved");
    });
  });

  it("check the budget of the day that a later creation time falls on", async () => {
    await runInDurableObject(testEnv.ACCOUNTS.getByName("next-day/live"), (_, { storage }) => {
      const { places } = storesIn(storage.sql);
      const reserve = (id: string, createdAt: number, estimate: Estimate) =>
        places.reserve(
          { id, createdAt, model: "m", estimate },
          { most: null, budget: { day: 10, month: null }, checkAt: 0 },
        );
      const midnight = (dayOf(NOW) + 1) * DAY;
      expect(reserve("gen_a", midnight, 9)).toEqual({ kind: "reserved", createdAt: midnight });
      expect(reserve("gen_b", midnight - 1, 2)).toEqual({ kind: "reserved", createdAt: midnight - 1 });
      // The last millisecond of the day is taken, so this request would count on the next day.
      expect(reserve("gen_b", midnight - 1, 2)).toMatchObject({ kind: "budget_exceeded", endsAt: midnight + DAY });
      expect(places.commitments(midnight).day.reserved).toBe(9);
    });
  });

  it("keep the estimate of a place if a generation of the previous release reports without one", async () => {
    await runInDurableObject(testEnv.ACCOUNTS.getByName("without/live"), (_, { storage }) => {
      const { index, places } = storesIn(storage.sql);
      const place = { id: "gen_a", createdAt: NOW, model: "m", estimate: 1 };
      places.reserve(place, { most: null, budget: { day: 10, month: null }, checkAt: 0 });
      index.put({ ...BARE, ...place, estimate: null, version: 1, status: "queued", inFlight: true, checkAt: 9 });
      expect(places.commitments(NOW)).toMatchObject({ day: { reserved: 1 }, unpriced: 0 });
    });
  });

  it("keep a place whose generation reports during the check by the watchdog", async () => {
    await runInDurableObject(testEnv.ACCOUNTS.getByName("late/live"), (_, { storage }) => {
      const { index, places } = storesIn(storage.sql);
      const place = { id: "gen_a", createdAt: NOW, model: "m", estimate: 1 };
      places.reserve(place, { most: null, budget: { day: 10, month: null }, checkAt: 0 });
      const [found = { ...place, version: -1 }] = index.overdue(1, 1);
      const report = { ...BARE, ...place, version: 1, status: "queued", inFlight: true, checkAt: 9 } as const;
      index.put(report);
      index.delete(found);
      expect(places.commitments(NOW).day.reserved).toBe(1);
    });
  });
});

describe("an account that an earlier release has made", () => {
  /** The tables and rows of a release without costs. */
  const EARLIER = [
    `CREATE TABLE generations (
      created_at INTEGER NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, status TEXT NOT NULL,
      model TEXT NOT NULL, check_at INTEGER, PRIMARY KEY (created_at, id)) WITHOUT ROWID`,
    "CREATE INDEX checks ON generations (check_at) WHERE check_at IS NOT NULL",
    "CREATE INDEX in_flight ON generations (id) WHERE status IN ('queued', 'generating', 'storing')",
    `CREATE TABLE leftovers (
      created_at INTEGER NOT NULL, id TEXT NOT NULL, PRIMARY KEY (created_at, id)) WITHOUT ROWID`,
    `INSERT INTO generations VALUES (${NOW}, 'gen_1', 4, 'completed', 'm', NULL),
      (${NOW + 1}, 'gen_2', 2, 'generating', 'm', ${NOW + DAY}), (${NOW + 2}, 'gen_3', 3, 'canceled', 'm', ${NOW + DAY}),
      (${NOW + 3}, 'gen_4', 5, 'deleted', 'm', ${NOW + DAY})`,
    `INSERT INTO leftovers VALUES (${NOW + 2}, 'gen_3')`,
  ];

  const report = (id: string, createdAt: number, version: number, more: Partial<Summary>): Summary => ({
    ...{ ...BARE, id, createdAt, version, model: "m", inFlight: false, checkAt: NOW, status: "completed" as const },
    ...more,
  });

  /** An account with the tables and rows of the earlier release. */
  async function earlier(name: string) {
    const account = testEnv.ACCOUNTS.getByName(`${name}/live`);
    await runInDurableObject(account, (_, { storage }) => {
      for (const statement of EARLIER) storage.sql.exec(statement);
    });
    return account;
  }

  const SUMS = { day: dayOf(NOW), model: "m", generations: 3, completed: 1, failed: 0, canceled: 1 };
  const BUDGET = { places: null, budget: { day: 10, month: 10 } };
  const FIRST: readonly (readonly [name: string, first: (account: Awaited<ReturnType<typeof earlier>>) => unknown])[] =
    [
      ["list", (account) => account.list({ limit: 9, after: null })],
      ["usage", (account) => account.usage(ALWAYS)],
      ["commitments", (account) => account.commitments()],
      ["reserve", (account) => account.reserve({ id: "gen_5", createdAt: NOW, model: "m", estimate: 1 }, BUDGET)],
      ["release", (account) => account.release({ id: "gen_5", createdAt: NOW })],
      [
        "report",
        (account) => account.report(report("gen_2", NOW + 1, 2, { status: "generating", inFlight: true }), []),
      ],
    ];

  it.each(FIRST)("lists, counts and reserves, whichever call comes first: %s", async (name, first) => {
    const account = await earlier(`earlier-${name}`);
    await first(account);
    const { rows } = await account.list({ limit: 9, after: null });
    const unknown = { estimate: null, usage: null, prompt: null, error: null, deliveries: null };
    expect(rows).toMatchObject(["gen_3", "gen_2", "gen_1"].map((id) => ({ id, ...unknown })));
    expect(await account.usage(ALWAYS)).toEqual([{ ...SUMS, credits: 0, usd: 0, bytes: 0 }]);
    // The prices of generations in flight are not known, so no other may run until they have ended.
    const place = { id: "gen_5", createdAt: NOW + 4, model: "m", estimate: 3 };
    expect(await account.reserve(place, BUDGET)).toEqual({ kind: "unpriced_under_way" });
    const usage = { credits: 5, usd: 2 };
    const settled = { usage, settlement: { outcome: "completed", spent: 2, bytes: 7 } } as const;
    await account.report(report("gen_2", NOW + 1, 3, settled), []);
    await account.report(report("gen_3", NOW + 2, 4, { status: "canceled" }), []);
    expect((await account.list({ limit: 9, after: null })).rows[1]).toMatchObject({ id: "gen_2", usage });
    expect(await account.usage(ALWAYS)).toEqual([{ ...SUMS, completed: 2, credits: 5, usd: 2, bytes: 7 }]);
    expect(await account.reserve(place, BUDGET)).toMatchObject({ kind: "reserved", createdAt: NOW + 4 });
    expect(await account.reserve({ ...place, id: "gen_6", estimate: 6 }, BUDGET)).toMatchObject({ period: "month" });
  });

  it("keeps what a release with costs has stored, and adds what that release did not know", async () => {
    const account = testEnv.ACCOUNTS.getByName("with-costs/live");
    await runInDurableObject(account, (_, { storage }) => {
      const [first = "", ...others] = EARLIER;
      const costs =
        "check_at INTEGER, estimate INTEGER, credits REAL, usd INTEGER, settled INTEGER NOT NULL DEFAULT 0,";
      storage.sql.exec(first.replace("check_at INTEGER,", costs));
      storage.sql.exec(others[0] ?? "");
      storage.sql.exec(`INSERT INTO generations VALUES (${NOW}, 'gen_1', 4, 'completed', 'm', NULL, 7, 5, 2, 1)`);
    });
    const known = { id: "gen_1", estimate: 7, usage: { credits: 5, usd: 2 } };
    const page = { limit: 9, after: null };
    expect((await account.list(page)).rows).toMatchObject([{ ...known, prompt: null, deliveries: null }]);
    const deliveries = { delivered: 1, pending: 0, failed: 0 };
    await account.report(report("gen_1", NOW, 5, { usage: known.usage, prompt: "a fairy", deliveries }), []);
    expect((await account.list(page)).rows).toMatchObject([{ ...known, prompt: "a fairy", deliveries }]);
  });
});
