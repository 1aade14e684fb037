// Amounts of money are whole micro-dollars (millionths of a US dollar), so that sums are exact.

/** A whole number of millionths of a US dollar, at least 0. */
export type MicroUsd = number;

const MICROS = 1_000_000;

/** No generation costs this much. A larger amount is a mistake, and its sums would not be exact. */
const MAX_USD = 1_000_000;

/**
 * Rounded to the nearest micro-dollar. Null if the amount is negative, not a number, or more than a million dollars.
 */
export function microUsd(usd: number): MicroUsd | null {
  return usd >= 0 && usd <= MAX_USD ? Math.round(usd * MICROS) : null;
}

/** The amount in US dollars. */
export function usdOf(amount: MicroUsd): number {
  return amount / MICROS;
}

/** The amount in US dollars; null if it is not known. */
export function usdOrNull(amount: MicroUsd | null): number | null {
  return amount === null ? null : usdOf(amount);
}
