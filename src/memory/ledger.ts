// What each account has used lately: amounts that fade with time.

/** An amount counts half after this time. */
const HALF_LIFE_MS = 60_000;

export class Ledger {
  /** Per account, the amount at a time. */
  readonly #entries = new Map<string, { readonly amount: number; readonly at: number }>();

  add(account: string, amount: number, now: number): void {
    this.#entries.set(account, { amount: this.of(account, now) + amount, at: now });
  }

  of(account: string, now: number): number {
    const { amount, at } = this.#entries.get(account) ?? { amount: 0, at: now };
    return amount * 2 ** (-elapsed(at, now) / HALF_LIFE_MS);
  }
}

/** The clock may be set back. */
export function elapsed(from: number, to: number): number {
  return Math.max(0, to - from);
}
