// What the rules say of one kind of action. Each kind has a file with one rule; rules.ts lists them.

import type { Action, ActionKind, Entry, Expiry, Outcome } from "./action.ts";
import type { Context, RuntimeState } from "./context.ts";
import type { Draft } from "./draft.ts";
import type { Life } from "./life.ts";
import type { Generation } from "./record.ts";

export interface Rule<K extends ActionKind> {
  /**
   * The most that the action may take, or from one sign of progress to the next: beyond that it counts as lost. Adapters
   * have shorter timeouts of their own.
   */
  readonly leaseMs: number;
  /** When the action is due, and what it is then; empty while there is no reason for it. */
  entries(life: Life, runtime: RuntimeState, now: number): readonly Entry<Action<K>>[];
  /** The deadlines of what the action is for. */
  expiries?(life: Life, runtime: RuntimeState): readonly Entry<Expiry>[];
  /** What must be saved before the action leaves. */
  begin?(generation: Generation, action: Action<K>, now: number): Generation;
  /** Whether anybody still wants to know how the action ends. If absent: always. */
  isWanted?(action: Action<K>, life: Life): boolean;
  /** What its outcome changes. An outcome that no longer fits the state changes nothing. */
  settle(draft: Draft, outcome: Outcome<K>, context: Context): Draft;
}
