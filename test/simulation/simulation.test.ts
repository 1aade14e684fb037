// Runs ten thousand random histories from a fixed seed. To run a million: npm run simulate -- 1000000

import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ActionKind } from "../../src/core/generation/action.ts";
import type { Rule } from "../../src/core/generation/rule.ts";
import { withBroken } from "./broken.ts";
import { live } from "./history.ts";
import { type Plan, plans } from "./plan.ts";

const SEED = 20261122;
const HISTORIES = 10_000;

/** How often each fault and each phase must occur at least, so that the histories cover them. */
const LEAST_OFTEN = 20;

const EXPECTED = [
  ...["ready", "submitting", "reconciling", "waiting", "generating", "storing", "completed", "failed", "canceled"].map(
    (phase) => `phase ${phase}`,
  ),
  ...["create", "alarm", "outcome", "cancel", "watchdog"].flatMap((step) => [
    ...(step === "watchdog" ? [] : [`crash before the writes of a step (${step})`]),
    ...(step === "watchdog" ? [] : [`crash after the writes of a step (${step})`]),
  ]),
  "submit refused",
  "submit busy",
  "submit lost in transit",
  "submit failed with 500",
  "submit accepted, answer lost",
  "log unavailable",
  "poll fails",
  "poll hangs",
  "poll: job not known yet",
  "poll: completed without URL",
  "poll: status goes backwards",
  "poll: unknown word, nothing else",
  "poll: unknown word with a link",
  "poll: unknown word with an error",
  "store interrupted",
  "store: source gone",
  "store: not a video",
  "store: host answers wrongly for a while",
  "store: stored, answer lost",
  "store: put lands after its copy ended",
  "late copy cleaned up",
  "delete fails",
  "account does not answer",
  "report received, answer lost",
  "webhook: answer lost",
  "webhook answers 204",
  "webhook answers 410",
  "webhook answers 500",
  "webhook answers 503",
  "webhook answers nothing",
  "alarm late",
  "alarm lost",
  "alarm doubled",
  "clock jumps",
  "caller cancels",
  "caller deletes",
];

describe("the simulation", () => {
  it(`keeps every invariant in ${HISTORIES} random histories that cover every fault and every phase`, async () => {
    const counts = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        expect(await live(plan, counts)).toEqual([]);
      }),
      { seed: SEED, numRuns: HISTORIES, endOnFailure: false },
    );
    const rarely = EXPECTED.filter((name) => (counts.get(name) ?? 0) < LEAST_OFTEN);
    expect(rarely).toEqual([]);
  }, 300_000);
});

/** Replaces one export of a core module. @returns the names of the invariants that the simulation then finds broken. */
async function complaintsWith(
  module: string,
  name: string,
  broken: (original: never) => unknown,
): Promise<Set<string>> {
  const { live: liveBroken } = await withBroken(`core/${module}`, name, broken, () => import("./history.ts"));
  const found = new Set<string>();
  for (const plan of fc.sample(plans, { seed: SEED, numRuns: 300 })) {
    for (const complaint of await liveBroken(plan)) found.add(complaint.split(":")[0] ?? "");
  }
  return found;
}

type Settle = Pick<Rule<ActionKind>, "settle">;

/** Makes a rule settle with a changed result. */
const resultsTurned =
  (turned: (result: { kind: string }) => object) =>
  (rule: Settle): object => ({
    ...rule,
    settle: (draft: never, outcome: { result: { kind: string } }, context: never) =>
      rule.settle(draft, { ...outcome, result: turned(outcome.result) } as never, context),
  });

const VIDEO = { key: "video", bytes: 1, contentType: "video/mp4", sha256: "00" };
const STORED = { kind: "stored", video: VIDEO, link: { url: "https://x/", expiresAt: null } };

describe("the simulation, with the core broken on purpose,", () => {
  afterEach(() => {
    vi.resetModules();
  });

  it.each<[string, string, string, (original: never) => unknown, string]>([
    [
      "a submission of unknown outcome is sent again",
      "generation/submit.ts",
      "submit",
      resultsTurned((result) => (result.kind === "unknown" ? { ...result, kind: "busy", retryAfterMs: null } : result)),
      "at most one paid job",
    ],
    [
      "a submission leaves before it is saved",
      "generation/submit.ts",
      "submit",
      (rule: object) => ({ ...rule, begin: undefined }),
      "save, then act",
    ],
    ["the object is never woken", "generation/agenda.ts", "wakeTime", () => () => null, "accepted means finished"],
    [
      "the object is not woken for a delivery that becomes due",
      "generation/agenda.ts",
      "wakeTime",
      (original: (life: object, memory: never, wake: never) => unknown) => (life: object, memory: never, wake: never) =>
        original({ ...life, deliveries: [] }, memory, wake),
      "accepted means finished",
    ],
    [
      "waiters are not notified when only deliveries change",
      "generation/changes.ts",
      "isUnchanged",
      () => (changes: { generation: unknown }) => changes.generation === null,
      "every change notifies waiters",
    ],
    [
      "an interrupted copy counts as stored",
      "generation/store.ts",
      "store",
      resultsTurned((result) => (result.kind === "interrupted" ? STORED : result)),
      "never announced before stored",
    ],
    [
      "a host that gives a wrong answer is not tried again",
      "generation/store.ts",
      "store",
      resultsTurned((result) => (result.kind === "gone" ? { ...result, kind: "rejected" } : result)),
      "a paid video is stored",
    ],
    [
      "a job with an unknown status word counts as running",
      "generation/poll.ts",
      "poll",
      resultsTurned((result) =>
        result.kind === "done" && "status" in result && result.status === "off the press"
          ? { kind: "running", started: true, status: result.status, credits: null, usd: null }
          : result,
      ),
      "an end that was told counts",
    ],
    [
      "a failed attempt counts as delivered",
      "webhooks/delivery.ts",
      "afterAttempt",
      (original: (delivery: never, result: object, schedule: never) => unknown) =>
        (delivery: never, result: object, schedule: never) =>
          original(delivery, { ...result, status: 204 }, schedule),
      "at least one delivery",
    ],
    [
      "a canceled generation gives its place back at once",
      "generation/transitions.ts",
      "canceled",
      (original: (generation: never, now: never) => { state: object }) => (generation: never, now: never) => {
        const { state, ...rest } = original(generation, now);
        const { leftover: _, ...ended } = state as { leftover?: unknown };
        return { ...rest, state: ended };
      },
      "a place is held until the job ends",
    ],
    [
      "the end of a canceled job is not reported",
      "generation/report.ts",
      "withReportDue",
      () => (generation: object) => generation,
      "a place is held until the job ends",
    ],
    [
      "the deliveries of a generation are not reported",
      "generation/report.ts",
      "withStageReported",
      () => (draft: object) => draft,
      "the account knows how the deliveries went",
    ],
    [
      "nothing is purged",
      "generation/removal.ts",
      "removed",
      (original: (draft: never, request: never) => { generation: object }) => (draft: never, request: never) => {
        const after = original(draft, request);
        return { ...after, generation: { ...after.generation, purgeAt: null } };
      },
      "storage",
    ],
  ])(
    "finds that %s",
    async (_, module, name, broken, invariant) => {
      const found = await complaintsWith(module, name, broken);
      expect(
        [...found].some((complaint) => complaint.startsWith(invariant)),
        [...found].join("; "),
      ).toBe(true);
    },
    60_000,
  );
});

describe("a history", () => {
  it("is the same each time it runs", async () => {
    const [plan] = fc.sample(plans, { seed: 7, numRuns: 1 }) as [Plan];
    const [first, second] = [new Map<string, number>(), new Map<string, number>()];
    await live(plan, first);
    await live(plan, second);
    expect(first.size).toBeGreaterThan(0);
    expect(second).toEqual(first);
  });
});
