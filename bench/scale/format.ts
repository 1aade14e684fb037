// Numbers and tables of docs/scale.md.

import { percentile } from "../harness/stats.ts";

export const number = (value: number) => value.toLocaleString("en-US", { maximumFractionDigits: value < 10 ? 1 : 0 });
export const percent = (part: number) => `${(100 * part).toFixed(part > 0 && part < 0.01 ? 2 : 0)}%`;
export const seconds = (values: readonly number[], part: number) =>
  values.length === 0 ? "never" : `${number(percentile([...values], part))} s`;

export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(columns), `|---|${"---:|".repeat(columns.length - 1)}`, ...rows.map(line)].join("\n");
}
