// What is under way, and by when it must have ended. Leases live in memory alone: they die with the object, and so do the
// actions. See docs/adr/0003-leases-in-memory.md.

import type { Action, ActionKind } from "./action.ts";
import type { Life } from "./life.ts";
import { isTerminal } from "./record.ts";

/** An action under way. */
export interface Running {
  readonly action: Action;
  readonly begunAt: number;
  /** When it was last seen to get on: its lease begins anew then. */
  readonly movedAt: number;
}

/**
 * The most that an action may take, or a copy from one part to the next: beyond that it counts as lost. Adapters have
 * shorter timeouts of their own.
 */
const LEASE_MS: Record<ActionKind, number> = {
  submit: 70_000,
  reconcile: 320_000,
  poll: 20_000,
  store: 15 * 60_000,
  deliver: 20_000,
  unstage: 60_000,
  report: 20_000,
  purge: 60_000,
};

export function leaseEnd({ action, movedAt }: Running): number {
  return movedAt + LEASE_MS[action.kind];
}

/** Whether anybody still wants to know how the action ends. */
export function isWanted(action: Action, { generation, deliveries }: Life): boolean {
  switch (action.kind) {
    case "submit":
    case "reconcile":
    case "poll":
    case "store":
      return !isTerminal(generation);
    case "deliver":
      return deliveries.some(({ id }) => id === action.deliveryId);
    default:
      return true;
  }
}
