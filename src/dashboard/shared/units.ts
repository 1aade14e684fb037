// Formats durations and sizes.

/** In seconds, largest first. */
const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
  ["s", 1],
] as const;

/** Units and their bytes, largest first. Sums over many videos reach the large ones. */
const SIZES = [
  ["TB", 1e12],
  ["GB", 1e9],
  ["MB", 1e6],
  ["kB", 1e3],
] as const;

/** A duration in its two largest units, such as `3 m 32 s`. Below 0.95 s: rounded up to tenths of a second. */
export function lengthOf(ms: number): string {
  if (ms > 0 && ms < 950) return `${(Math.ceil(ms / 100) / 10).toFixed(1)} s`;
  const seconds = Math.max(0, Math.round(ms / 1000));
  const first = UNITS.findIndex(([, size]) => seconds >= size);
  const parts = UNITS.slice(first, first + 2).map(([unit, size], index) => {
    const whole = index === 0 ? seconds : seconds % (UNITS[first]?.[1] ?? 1);
    return [Math.floor(whole / size), unit] as const;
  });
  const told = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`);
  return first === -1 ? "0 s" : told.join(" ");
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
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [unit, size] = UNITS.find(([, size]) => seconds >= 2 * size) ?? ["s", 1];
  return `${Math.floor(seconds / size)} ${unit}`;
}

/** Such as `1 poll` and `2,000 polls`. */
export function counted(count: number, one: string): string {
  return `${count.toLocaleString("en")} ${one}${count === 1 ? "" : "s"}`;
}
