import type { Mode } from "../contract/words.ts";

/** An account and a mode. Generations, videos, webhooks and secrets of one scope are invisible to every other scope. */
export interface Scope {
  readonly account: string;
  readonly mode: Mode;
}

export function sameScope(a: Scope, b: Scope): boolean {
  return a.account === b.account && a.mode === b.mode;
}
