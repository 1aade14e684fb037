// Questions to the catalogue's object, and its answers.

import type { Json } from "../contract/json.ts";

export interface Asked {
  /** The caller's version; null if it has none. */
  readonly known: string | null;
  /** Maximum age of the copy in milliseconds; an older one is refreshed first. Null: any copy will do. */
  readonly maxAgeMs: number | null;
  /** How long to wait for a read, in milliseconds. After that, the object answers with the copy that it has. */
  readonly waitMs: number;
}

export interface Answer<T> {
  /** The newest copy. Null if the caller has it, or if there is none. */
  readonly copy: { readonly version: string; readonly json: Json<T> } | null;
  /**
   * When the provider last confirmed the newest copy, in milliseconds since the Unix epoch. Null if there is no copy.
   */
  readonly readAt: number | null;
  /** Why the last read failed; null if it succeeded. */
  readonly problem: string | null;
}
