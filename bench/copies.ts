// The benches of copies: how much is copied, and in which ways.

import type { Copy, Way } from "./measures/copy.ts";

interface CopyBench extends Copy {
  readonly name: string;
  /** How many MB the peak may exceed that of the bare put. */
  readonly spareMb: number;
  readonly ways: readonly (Way & { readonly name: string })[];
}

const MB = 1_000_000;

const UNKNOWN = { name: "Reelhook, unknown length", how: "reelhook", length: "unknown" } as const;
const KNOWN = { name: "Reelhook, known length", how: "reelhook", length: "known" } as const;
export const BARE_PUT = { name: "bare put, known length", how: "bare", length: "known" } as const;

export const COPIES: readonly CopyBench[] = [
  { name: "256 MB", bytes: 256 * MB, atOnce: 1, spareMb: 32, ways: [UNKNOWN, KNOWN, BARE_PUT] },
  { name: "1 GB", bytes: 1_000 * MB, atOnce: 1, spareMb: 32, ways: [UNKNOWN, BARE_PUT] },
  { name: "10 of 40 MB at once", bytes: 40 * MB, atOnce: 10, spareMb: 100, ways: [UNKNOWN, KNOWN, BARE_PUT] },
];
