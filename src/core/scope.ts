import type { Mode } from "../contract/words.ts";

const ACCOUNT_NAME = /^[a-z0-9_-]{1,40}$/;

/** Whether an account can have this name. */
export function isAccountName(text: string): boolean {
  return ACCOUNT_NAME.test(text);
}

/** Longer names are not shown. No API key is shorter (api-keys.ts). */
const MAX_LABEL_LENGTH = 20;

/**
 * Names an account in a message that everyone can read. A long name is replaced by its position, because it may be an
 * API key in the wrong place.
 */
export function accountLabel(name: string, index: number): string {
  return name.length < MAX_LABEL_LENGTH ? `account ${name}` : `account number ${index + 1}`;
}

/** An account and a mode. Generations, videos, webhooks and secrets of one scope are invisible to every other scope. */
export interface Scope {
  readonly account: string;
  readonly mode: Mode;
}

export function sameScope(a: Scope, b: Scope): boolean {
  return a.account === b.account && a.mode === b.mode;
}
