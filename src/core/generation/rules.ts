// The rules by kind of action. Actions that are due together begin in this order: those that advance the generation
// come first, those that nobody waits for come last. Deliveries come after the report, whose answer says how they are
// sent.

import type { Action, ActionKind, Outcome } from "./action.ts";
import type { Context, Running } from "./context.ts";
import { deleteInput } from "./delete-input.ts";
import { deliver } from "./deliver.ts";
import type { Draft } from "./draft.ts";
import type { Life } from "./life.ts";
import { poll } from "./poll.ts";
import { purge } from "./purge.ts";
import { queue } from "./queue.ts";
import { reconcile } from "./reconcile.ts";
import type { Generation } from "./record.ts";
import { report } from "./report.ts";
import type { Rule } from "./rule.ts";
import { store } from "./store.ts";
import { submit } from "./submit.ts";

export const RULES: { readonly [K in ActionKind]: Rule<K> } = {
  submit,
  queue,
  reconcile,
  poll,
  store,
  report,
  deliver,
  "delete-input": deleteInput,
  purge,
};

export function leaseEnd({ action, lastProgressAt }: Running): number {
  return lastProgressAt + RULES[action.kind].leaseMs;
}

export function isWanted<K extends ActionKind>(action: Action<K>, life: Life): boolean {
  return ruleOf(action).isWanted?.(action, life) ?? true;
}

export function begin<K extends ActionKind>(generation: Generation, action: Action<K>, now: number): Generation {
  return ruleOf(action).begin?.(generation, action, now) ?? generation;
}

export function settle<K extends ActionKind>(draft: Draft, outcome: Outcome<K>, context: Context): Draft {
  return ruleOf(outcome).settle(draft, outcome, context);
}

function ruleOf<K extends ActionKind>({ kind }: { readonly kind: K }): Rule<K> {
  return RULES[kind];
}
