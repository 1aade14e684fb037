// Places in line for the provider: their words, and which of them are shown.

import type { GenerationSummary, QueueView } from "../../contract/generation.ts";
import type { Rows } from "../generations/rows.ts";

/** The `data` of the event `generation.queue`. */
export interface QueueEvent extends QueueView {
  /** Null while it is not known. */
  readonly remaining_seconds: number | null;
}

/** Such as `12th in line`. @param position counted from 1. */
export function placeWords({ position }: QueueView): string {
  return position === 1 ? "Next in line" : `${ordinalOf(position)} in line`;
}

/** Such as `12th in line, about 7 min`. Without the time while it is not known. */
export function waitWords(place: QueueEvent): string {
  const { remaining_seconds } = place;
  return remaining_seconds === null ? placeWords(place) : `${placeWords(place)}, ${roughly(remaining_seconds)}`;
}

const ENDINGS = new Map(Object.entries({ one: "st", two: "nd", few: "rd", other: "th" }));
const ENGLISH = new Intl.PluralRules("en", { type: "ordinal" });

function ordinalOf(count: number): string {
  return `${count.toLocaleString("en")}${ENDINGS.get(ENGLISH.select(count))}`;
}

/** The estimate is rough, so a longer time is rounded more. Otherwise its words would change all the time. */
function roughly(seconds: number): string {
  const minutes = seconds / 60;
  if (minutes < 1) return "less than a minute";
  if (minutes < 9.5) return `about ${Math.round(minutes)} min`;
  if (minutes < 57.5) return `about ${Math.round(minutes / 5) * 5} min`;
  const hours = minutes / 60;
  if (hours < 9.5) return `about ${Math.round(hours * 2) / 2} h`;
  return hours <= 24 ? `about ${Math.round(hours)} h` : "more than a day";
}

interface Known {
  /** The place in the loaded view. */
  readonly loaded: QueueView | null;
  /** When that request was sent, in milliseconds since the Unix epoch. */
  readonly loadedAt: number;
  /** The last event; null if there was none. */
  readonly told: (QueueEvent & { readonly at: number }) | null;
}

/** The place to show: the newest one that is known. Null if the generation does not wait in line. */
export function currentPlace({ loaded, loadedAt, told }: Known): QueueEvent | null {
  // The view has no time, so the event stays as long as the view agrees with it.
  if (told !== null && (told.at >= loadedAt || told.position === loaded?.position)) return told;
  return loaded && { ...loaded, remaining_seconds: null };
}

/** The list with the places that were read. Everything else stays, because events may be newer. */
export function withPlaces({ rows, next }: Rows, read: readonly GenerationSummary[]): Rows {
  const places = new Map(read.map(({ id, queue }) => [id, queue]));
  const placed = rows.map((row) => {
    const queue = row.status === "queued" ? places.get(row.id) : undefined;
    return queue === undefined ? row : { ...row, queue };
  });
  return { rows: placed, next };
}
