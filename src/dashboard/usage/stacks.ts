// Prepares the chart of the usage page: one bar for each day, stacked by model, and an axis with round numbers.

import type { UsageView } from "../../contract/usage.ts";
import { NO_USAGE, plusUsage, type UsageSums } from "../../core/money/usage.ts";
import { ticksTo } from "../shared/ticks.ts";

type Row = UsageView["data"][number];

/** What the bars show. */
export type Measure = "usd" | "generations";

/** The sums of a model over all days. */
export interface ModelSums extends UsageSums {
  readonly model: string;
  /** Index of the model's color; null for the color that the remaining models share. */
  readonly color: number | null;
}

/** A colored part of a bar. */
export interface Part {
  /** Null for the color that the remaining models share. */
  readonly color: number | null;
  readonly value: number;
}

/** The bar of a day. */
export interface Stack {
  readonly day: string;
  /** From the bottom up. Parts without a value are left out. */
  readonly parts: readonly Part[];
  readonly usd: number;
  readonly generations: number;
}

/** The bars, from the first day to the last, and the lines behind them. */
export interface Chart {
  readonly stacks: readonly Stack[];
  /** Values of the horizontal lines, from 0 to the top of the chart. */
  readonly ticks: readonly number[];
}

/** Number of colors. The remaining models share one more, because people cannot tell more colors apart. */
const COLORS = 5;

/** The least step of an axis in dollars. */
const MICRO_USD = 0.000_001;

/** The sums of each model, the largest first. */
export function modelsOf(rows: readonly Row[], measure: Measure): readonly ModelSums[] {
  const groups = [...Map.groupBy(rows, ({ model }) => model ?? "")];
  return groups
    .map(([model, own]) => ({ model, ...own.reduce(plusUsage, NO_USAGE) }))
    .sort((one, other) => other[measure] - one[measure] || other.generations - one.generations)
    .map((sums, index) => ({ ...sums, color: index < COLORS && sums[measure] > 0 ? index : null }));
}

/** @param days every day of the chart, including days without a row. */
export function chartOf(
  rows: readonly Row[],
  { days, models, measure }: { days: readonly string[]; models: readonly ModelSums[]; measure: Measure },
): Chart {
  const byDay = Map.groupBy(rows, ({ day }) => day);
  const stacks = days.map((day): Stack => {
    const own = byDay.get(day) ?? [];
    const values = new Map<number | null, number>();
    for (const { model, color } of models) {
      const value = own.find((row) => row.model === model)?.[measure] ?? 0;
      if (value > 0) values.set(color, (values.get(color) ?? 0) + value);
    }
    const { usd, generations } = own.reduce(plusUsage, NO_USAGE);
    return { day, parts: [...values].map(([color, value]) => ({ color, value })), usd, generations };
  });
  const most = Math.max(...stacks.map((stack) => stack[measure]));
  return { stacks, ticks: ticksTo(most, measure === "generations" ? 1 : MICRO_USD) };
}

const MOST_DATES = 5;

/** Indexes of the days whose dates are on the axis: evenly spaced, and the last day among them. */
export function datedDays(count: number): readonly number[] {
  const step = Math.ceil(count / MOST_DATES);
  const dated = Math.ceil(count / step);
  return Array.from({ length: dated }, (_, index) => count - 1 - (dated - 1 - index) * step);
}
