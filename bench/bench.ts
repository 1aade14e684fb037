// What a bench is: contenders that are measured in turn, and goals for the first of them.

import type { Child } from "./harness/child.ts";
import type { Figures } from "./measures/figures.ts";

export interface Contender {
  readonly name: string;
  measure(): Promise<Figures>;
}

/** A goal for the first contender. */
export interface Goal {
  readonly column: string;
  /** Counts the highest figure of all contenders but the first instead, in each round. */
  readonly of?: "others";
  /** The contender to compare with in the same round, by ratio or difference. If absent, the figure itself counts. */
  readonly beside?: string;
  readonly as?: "ratio" | "difference";
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Bench {
  readonly name: string;
  readonly title: string;
  readonly contenders: readonly Contender[];
  /** Whether the table compares the first contender with each of the others. */
  readonly isCompared?: boolean;
  readonly repetitions: number;
  /** Part of the short set, which takes less than five minutes. */
  readonly isShort: boolean;
  readonly goals: readonly Goal[];
}

export interface World {
  /** Simulates the provider and the webhook receiver. */
  readonly standIn: Child;
  /** Serves videos of any size. */
  readonly source: Child;
  readonly hasRedis: boolean;
  /** Folder of the checkout whose Worker is measured. */
  readonly project: string;
}
