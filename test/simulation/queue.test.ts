// Runs random histories of a line from a fixed seed. `npm run simulate` runs more.

import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Action } from "../../src/core/generation/action.ts";
import type { Generation } from "../../src/core/generation/record.ts";
import type { Rule } from "../../src/core/generation/rule.ts";
import type { resubmitLater } from "../../src/core/generation/transitions.ts";
import type { grantable } from "../../src/core/queue/capacity.ts";
import type { Order } from "../../src/core/queue/order.ts";
import type { Head } from "../../src/core/queue/turns.ts";
import type { Answers } from "../../src/queue/calls.ts";
import type { Entries } from "../../src/queue/entries.ts";
import type { Line } from "../../src/queue/line.ts";
import type { LineStore } from "../../src/queue/store.ts";
import { withBroken } from "./broken.ts";
import { waitInLine } from "./queue-history.ts";
import { type QueuePlan, queuePlans } from "./queue-plan.ts";

const SEED = 20261127;
const HISTORIES = 60;

/** Each expected fault and event must occur at least this often. */
const LEAST_OFTEN = 5;

const EXPECTED = [
  ...["report", "alarm", "answer to a grant"].flatMap((turn) => [
    `crash before the writes of the line (${turn})`,
    `crash after the writes of the line (${turn})`,
  ]),
  "crash before the writes of a step (grant)",
  "crash after the writes of a step (grant)",
  ...["in-line", "reconciling", "completed", "failed", "canceled"].map((phase) => `phase ${phase}`),
  "report lost",
  "report arrives late",
  "report arrives twice",
  "answer to a report lost",
  "grant lost",
  "grant arrives late",
  "grant arrives twice",
  "answer to a grant lost",
  "grant fails",
  "submit busy",
  "submit refused",
  "submit lost in transit",
  "submit failed with 500",
  "submit accepted, answer lost",
  "alarm of the line late",
  "alarm late",
  "alarm lost",
  "canceled in line",
];

describe("the simulation of a line", () => {
  it(`keeps every invariant in ${HISTORIES} random histories that cover every fault`, async () => {
    const counts = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(queuePlans, async (plan) => {
        expect(await waitInLine(plan, counts)).toEqual([]);
      }),
      { seed: SEED, numRuns: HISTORIES, endOnFailure: false },
    );
    expect(EXPECTED.filter((name) => (counts.get(name) ?? 0) < LEAST_OFTEN)).toEqual([]);
  });

  it("has the same histories each time", async () => {
    const plans = fc.sample(queuePlans, { seed: SEED, numRuns: 3 });
    const [first, second] = [new Map<string, number>(), new Map<string, number>()];
    for (const counts of [first, second]) for (const plan of plans) await waitInLine(plan, counts);
    expect(first.size).toBeGreaterThan(0);
    expect(second).toEqual(first);
  });
});

const MOST_BROKEN = 150;

/**
 * Runs histories with one export of a module broken until this invariant fails. @returns the invariants that failed.
 */
async function complaintsWith(
  module: string,
  name: string,
  broken: (original: never) => unknown,
  invariant: string,
  isMeant: (plan: QueuePlan) => boolean,
): Promise<Set<string>> {
  const { waitInLine: waitBroken } = await withBroken(module, name, broken, () => import("./queue-history.ts"));
  const found = new Set<string>();
  for (const plan of fc.sample(queuePlans, { seed: SEED, numRuns: MOST_BROKEN }).filter(isMeant)) {
    for (const complaint of await waitBroken(plan)) found.add(complaint.split(":")[0] ?? "");
    if (found.has(invariant)) break;
  }
  return found;
}

const hasTrouble = ({ trouble }: QueuePlan) => trouble > 0.5;
const isSound = ({ trouble, outage }: QueuePlan) => trouble === 0 && outage === null;
const hasCanceler = ({ canceler }: QueuePlan) => canceler !== null;
const isSilent = ({ silence }: QueuePlan) => silence !== null;
const hasLongOutage = ({ outage }: QueuePlan) => outage !== null && outage.ms > 1_000_000;

type QueueRule = Rule<"queue">;

/** Changes when the reports of a generation are due. */
const entriesTurned =
  (turned: (entries: readonly { at: number; action: Action<"queue"> }[]) => unknown) =>
  (rule: QueueRule): object => ({
    ...rule,
    entries: (...args: Parameters<QueueRule["entries"]>) => turned(rule.entries(...args)),
  });

type Grantable = typeof grantable;

describe("the simulation of a line, with the code broken on purpose,", () => {
  afterEach(() => {
    vi.resetModules();
  });

  it.each<[string, string, string, (original: never) => unknown, string, ((plan: QueuePlan) => boolean)?]>([
    [
      "whoever came last has the first turn",
      "core/queue/order.ts",
      "Order",
      (Original: typeof Order) =>
        class extends Original {
          override of(account: string) {
            return super.of(account).toReversed();
          }
        },
      "the order is kept within an account",
    ],
    [
      "the account that had the last turn has the next one",
      "core/queue/turns.ts",
      "nextInTurn",
      () => (heads: readonly Head[]) => heads.toSorted((a, b) => b.lastTurn - a.lastTurn)[0] ?? null,
      "accounts in turn",
    ],
    [
      "a turn never ends",
      "queue/entries.ts",
      "Entries",
      (Original: typeof Entries) =>
        class extends Original {
          override granted() {
            return [];
          }
        },
      "the line never stands still",
    ],
    [
      "turns are granted twice",
      "queue/entries.ts",
      "Entries",
      (Original: typeof Entries) =>
        class extends Original {
          override put(entry: Parameters<Entries["put"]>[0]) {
            super.put(entry.state === "granted" && entry.id.endsWith("7") ? { ...entry, state: "waiting" } : entry);
          }
        },
      "a turn is granted once",
    ],
    [
      "a generation does not say that it has left",
      "core/generation/queue.ts",
      "queue",
      entriesTurned((entries) => entries.filter(({ action }) => action.report.standing !== "left")),
      "an end frees the place at once",
      isSound,
    ],
    [
      "a generation says only later that it has left",
      "core/generation/queue.ts",
      "queue",
      entriesTurned((entries) =>
        entries.map((entry) =>
          entry.action.report.standing === "left" ? { ...entry, at: entry.at + 300_000 } : entry,
        ),
      ),
      "an end frees the place at once",
      isSound,
    ],
    [
      "refusals are ignored",
      "core/queue/capacity.ts",
      "afterRefused",
      () => (capacity: unknown) => capacity,
      "refusals are bounded",
    ],
    [
      "more and more are tried",
      "core/queue/capacity.ts",
      "grantable",
      (original: Grantable): Grantable =>
        (capacity, situation) =>
          Math.max(2, original(capacity, situation)),
      "refusals are bounded",
    ],
    [
      "turns on their way take no place",
      "core/queue/capacity.ts",
      "grantable",
      (original: Grantable): Grantable =>
        (capacity, situation) =>
          original(capacity, { ...situation, places: { ...situation.places, granted: 0 } }),
      "no more than PROVIDER_MAX_CONCURRENT",
    ],
    [
      "nobody is tried while no place should be free",
      "core/queue/capacity.ts",
      "nextGrantAt",
      () => () => null,
      "the line never stands still",
    ],
    [
      "a canceled generation does not tell of its refusal",
      "core/generation/queue.ts",
      "queue",
      entriesTurned((entries) =>
        entries.map(({ at, action }) => {
          const refusal = action.report.standing === "left" ? null : action.report.refusal;
          return { at, action: { ...action, report: { ...action.report, refusal } } };
        }),
      ),
      "refusals are bounded",
      hasCanceler,
    ],
    [
      "the line calls on while no generation answers",
      "queue/calls.ts",
      "Answers",
      (Original: typeof Answers) =>
        class extends Original {
          override get pauseMs() {
            return 0;
          }
        },
      "calls are bounded",
      isSilent,
    ],
    [
      "the line is not stored",
      "queue/store.ts",
      "LineStore",
      (Original: typeof LineStore) =>
        class extends Original {
          override load() {
            for (const { id } of super.load().entries) this.delete(id);
            return super.load();
          }
        },
      "whoever waits keeps its place",
      hasTrouble,
    ],
    [
      "an older report counts as a newer one",
      "queue/line.ts",
      "Line",
      (Original: typeof Line) =>
        class extends Original {
          #version = 1e6;

          override tell(report: Parameters<Line["tell"]>[0]) {
            return super.tell({ ...report, version: this.#version++ });
          }
        },
      "a place is held until the job ends",
      hasTrouble,
    ],
    [
      "a canceled job gives its place back at once",
      "core/generation/transitions.ts",
      "canceled",
      (original: (generation: never, now: never) => Generation) => (generation: never, now: never) => {
        const { state, ...rest } = original(generation, now);
        const { leftover: _, ...ended } = state as { leftover?: unknown };
        return { ...rest, state: ended };
      },
      "a place is held until the job ends",
    ],
    [
      "a generation waits for an hour if the line does not answer",
      "core/generation/transitions.ts",
      "resubmitLater",
      (original: typeof resubmitLater): typeof resubmitLater =>
        (generation, resubmission, { now, random }) =>
          original(generation, resubmission, { now: now + 3_600_000, random }),
      "it fails open",
      hasLongOutage,
    ],
    [
      "a submission of unknown outcome is sent again",
      "core/generation/submit.ts",
      "submit",
      (rule: Rule<"submit">): object => ({
        ...rule,
        settle: (...[draft, outcome, context]: Parameters<Rule<"submit">["settle"]>) => {
          const result =
            outcome.result.kind === "unknown" ? { kind: "busy", retryAfterMs: null, message: "" } : outcome.result;
          return rule.settle(draft, { ...outcome, result } as typeof outcome, context);
        },
      }),
      "nothing is submitted twice",
    ],
  ])("finds that %s", async (_, module, name, broken, invariant, isMeant = () => true) => {
    expect([...(await complaintsWith(module, name, broken, invariant, isMeant))]).toContain(invariant);
  });
});
