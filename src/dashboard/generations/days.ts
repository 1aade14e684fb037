// Whole days in the browser's time zone, as the list's filter and its date fields write them.

/** The start of a day, from `2026-11-27`. Empty if it is not a day. */
export function startOf(day: string, daysLater = 0): string {
  const [year, month, date] = day.split("-").map(Number);
  if (year === undefined || month === undefined || date === undefined) return "";
  const at = new Date(year, month - 1, date + daysLater);
  return Number.isNaN(at.getTime()) || year < 2000 ? "" : at.toISOString();
}

/** The day that starts at this time; null if none does. */
export function dayStartingAt(time: string, daysEarlier = 0): string | null {
  const at = new Date(time);
  if (at.getHours() + at.getMinutes() + at.getSeconds() + at.getMilliseconds() > 0) return null;
  at.setDate(at.getDate() - daysEarlier);
  const two = (count: number) => String(count).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
