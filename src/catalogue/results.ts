// What the catalogue's object is asked, and what it answers.

import type { Json } from "../contract/json.ts";

export interface Asked {
  /** Version that the caller has; null if it has none. */
  readonly known: string | null;
  /** Greatest age of the copy in milliseconds; an older one is read again first. Null: any copy will do. */
  readonly maxAgeMs: number | null;
  /** How long to wait for a reading, in milliseconds. After that, the object answers with what it has. */
  readonly waitMs: number;
}

export interface Answer<T> {
  /** The newest copy. Null if the caller has it, or if there is none. */
  readonly copy: { readonly version: string; readonly json: Json<T> } | null;
  /** When the provider last confirmed the newest copy, in milliseconds since the Unix epoch. Null: there is no copy. */
  readonly readAt: number | null;
  /** Why the last reading failed; null if it did not. */
  readonly problem: string | null;
}
