// Checks that nothing becomes due before the next wake, for random lives and runtime states.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { actionKey } from "../../../src/core/generation/action.ts";
import { dueActions, dueExpiry, nextWake } from "../../../src/core/generation/agenda.ts";
import type { Life } from "../../../src/core/generation/life.ts";
import type { Generation, Phase } from "../../../src/core/generation/record.ts";
import type { Delivery } from "../../../src/core/webhooks/delivery.ts";
import { delivery, inPhase, memory, T0, TIMEOUT } from "../../support/lives.ts";

const PHASES: readonly Phase[] = [
  "ready",
  "in-line",
  "submitting",
  "reconciling",
  "waiting",
  "generating",
  "storing",
  "completed",
  "failed",
  "canceled",
];

const ms = (most: number) => fc.integer({ min: 0, max: most });
const time = (most = 2 * TIMEOUT) => ms(most).map((after) => T0 + after);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary);

const generations: fc.Arbitrary<Generation> = fc
  .record({
    phase: fc.constantFrom(...PHASES),
    notBefore: time(),
    checks: fc.integer({ min: 0, max: 2 }),
    resumeSlot: fc.integer({ min: 1, max: 200 }),
    isSourceDead: fc.boolean(),
    leftover: maybe(fc.constantFrom("submitting", "reconciling", "waiting", "generating")),
    line: maybe(fc.record({ acknowledged: maybe(fc.constantFrom("waiting", "running")), notBefore: time() })),
    isReported: fc.boolean(),
    reportAt: time(),
    stagedAt: maybe(time()),
    purgeAt: maybe(time()),
    deletedAt: maybe(time()),
    retentionMs: maybe(ms(TIMEOUT)),
  })
  .map(
    ({
      phase,
      notBefore,
      checks,
      resumeSlot,
      isSourceDead,
      leftover,
      isReported,
      reportAt,
      stagedAt,
      line,
      ...rest
    }) => {
      const generation = inPhase(phase);
      const { state } = generation;
      const changed = {
        ...state,
        ...("notBefore" in state ? { notBefore } : {}),
        ...("checks" in state ? { checks } : {}),
        ...("polling" in state ? { polling: { ...state.polling, resumeSlot } } : {}),
        ...("sourceUrl" in state && isSourceDead ? { sourceUrl: null } : {}),
        ...(phase === "canceled" && leftover !== null ? { leftover: inPhase(leftover).state } : {}),
      } as Generation["state"];
      const isEnded = "finishedAt" in state;
      return {
        ...generation,
        state: changed,
        report: { ...generation.report, notBefore: reportAt, ...(isReported ? {} : { acknowledged: null }) },
        ...(line === null ? {} : { line: { ...line, failures: 0 } }),
        stagedInput: stagedAt === null ? null : { key: "k", deleteAt: stagedAt },
        purgeAt: rest.purgeAt,
        deletedAt: isEnded ? rest.deletedAt : null,
        policy: { ...generation.policy, retentionMs: rest.retentionMs },
      };
    },
  );

const deliveries: fc.Arbitrary<readonly Delivery[]> = fc
  .array(maybe(time()), { maxLength: 4 })
  .map((times) => times.map((nextAttemptAt, at) => delivery(`d${at}`, { nextAttemptAt })));

const KEYS = [
  "submit",
  "queue",
  "reconcile",
  "poll",
  "store",
  "delete-input",
  "report",
  "purge",
  "deliver:d0",
  "deliver:d1",
];

describe("the agenda", () => {
  it("lets nothing become due before the next wake", () => {
    const lives = fc.record({ generation: generations, deliveries });
    const memories = fc
      .tuple(fc.integer({ min: 0, max: 200 }), fc.subarray(KEYS, { maxLength: 4 }))
      .map(([polledSlot, running]) => ({ ...memory(polledSlot, ...running), hasLine: polledSlot % 2 === 0 }));
    fc.assert(
      fc.property(lives, memories, time(), fc.double({ min: 0, max: 1, noNaN: true }), (life, known, now, part) => {
        const dueAt = (at: number) => whatIsDue(life, known, at);
        const before = dueAt(now);
        const wake = nextWake(life, known, now);
        const between = wake === null ? now + part * 1e10 : now + part * (wake - now - 1);
        expect(dueAt(Math.floor(between))).toEqual(before);
        if (wake !== null) expect(wake).toBeGreaterThan(now);
      }),
      { numRuns: 5_000, seed: 20261126 },
    );
  });
});

function whatIsDue(life: Life, known: ReturnType<typeof memory>, now: number): string[] {
  return [...dueActions(life, known, now).map(actionKey), dueExpiry(life, known, now)?.kind ?? "nothing"];
}
