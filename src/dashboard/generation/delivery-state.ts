// What a delivery is doing, more exactly than its state: a pending one may be waiting, under way, or retrying.

/** Whether the answer to an attempt counts as a delivery. */
export function isGood(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300;
}
