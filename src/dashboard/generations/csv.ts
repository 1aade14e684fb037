// Generations as a CSV file (RFC 4180) that spreadsheets open safely.

import type { GenerationSummary } from "../../contract/generation.ts";

type Cell = string | number | null | undefined;

const COLUMNS: readonly (readonly [name: string, of: (row: GenerationSummary) => Cell])[] = [
  ["id", ({ id }) => id],
  ["status", ({ status }) => status],
  ["error", ({ error }) => error?.code],
  ["model", ({ model }) => model],
  ["prompt", ({ prompt }) => prompt],
  ["created_at", ({ created_at }) => created_at],
  ["duration_seconds", ({ video }) => video?.duration_seconds],
  ["deliveries_delivered", ({ deliveries }) => deliveries?.delivered],
  ["deliveries_pending", ({ deliveries }) => deliveries?.pending],
  ["deliveries_failed", ({ deliveries }) => deliveries?.failed],
  ["estimate_usd", ({ estimate }) => estimate.usd],
  ["usage_usd", ({ usage }) => usage?.usd],
];

/** Excel reads UTF-8 only after a byte order mark. */
const MARK = "\uFEFF";

export function csvOf(rows: readonly GenerationSummary[]): string {
  const lines = [COLUMNS.map(([name]) => name), ...rows.map((row) => COLUMNS.map(([, of]) => cellOf(of(row))))];
  return MARK + lines.map((cells) => `${cells.join(",")}\r\n`).join("");
}

/** Spreadsheets would run a text that starts like a formula, for example one in a prompt. An apostrophe makes it text. */
function cellOf(cell: Cell): string {
  if (typeof cell !== "string") return cell == null ? "" : String(cell);
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
