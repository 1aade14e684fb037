// Whose turn it is: accounts in turn, and within an account whoever was accepted first.

import type { Position } from "../cursor.ts";

/** The first in line of an account. */
export interface Head extends Position {
  readonly account: string;
  /** Number of the account's last turn; 0 if it had none. */
  readonly lastTurn: number;
}

/** The next in turn: of the account whose last turn is the longest ago. Null if nobody waits. */
export function nextInTurn(heads: readonly Head[]): Head | null {
  return heads.reduce<Head | null>((first, head) => (first === null || isBefore(head, first) ? head : first), null);
}

function isBefore(a: Head, b: Head): boolean {
  if (a.lastTurn !== b.lastTurn) return a.lastTurn < b.lastTurn;
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt;
  return a.id < b.id;
}

/**
 * How many are granted a turn before the one at `position` in its account, if each account keeps its turns.
 *
 * @param others how many wait in each of the other accounts.
 */
export function turnsBefore(position: number, others: readonly number[]): number {
  return position - 1 + others.reduce((sum, waiting) => sum + Math.min(waiting, position), 0);
}

/** How much of the average the newest interval between two accepted submissions is. */
const NEWEST = 0.1;

/** How fast the line moves. */
export interface Speed {
  /** When a submission was last accepted from the line, or when the line began. */
  readonly acceptedAt: number;
  /** Average time between two accepted submissions, in milliseconds. Null until the first one. */
  readonly turnMs: number | null;
}

/** The first joins the line. How fast an earlier line moved, and the time between the two, say nothing about this one. */
export function speedAtStart(now: number): Speed {
  return { acceptedAt: now, turnMs: null };
}

export function speedAfterAccepted({ acceptedAt, turnMs }: Speed, now: number): Speed {
  const interval = Math.max(0, now - acceptedAt);
  return { acceptedAt: now, turnMs: turnMs === null ? interval : turnMs * (1 - NEWEST) + interval * NEWEST };
}
