// Costs after any sequence of answers of the provider, cancels, deletions, deadlines and lost acknowledgments.

import fc from "fast-check";
import { expect, it } from "vitest";
import type { Action, ActionKind, Outcome, ReportAnswer, Summary } from "../../../src/core/generation/action.ts";
import { atProvider } from "../../../src/core/generation/at-provider.ts";
import type { Context } from "../../../src/core/generation/context.ts";
import { type Generation, isInFlight } from "../../../src/core/generation/record.ts";
import { type Input, step } from "../../../src/core/generation/step.ts";
import type { Cost, Usage } from "../../../src/core/money/usage.ts";
import { accepted, done, ESTIMATE, failure, running } from "../../support/ends.ts";
import { FACTS, inPhase, life, stateOf, T0 } from "../../support/lives.ts";

/** What happens next. */
type Event =
  | Answers
  | { readonly kind: "canceled" }
  | { readonly kind: "removed"; readonly requestId: string }
  | { readonly kind: "reported"; readonly isAcknowledged: boolean }
  | { readonly kind: "wait"; readonly ms: number };

/** Answers to each action. The one that the generation waits for is used. */
interface Answers {
  readonly kind: "answered";
  readonly submission: Result<"submit">;
  readonly lookUp: Result<"reconcile">;
  readonly poll: Result<"poll">;
  readonly copy: Result<"store">;
  /** Whether the answer to the submission arrives while the submission is looked up in the log. */
  readonly isLate: boolean;
}

type Result<K extends ActionKind> = Extract<Outcome, { readonly kind: K }>["result"];

const price: fc.Arbitrary<Usage> = fc.record({
  credits: fc.constantFrom(null, null, 0, 7),
  usd: fc.constantFrom(null, null, 0, 200_000, 390_000),
});

const submission = fc.oneof(
  price.map(accepted),
  fc.constantFrom(
    { kind: "refused", code: "invalid_input", message: "no" } as const,
    { kind: "busy", retryAfterMs: null, message: "busy" } as const,
    { kind: "unknown", message: "lost" } as const,
  ),
);

const poll = fc.oneof(
  price.map(running),
  price.map((each) => done(each)),
  price.map((each) => done(each, null)),
  fc.tuple(price, fc.boolean()).map(([each, isCharged]) => failure(each, isCharged)),
  fc.constantFrom({ kind: "missing" } as const, { kind: "unavailable", retryAfterMs: null, message: "503" } as const),
);

const lookUp = fc.constantFrom(
  { kind: "found", jobId: "job-9" } as const,
  { kind: "failed" } as const,
  { kind: "absent" } as const,
);

const { video } = stateOf(inPhase("completed"), "completed");

const copy = fc.constantFrom(
  { kind: "stored", video, link: { url: "https://reelhook.example.com/v", expiresAt: null } } as const,
  { kind: "rejected", message: "too large" } as const,
  { kind: "gone", message: "404" } as const,
  { kind: "interrupted", message: "reset" } as const,
);

const REMOVED = { kind: "removed", requestId: "request-2" } as const;

const answers = fc.record({ submission, lookUp, poll, copy, isLate: fc.boolean() });

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 8, arbitrary: answers.map((each) => ({ kind: "answered", ...each }) as const) },
  { weight: 3, arbitrary: fc.boolean().map((isAcknowledged) => ({ kind: "reported", isAcknowledged }) as const) },
  { weight: 2, arbitrary: fc.constantFrom({ kind: "canceled" } as const, REMOVED) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(1_000, 60_000, 1_800_000, 86_400_000).map((ms) => ({ kind: "wait", ms }) as const),
  },
);

/** A generation's object, and the reports that its account has received. */
class World {
  #now = T0;
  #generation: Generation | null;
  /** The report that is under way. */
  #sent: Action<"report"> | null = null;
  /** The newest report that the account has. */
  known: Summary | null = null;
  cost: Cost | null = null;

  constructor(generation: Generation) {
    this.#generation = generation;
  }

  apply(next: Event): void {
    switch (next.kind) {
      case "wait":
        this.#now += next.ms;
        this.#step({ kind: "ensure" });
        break;
      case "reported":
        this.#answerReport(next.isAcknowledged);
        break;
      case "answered": {
        const outcome = this.#outcome(next);
        if (outcome !== null) this.#step({ kind: "outcome", outcome, isStale: false });
        break;
      }
      default:
        this.#step(next);
    }
  }

  #outcome({ submission, lookUp, poll, copy, isLate }: Answers): Outcome | null {
    const state = this.#generation && atProvider(this.#generation).state;
    switch (state?.phase) {
      case "submitting":
        return { kind: "submit", requestId: state.requestId, result: submission };
      case "reconciling":
        if (isLate) return { kind: "submit", requestId: state.requestId, result: submission };
        return { kind: "reconcile", result: lookUp };
      case "waiting":
      case "generating":
        return { kind: "poll", slot: 1, result: poll };
      case "storing":
        return state.sourceUrl === null ? { kind: "poll", slot: 1, result: poll } : { kind: "store", result: copy };
      default:
        return null;
    }
  }

  /** The account receives the report, even if its answer is lost. */
  #answerReport(isAcknowledged: boolean): void {
    if (this.#sent === null) return;
    const { summary, events } = this.#sent;
    this.#sent = null;
    if (summary.version > (this.known?.version ?? 0)) this.known = summary;
    const endpoints: ReportAnswer["endpoints"] = Object.fromEntries(events.map((type) => [type, []]));
    const answer = { kind: "done", endpoints, rotation: { current: 0, retired: [] } } as const;
    const result = isAcknowledged ? answer : ({ kind: "unavailable" } as const);
    const { status, version } = summary;
    this.#step({ kind: "outcome", outcome: { kind: "report", status, version, result }, isStale: false });
  }

  #step(input: Input): void {
    if (this.#generation === null) return;
    const now = this.#now;
    const running: Context["running"] = new Map(
      this.#sent === null ? [] : [["report", { action: this.#sent, begunAt: now, lastProgressAt: now }]],
    );
    const context = { now, random: 0.5, newDeliveryId: () => "msg_1", running, polledSlot: 0, alarmAt: undefined };
    const { life: after, actions } = step(life(this.#generation), input, {
      ...context,
      deliveriesLeft: 0,
      hasLine: false,
    });
    this.#generation = after?.generation ?? null;
    for (const action of actions) if (action.kind === "report") this.#sent = action;
    if (this.#generation !== null) this.#check(this.#generation);
  }

  /** The cost is settled as soon as nothing more can be charged, and never changes. */
  #check(generation: Generation): void {
    expect(generation.cost !== undefined).toBe(!isInFlight(generation));
    if (this.cost !== null) expect(generation.cost).toEqual(this.cost);
    this.cost = generation.cost ?? null;
  }

  /** Ends everything that is still open. */
  finish(): void {
    const end: Answers = {
      kind: "answered",
      submission: { kind: "unknown", message: "lost" },
      lookUp: { kind: "absent" },
      poll: { kind: "missing" },
      copy: { kind: "rejected", message: "too large" },
      isLate: false,
    };
    for (let hours = 0; hours < 30 && this.#generation !== null; hours++) {
      this.apply({ kind: "wait", ms: 3_600_000 });
      this.apply(end);
      this.apply({ kind: "reported", isAcknowledged: true });
    }
  }
}

it("a cost is settled once, at the end, and reaches the account", () => {
  const retention = fc.constantFrom(null, 60_000);
  fc.assert(
    fc.property(retention, fc.array(event, { maxLength: 25 }), (retentionMs, events) => {
      const facts = { estimate: ESTIMATE, policy: { ...FACTS.policy, retentionMs } };
      const world = new World({ ...inPhase("ready", {}, facts) });
      for (const next of events) world.apply(next);
      world.finish();
      const { spent, credits = null, usd = null } = world.cost ?? {};
      expect([0, ESTIMATE, 200_000, 390_000]).toContain(spent);
      const { inFlight, settlement, usage } = world.known ?? {};
      expect([inFlight, settlement?.spent ?? 0]).toEqual([false, spent]);
      expect(usage).toEqual(credits === null && usd === null ? null : { credits, usd });
    }),
    { numRuns: 500 },
  );
});
