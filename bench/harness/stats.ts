const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);

/** @param part from 0 to 1. */
export function percentile(values: readonly number[], part: number): number {
  const all = sorted(values);
  return all[Math.min(all.length - 1, Math.floor(part * all.length))] ?? Number.NaN;
}

/** Of an even number of values, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const all = sorted(values);
  const at = (all.length - 1) / 2;
  const [low = Number.NaN, high = Number.NaN] = [all[Math.floor(at)], all[Math.ceil(at)]];
  return (low + high) / 2;
}

const digits = (value: number) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));

const shown = (value: number) => (Number.isInteger(value) ? String(value) : digits(value));

/** Median of the values, with their minimum and maximum. */
export function told(values: readonly number[]): string {
  if (values.length === 0 || values.every(Number.isNaN)) return "–";
  const [least, middle, most] = [Math.min(...values), median(values), Math.max(...values)].map(shown);
  return least === most ? `${middle}` : `${middle} (${least} to ${most})`;
}

/** Spread of the values, as a fraction of their median. */
export function noise(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}
