export type Mode = "live" | "test";

/** An account and a mode: a closed world that never sees another's generations, videos, webhooks or secrets. */
export interface Scope {
  readonly account: string;
  readonly mode: Mode;
}

export function sameScope(a: Scope, b: Scope): boolean {
  return a.account === b.account && a.mode === b.mode;
}
