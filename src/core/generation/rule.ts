// The interface of a rule. Each kind of action has one rule in its own file, and rules.ts lists them.

import type { Action, ActionKind, Entry, Expiry, Outcome } from "./action.ts";
import type { Context, RuntimeState } from "./context.ts";
import type { Draft } from "./draft.ts";
import type { Life } from "./life.ts";
import type { Generation } from "./record.ts";

export interface Rule<K extends ActionKind> {
  /**
   * The longest time the action may run without progress before it counts as lost. Adapters have shorter timeouts of
   * their own.
   */
  readonly leaseMs: number;
  /** The actions to take and when each is due; empty while none is needed. */
  entries(life: Life, runtime: RuntimeState, now: number): readonly Entry<Action<K>>[];
  /** Deadlines at which the generation fails if the action has not succeeded. */
  expiries?(life: Life, runtime: RuntimeState): readonly Entry<Expiry>[];
  /** The generation to save before the action starts. */
  begin?(generation: Generation, action: Action<K>, now: number): Generation;
  /** Whether the action's outcome is still needed. If absent: always. */
  isWanted?(action: Action<K>, life: Life): boolean;
  /** Applies the action's outcome. An outcome that does not fit the current state changes nothing. */
  settle(draft: Draft, outcome: Outcome<K>, context: Context): Draft;
}
