// Pages of a scope's generations, newest first, and the filters that choose them.

import type { DeliveryFilter, ErrorCode, Status } from "../contract/words.ts";
import type { PageQuery, Position } from "../core/cursor.ts";
import type { Summary } from "../core/generation/action.ts";

/** A generation is listed if it passes each filter that is present. */
export interface ListFilters {
  readonly status?: Status | undefined;
  readonly model?: string | undefined;
  readonly error?: ErrorCode | undefined;
  /** Accepted at this time or later. In milliseconds since the Unix epoch. */
  readonly createdAfter?: number | undefined;
  /** Accepted before this time. */
  readonly createdBefore?: number | undefined;
  /** At least one of its deliveries is in this state. */
  readonly deliveries?: DeliveryFilter | undefined;
  /** Pairs that its metadata must have. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** A part of its id, or words that must all be in its prompt. Upper and lower case are the same. */
  readonly q?: string | undefined;
}

export interface ListQuery extends PageQuery, ListFilters {}

/** A generation as the account last heard of it. */
export interface ListedGeneration
  extends Position,
    Pick<Summary, "model" | "prompt" | "error" | "deliveries" | "video" | "estimate" | "usage"> {
  readonly status: Status;
}

export interface ListPage {
  readonly rows: readonly ListedGeneration[];
  /** Where the next page begins; null if there is none. */
  readonly next: Position | null;
}

/** What the filters look at. The times are not included, because they bound the rows that are read. */
export type Filtered = Pick<Summary, "id" | "status" | "model" | "error" | "deliveries" | "prompt" | "metadata">;

/** Prepares the filters. The result tells whether a generation passes all of them. */
export function passing({ status, model, error, deliveries, metadata = {}, q }: ListFilters) {
  const pairs = Object.entries(metadata);
  const wanted = q === undefined ? null : folded(q).trim();
  const words = wanted?.split(/\s+/) ?? [];
  const isFound = ({ id, prompt }: Filtered) => {
    if (wanted === null || folded(id).includes(wanted)) return true;
    const text = folded(prompt ?? "");
    return words.every((word) => text.includes(word));
  };
  return (generation: Filtered): boolean =>
    (status ?? generation.status) === generation.status &&
    (model ?? generation.model) === generation.model &&
    (error ?? generation.error) === generation.error &&
    (deliveries === undefined || (generation.deliveries?.[deliveries] ?? 0) > 0) &&
    pairs.every(([key, value]) => Object.hasOwn(generation.metadata, key) && generation.metadata[key] === value) &&
    isFound(generation);
}

/** The same for texts that differ only in upper and lower case, or in how Unicode encodes the same characters. */
function folded(text: string): string {
  return text.normalize("NFC").toLowerCase();
}
