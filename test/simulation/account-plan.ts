// The plan of one random history of an account: several generations that share a budget.

import fc from "fast-check";
import type { Budget } from "../../src/core/money/budget.ts";
import type { MicroUsd } from "../../src/core/money/micro-usd.ts";
import { type Bill, type Plan, plans, weighted } from "./plan.ts";

/** A request for a generation. All requests for one generation have the same idempotency key. */
export interface RequestPlan {
  /** Seconds after the start. */
  readonly at: number;
  /** Index of its input. A request with the other input is refused once the generation exists. */
  readonly input: 0 | 1;
  /** How long it takes to stage its input, between the reservation and the creation. */
  readonly stagingMs: number;
}

export interface MemberPlan {
  readonly plan: Plan;
  readonly model: string;
  /** The catalogue's prices for the two inputs; null if the price is not known. */
  readonly estimates: readonly [MicroUsd | null, MicroUsd | null];
  readonly requests: readonly RequestPlan[];
  /** Seconds after the start at which the caller deletes the generation, if it has ended by then; null: never. */
  readonly deleteAt: number | null;
}

export interface AccountPlan {
  readonly seed: number;
  /** How frequent faults are, from 0 (never) to 1 (each at its highest rate). */
  readonly trouble: number;
  /** The budget, and a later one that replaces it. `from` is in seconds after the start. */
  readonly budgets: readonly { readonly from: number; readonly budget: Budget }[];
  /** The history starts this many seconds before the end of a UTC day, or of a month. */
  readonly secondsBefore: number;
  readonly isEndOfMonth: boolean;
  readonly members: readonly MemberPlan[];
}

const DOLLAR = 1_000_000;

/** Few different amounts, so that sums often equal the budget. */
const amount = (most: number) => fc.integer({ min: 0, max: most }).map((dollars) => dollars * DOLLAR);

const estimate = fc.option(amount(4), { freq: 5 });

const bill: fc.Arbitrary<Bill> = fc.record({
  credits: fc.option(fc.integer({ min: 0, max: 9 }), { freq: 2 }),
  usd: fc.option(amount(6), { freq: 2 }),
  isUpfront: fc.boolean(),
});

const request: fc.Arbitrary<RequestPlan> = fc.record({
  at: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 1_800 })),
  input: weighted<0 | 1>([3, 0], [1, 1]),
  stagingMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 120_000 })),
});

const member: fc.Arbitrary<MemberPlan> = fc.record({
  plan: fc.tuple(plans, bill).map(([plan, bill]) => ({
    ...plan,
    bill,
    speaksOwnWords: false,
    receivers: plan.receivers.slice(0, 1),
    endpoints: plan.endpoints.slice(0, 1),
    staged: false,
    deletes: false,
  })),
  model: fc.constantFrom("acme/a", "acme/b"),
  estimates: fc.tuple(estimate, estimate),
  requests: fc.array(request, { minLength: 1, maxLength: 3 }),
  deleteAt: fc.option(fc.integer({ min: 0, max: 3_600 }), { freq: 2 }),
});

const budget: fc.Arbitrary<Budget> = fc
  .record({ day: fc.option(amount(8), { freq: 3 }), month: fc.option(amount(12), { freq: 2 }) })
  .map(({ day, month }) => (day === null && month === null ? { day: 3 * DOLLAR, month } : { day, month }));

export const accountPlans: fc.Arbitrary<AccountPlan> = fc.record({
  seed: fc.integer({ min: 0, max: 0x7fffffff }),
  trouble: fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100),
  budgets: fc
    .tuple(budget, fc.option(fc.record({ from: fc.integer({ min: 1, max: 1_800 }), budget }), { freq: 2 }))
    .map(([first, later]) => [{ from: 0, budget: first }, ...(later === null ? [] : [later])]),
  secondsBefore: fc.integer({ min: 0, max: 1_800 }),
  isEndOfMonth: fc.boolean(),
  members: fc.array(member, { minLength: 2, maxLength: 6 }),
});
