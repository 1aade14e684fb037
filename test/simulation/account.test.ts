// Runs hundreds of random histories of an account with a budget, from a fixed seed. `npm run simulate` runs more.

import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { IndexStore } from "../../src/account/index-store.ts";
import type { PlaceStore } from "../../src/account/place-store.ts";
import type { Tables } from "../../src/account/tables.ts";
import type { UsageStore } from "../../src/account/usage-store.ts";
import type { BudgetRefusal, Commitments, Committed } from "../../src/core/money/budget.ts";
import { liveTogether } from "./account-history.ts";
import { accountPlans } from "./account-plan.ts";
import { withBroken } from "./broken.ts";

const SEED = 20261127;
const HISTORIES = 400;

/** Each expected fault and event must occur at least this often. */
const LEAST_OFTEN = 10;

const TURNS = [
  "reserve",
  "report",
  "report of an attempt",
  "alarm after a report",
  "alarm",
  "check",
  "end of the alarm",
];

const EXPECTED = [
  ...TURNS.flatMap((turn) => [
    `crash before the writes of the account (${turn})`,
    `crash after the writes of the account (${turn})`,
  ]),
  ...["completed", "failed", "canceled"].map((phase) => `phase ${phase}`),
  "Worker dies during a request",
  "call fails",
  "answer of a call lost",
  "staging fails",
  "request: created",
  "request: replayed",
  "request: mismatch",
  "refused: budget_exceeded",
  "refused: must_run_alone",
  "refused: unpriced_under_way",
  "account does not answer",
  "report received, answer lost",
  "report arrives late",
  "report arrives twice",
  "report of an attempt lost",
  "report of an attempt late",
  "alarm of the account late",
  "check fails",
  "alarm lost",
  "caller cancels",
  "caller deletes",
];

describe("the simulation of an account", () => {
  it(`keeps every invariant in ${HISTORIES} random histories that cover every fault`, async () => {
    const counts = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(accountPlans, async (plan) => {
        expect(await liveTogether(plan, counts)).toEqual([]);
      }),
      { seed: SEED, numRuns: HISTORIES, endOnFailure: false },
    );
    expect(EXPECTED.filter((name) => (counts.get(name) ?? 0) < LEAST_OFTEN)).toEqual([]);
  });

  it("has the same histories each time", async () => {
    const plans = fc.sample(accountPlans, { seed: SEED, numRuns: 3 });
    const [first, second] = [new Map<string, number>(), new Map<string, number>()];
    for (const counts of [first, second]) for (const plan of plans) await liveTogether(plan, counts);
    expect(first.size).toBeGreaterThan(0);
    expect(second).toEqual(first);
  });
});

const MOST_BROKEN = 300;

/**
 * Runs histories with one export of a module broken until this invariant fails. @returns the invariants that failed.
 */
async function complaintsWith(
  module: string,
  name: string,
  broken: (original: never) => unknown,
  invariant: string,
): Promise<Set<string>> {
  const { liveTogether: liveBroken } = await withBroken(module, name, broken, () => import("./account-history.ts"));
  const found = new Set<string>();
  for (const plan of fc.sample(accountPlans, { seed: SEED, numRuns: MOST_BROKEN })) {
    for (const complaint of await liveBroken(plan)) found.add(complaint.split(":")[0] ?? "");
    if (found.has(invariant)) break;
  }
  return found;
}

/** An index that exposes its tables. */
const withTables = (Original: typeof IndexStore) =>
  class extends Original {
    readonly tables: Tables;

    constructor(...args: ConstructorParameters<typeof IndexStore>) {
      super(...args);
      this.tables = args[0];
    }
  };

/** Breaks `budgetRefusal`: it gets changed commitments. */
const committed =
  (change: (commitments: Commitments) => Commitments) =>
  (refusal: (budget: never, commitments: Commitments, request: never) => BudgetRefusal | null) =>
  (budget: never, commitments: Commitments, request: never) =>
    refusal(budget, change(commitments), request);

const unreserved = (committed: Committed) => ({ ...committed, reserved: 0 });

describe("the simulation of an account, with the code broken on purpose,", () => {
  afterEach(() => {
    vi.resetModules();
  });

  it.each<[string, string, string, (original: never) => unknown, string]>([
    [
      "reserved estimates do not count",
      "core/money/budget.ts",
      "budgetRefusal",
      committed((known) => ({ ...known, day: unreserved(known.day), month: unreserved(known.month) })),
      "never more than the budget",
    ],
    [
      "a canceled job that still runs does not count",
      "account/place-store.ts",
      "PlaceStore",
      (Original: typeof PlaceStore) =>
        class extends Original {
          override putLeftover(): void {}
        },
      "never more than the budget",
    ],
    [
      "the first report of a generation gives back the places of all others",
      "account/place-store.ts",
      "PlaceStore",
      (Original: typeof PlaceStore) =>
        class extends Original {
          readonly #tables: Tables;

          constructor(...args: ConstructorParameters<typeof PlaceStore>) {
            super(...args);
            this.#tables = args[0];
          }

          override releaseOthers(): void {
            this.#tables.sql.exec("DELETE FROM generations WHERE version = 0");
          }
        },
      "never more than the budget",
    ],
    [
      "what has been spent does not count",
      "account/usage-store.ts",
      "UsageStore",
      (Original: typeof UsageStore) =>
        class extends Original {
          override spentIn(): number {
            return 0;
          }
        },
      "never more than the budget",
    ],
    [
      "a generation whose price is not known may run at the same time as others",
      "core/money/budget.ts",
      "budgetRefusal",
      committed((known) => ({ ...known, underWay: 0, unpriced: 0 })),
      "a generation whose price is not known runs alone",
    ],
    [
      "the watchdog keeps places that no generation has taken",
      "account/index-store.ts",
      "IndexStore",
      (Original: typeof IndexStore) =>
        class extends Original {
          override delete(place: Parameters<IndexStore["delete"]>[0]): void {
            this.setCheck(place, null);
          }
        },
      "nothing stays reserved",
    ],
    [
      "the end of a canceled job is not reported",
      "core/generation/report.ts",
      "withReportDue",
      () => (generation: object) => generation,
      "nothing stays reserved",
    ],
    [
      "a generation is counted twice",
      "account/usage-store.ts",
      "UsageStore",
      (Original: typeof UsageStore) =>
        class extends Original {
          override add(...args: Parameters<UsageStore["add"]>): void {
            super.add(...args);
            super.add(...args);
          }
        },
      "usage adds up",
    ],
    [
      "a generation that has been counted is not marked",
      "account/index-store.ts",
      "IndexStore",
      (Original: typeof IndexStore) =>
        class extends withTables(Original) {
          override put(summary: Parameters<IndexStore["put"]>[0]): ReturnType<IndexStore["put"]> {
            const isChanged = super.put(summary);
            this.tables.sql.exec("UPDATE generations SET settled = 0");
            return isChanged;
          }
        },
      "usage adds up",
    ],
    [
      "an older report replaces a newer one",
      "account/index-store.ts",
      "IndexStore",
      (Original: typeof IndexStore) =>
        class extends Original {
          #latest = 1e9;

          override put(summary: Parameters<IndexStore["put"]>[0]): ReturnType<IndexStore["put"]> {
            return super.put({ ...summary, version: ++this.#latest });
          }
        },
      "usage adds up",
    ],
    [
      "spending is forgotten with its generation",
      "account/index-store.ts",
      "IndexStore",
      (Original: typeof IndexStore) =>
        class extends withTables(Original) {
          override delete(place: Parameters<IndexStore["delete"]>[0]): void {
            super.delete(place);
            if (this.tables.exists("usage")) this.tables.sql.exec("DELETE FROM usage");
          }
        },
      "what was spent stays spent",
    ],
    [
      "a job without a stated price counts as free",
      "core/generation/cost.ts",
      "withCost",
      (original: (generation: never, job: never, isFree: boolean) => unknown) => (generation: never, job: never) =>
        original(generation, job, true),
      "what may be charged counts",
    ],
    [
      "a late report of an attempt replaces a newer one",
      "core/webhooks/logged-delivery.ts",
      "compareStandings",
      () => () => 1,
      "the log agrees with the deliveries",
    ],
    [
      "a generation does not report how its deliveries stand",
      "core/generation/summary.ts",
      "summaryOf",
      (original: (...args: unknown[]) => object) =>
        (...args: unknown[]) => ({ ...original(...args), endpointDeliveries: [] }),
      "the log agrees with the deliveries",
    ],
  ])("finds that %s", async (_, module, name, broken, invariant) => {
    expect([...(await complaintsWith(module, name, broken, invariant))]).toContain(invariant);
  });
});
