// What a generation is doing, in words.

import type { Generation } from "../../types.ts";
import { remainingText } from "./texts.ts";

export interface Progress {
  /** Such as `Generating`. */
  readonly text: string;
  /** Added to the text. A new note alone is not worth a new line. */
  readonly note?: string;
  /** What has been transferred; null if the progress cannot be measured. `total` is null while it is not known. */
  readonly bytes: { readonly done: number; readonly total: number | null } | null;
}

export const CONNECTING: Progress = { text: "Connecting", bytes: null };
export const SENDING: Progress = { text: "Sending the request", bytes: null };

/** @param remainingSeconds until the provider takes the generation, estimated; null if that is not known. */
export function progressOf(
  { status, queue, progress }: Pick<Generation, "status" | "queue" | "progress">,
  remainingSeconds: number | null,
): Progress | null {
  switch (status) {
    case "queued": {
      if (queue === null) return { text: "Waiting for the provider", bytes: null };
      const text = `In line: place ${queue.position} of ${queue.waiting}`;
      return remainingSeconds === null
        ? { text, bytes: null }
        : { text, note: `, ${remainingText(remainingSeconds)} left`, bytes: null };
    }
    // The provider reports no progress.
    case "generating":
      return { text: "Generating", bytes: null };
    case "storing": {
      const hasBegun = progress !== null && (progress.bytes > 0 || progress.total_bytes !== null);
      const bytes = hasBegun ? { done: progress.bytes, total: progress.total_bytes } : null;
      return { text: "Copying to R2", bytes };
    }
    default:
      return null;
  }
}

export function downloading(done: number, total: number): Progress {
  return { text: "Downloading", bytes: { done, total } };
}
