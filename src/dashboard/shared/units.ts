// Formats durations and sizes.

/** Units and their milliseconds, largest first. */
const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
] as const;

/**
 * How durations are rounded, in milliseconds and largest first: from the first number on, to multiples of the second. A
 * duration then has at most two units, and a short one two or three digits.
 */
const STEPS = [
  [86_400_000, 3_600_000],
  [3_600_000, 60_000],
  [10_000, 1_000],
  [1_000, 100],
] as const;

/** Units and their bytes, largest first. Sums over many videos reach the large ones. */
const SIZES = [
  ["TB", 1e12],
  ["GB", 1e9],
  ["MB", 1e6],
  ["kB", 1e3],
] as const;

function stepOf(ms: number): number {
  return STEPS.find(([from]) => ms >= from)?.[1] ?? 1;
}

/** A duration in at most two units: `203 ms`, `4.1 s`, `25 s`, `3 min 32 s`, `2 h 5 min`. */
export function lengthOf(ms: number): string {
  return lengthIn(stepOf(ms), ms);
}

/** The duration, rounded to a multiple of `step`. */
function lengthIn(step: number, ms: number): string {
  const rounded = Math.max(0, Math.round(ms / step)) * step;
  if (rounded === 0) return "0 s";
  if (rounded < 1_000) return `${rounded} ms`;
  if (rounded < 60_000) return `${rounded / 1_000} s`;
  let rest = rounded;
  const told = UNITS.flatMap(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? [] : [`${count} ${unit}`];
  });
  return told.slice(0, 2).join(" ");
}

/** The time until something happens, in whole seconds: the last is `1 s`. */
export function countdownOf(ms: number): string {
  return lengthOf(Math.max(1, Math.ceil(ms / 1_000)) * 1_000);
}

/** A part of a duration, as exact as that one is shown. So parts that add up also do as shown. */
export function lengthWithin(totalMs: number, ms: number): string {
  return lengthIn(stepOf(totalMs), ms);
}

/**
 * The durations between consecutive times, as exact as the whole is shown. Times are rounded instead of durations, so
 * that the durations add up to the whole.
 *
 * @param times in milliseconds, ascending.
 */
export function partsOf(times: readonly number[]): readonly string[] {
  const begin = times[0] ?? 0;
  const step = stepOf((times.at(-1) ?? begin) - begin);
  const rounded = times.map((time) => Math.round((time - begin) / step) * step);
  return times.slice(1).map((time, index) => {
    const ms = (rounded[index + 1] ?? 0) - (rounded[index] ?? 0);
    return ms === 0 && time > (times[index] ?? 0) ? `< ${lengthIn(step, step)}` : lengthIn(step, ms);
  });
}

/** A duration as on a clock: 0:07, 12:34, 1:02:03. */
export function clockOf(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const two = (count: number) => String(count).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

export function bytesOf(bytes: number): string {
  const [unit, size] = SIZES.find(([, each]) => bytes >= each) ?? ["B", 1];
  return size === 1 ? `${bytes} B` : `${(bytes / size).toFixed(1)} ${unit}`;
}

/** A duration in the largest unit of which it has at least two, rounded down. */
export function ageOf(ms: number): string {
  const whole = Math.max(0, Math.round(ms / 1_000) * 1_000);
  const [unit, size] = UNITS.find(([, size]) => whole >= 2 * size) ?? ["s", 1_000];
  return `${Math.floor(whole / size)} ${unit}`;
}

/** Such as `1 poll` and `2,000 polls`. @param many the plural, if it is not `one` with an s. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}
