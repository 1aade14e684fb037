// Reserves a place in flight, and the estimate in the budget, for a request that may create a generation.

import type { Config } from "../config.ts";
import type { Facts } from "../core/generation/record.ts";
import { type Limits, limitsOf } from "../core/limits.ts";
import type { BudgetRefusal } from "../core/money/budget.ts";
import { budgetOf } from "../core/money/budgets.ts";
import type { Scope } from "../core/scope.ts";
import type { Gateways } from "./app-env.ts";

interface ReservationDeps {
  readonly generations: Pick<Gateways["generations"], "wasMade">;
  readonly index: Pick<Gateways["index"], "reserve" | "release">;
  readonly config: LimitSettings;
}

type LimitSettings = Pick<Config, "maxInFlight" | "budgets">;

/** Which limit refuses the generation. */
export type NoReservation =
  | { readonly kind: "too_many_in_flight"; readonly limit: number }
  /** Test mode only: too many new generations in a short time. */
  | { readonly kind: "too_fast"; readonly waitMs: number }
  | { readonly kind: "over_budget"; readonly refusal: BudgetRefusal };

/** Everything that is limited is reserved. */
export interface Reserved {
  readonly kind: "reserved";
  readonly facts: Facts;
  /** When the generation must exist at the latest, in milliseconds since the Unix epoch. Null if nothing is limited. */
  readonly takeBy: number | null;
}

/** The limits on new generations of this scope; null if there are none. */
export function limitsIn(config: LimitSettings, { account, mode }: Scope): Limits | null {
  return limitsOf(mode, config.maxInFlight, budgetOf(config.budgets, account));
}

/** @returns the facts with the creation time that identifies the reservation, or the limit that refuses it. */
export async function reserve(
  facts: Facts,
  limits: Limits | null,
  { index }: Pick<ReservationDeps, "index">,
): Promise<Reserved | NoReservation> {
  if (limits === null) return { kind: "reserved", facts, takeBy: null };
  const { id, scope, model, createdAt, estimate = null } = facts;
  const result = await index.reserve(scope, { id, createdAt, model, estimate }, limits);
  switch (result.kind) {
    case "reserved": {
      const { createdAt: at, takeBy } = result;
      return { kind: "reserved", facts: { ...facts, createdAt: at }, takeBy };
    }
    case "full":
      return { kind: "too_many_in_flight", limit: limits.places?.most ?? 0 };
    case "limited":
      return { kind: "too_fast", waitMs: result.waitMs };
    default:
      return { kind: "over_budget", refusal: result };
  }
}

/** Gives the reservation back, unless a generation has taken it. */
export async function release({ id, scope, createdAt }: Facts, { config, index }: ReservationDeps): Promise<void> {
  if (limitsIn(config, scope) !== null) await index.release(scope, { id, createdAt });
}

/**
 * Gives the reservation back if the work fails, unless the generation may exist: a call may have succeeded even though
 * its answer was lost.
 */
export function orRelease<T>(work: Promise<T>, facts: Facts, deps: ReservationDeps): Promise<T> {
  return work.catch(async (cause) => {
    if (!(await deps.generations.wasMade(facts.id).catch(() => true))) await release(facts, deps);
    throw cause;
  });
}
