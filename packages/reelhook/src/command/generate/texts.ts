// Formats numbers for people, and arguments for a shell.

const BYTE_UNITS = ["kB", "MB", "GB", "TB"] as const;

/** Decimal, as file managers show it: 7340032 is `7.3 MB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  // Above 999.95, a number would be rounded to 1000.0.
  const power = BYTE_UNITS.findIndex((_, at) => bytes / 1_000 ** (at + 1) < 999.95) + 1 || BYTE_UNITS.length;
  return `${(bytes / 1_000 ** power).toFixed(1)} ${BYTE_UNITS[power - 1]}`;
}

/** `1:03`, or `1:02:03` from an hour on. */
export function elapsedText(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const [h, m, s] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const twoDigits = (value: number) => String(value).padStart(2, "0");
  return h === 0 ? `${m}:${twoDigits(s)}` : `${h}:${twoDigits(m)}:${twoDigits(s)}`;
}

/** Rounded, because it is an estimate. */
export function remainingText(seconds: number): string {
  if (seconds < 55) return `about ${Math.max(1, Math.ceil(seconds / 10)) * 10} s`;
  if (seconds < 90 * 60) return `about ${Math.round(seconds / 60)} min`;
  return `about ${Math.round(seconds / 3_600)} h`;
}

const DOLLARS = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", maximumFractionDigits: 4 });

export function dollarsText(usd: number): string {
  return DOLLARS.format(usd);
}

/** One argument of a command, for a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
