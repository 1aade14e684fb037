// What an isolate remembers of API keys, so that a request seldom waits for their object, and not at all for one that is
// down.

import type { KeyHolder } from "./results.ts";

/** A key that was revoked may work for this long. */
const FRESH_MS = 60_000;

/** How long a valid key goes on working while the object does not answer. */
const HELD_MS = 10 * 60_000;

/** Requests with a valid key do not wait for the object for this long after it failed to answer, nor while one tries. */
const QUIET_MS = 5_000;

/** Anybody may ask for the address of public keys, which needs the accounts. */
const ACCOUNTS_FRESH_MS = 1_000;

const MAX_KNOWN = 10_000;

interface Known {
  /** Null if there is no such key. */
  readonly holder: KeyHolder | null;
  /** When the object was asked, in milliseconds since the Unix epoch. */
  readonly at: number;
}

/** Shared by an isolate: make one, at the top level of a module. */
export class KnownKeys {
  /** By the hash of the key; the ones that were asked for last are at the end. */
  readonly #keys = new Map<string, Known>();
  #failedAt = Number.NEGATIVE_INFINITY;
  #accounts: { readonly names: readonly string[]; readonly at: number } | null = null;

  /** What the object said within the last minute. Undefined if it must be asked. */
  fresh(hash: string, now: number): KeyHolder | null | undefined {
    const known = this.#keys.get(hash);
    return known !== undefined && isWithin(FRESH_MS, known.at, now) ? known.holder : undefined;
  }

  /** The holder of a key that was valid within the last ten minutes. Null if there is none. */
  held(hash: string, now: number): KeyHolder | null {
    const known = this.#keys.get(hash);
    return known !== undefined && isWithin(HELD_MS, known.at, now) ? known.holder : null;
  }

  /** Whether the object has failed to answer just now. */
  isQuiet(now: number): boolean {
    return isWithin(QUIET_MS, this.#failedAt, now);
  }

  noteFailure(now: number): void {
    this.#failedAt = now;
  }

  /** While the object fails, one request at a time asks it again. The others go on without it. */
  noteTry(now: number): void {
    if (Number.isFinite(this.#failedAt)) this.#failedAt = now;
  }

  remember(hash: string, holder: KeyHolder | null, at: number): void {
    this.#failedAt = Number.NEGATIVE_INFINITY;
    this.#keys.delete(hash);
    this.#keys.set(hash, { holder, at });
    if (this.#keys.size <= MAX_KNOWN) return;
    const [oldest = ""] = this.#keys.keys();
    this.#keys.delete(oldest);
  }

  /** So that this isolate refuses a revoked key at once. @param id of the key. */
  forget(id: string): void {
    for (const [hash, { holder }] of this.#keys) if (holder?.id === id) this.#keys.delete(hash);
  }

  /** The accounts, as the object named them within the last second. */
  accounts(now: number): readonly string[] | null {
    return this.#accounts !== null && isWithin(ACCOUNTS_FRESH_MS, this.#accounts.at, now) ? this.#accounts.names : null;
  }

  rememberAccounts(names: readonly string[], at: number): void {
    this.#accounts = { names, at };
  }

  forgetAccounts(): void {
    this.#accounts = null;
  }
}

/** Not if the clock has gone back. */
function isWithin(ms: number, at: number, now: number): boolean {
  return now >= at && now - at < ms;
}
