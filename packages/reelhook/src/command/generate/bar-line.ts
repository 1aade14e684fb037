// Draws the progress bar of a terminal.

import type { Progress } from "./progress.ts";
import { bytesText, elapsedText } from "./texts.ts";

const MAX_BAR = 40;
const MIN_BAR = 8;

/** Keeps the bar in its place while the text changes. */
const LABEL_WIDTH = 24;

/** While the progress cannot be measured, the block moves by one column in this time. */
const STEP_MS = 120;

export interface Place {
  /** Columns of the terminal. */
  readonly width: number;
  /** Since the command started. */
  readonly elapsedMs: number;
}

/** At most `width` - 1 characters, because some terminals wrap after the last column. */
export function barLine({ text, note = "", bytes }: Progress, { width, elapsedMs }: Place): string {
  const room = width - 1;
  const label = text + note;
  const measure = bytes === null ? elapsedText(elapsedMs) : bytesMeasure(bytes);
  const bar = Math.min(MAX_BAR, room - Math.max(LABEL_WIDTH, label.length) - measure.length - 4);
  if (bar < MIN_BAR) return cut(`${label}  ${measure}`, room);
  const ratio = bytes?.total ? Math.min(1, bytes.done / bytes.total) : null;
  return `${label.padEnd(LABEL_WIDTH)}  ${ratio === null ? moving(bar, elapsedMs) : filled(bar, ratio)}  ${measure}`;
}

function bytesMeasure({ done, total }: NonNullable<Progress["bytes"]>): string {
  if (!total) return bytesText(done);
  const percent = Math.floor(Math.min(1, done / total) * 100);
  return `${String(percent).padStart(3)}%  ${bytesText(done)} of ${bytesText(total)}`;
}

function filled(width: number, ratio: number): string {
  const full = Math.round(width * ratio);
  return "█".repeat(full) + "░".repeat(width - full);
}

/** A block that moves back and forth, because the provider reports no progress. */
function moving(width: number, elapsedMs: number): string {
  const block = Math.max(2, Math.floor(width / 5));
  const way = width - block;
  const step = Math.floor(elapsedMs / STEP_MS) % (2 * way);
  const before = step <= way ? step : 2 * way - step;
  return "░".repeat(before) + "█".repeat(block) + "░".repeat(way - before);
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return most < 1 ? "" : `${text.slice(0, most - 1)}…`;
}
