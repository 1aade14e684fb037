// Object keys in the R2 bucket. See docs/storage.md.

import type { Generation } from "../core/generation/record.ts";
import type { Scope } from "../core/scope.ts";

export function videoKey({ id, scope }: Pick<Generation, "id" | "scope">): string {
  return `videos/${scope.account}/${scope.mode}/${id}.mp4`;
}

/** Includes the request's fingerprint: two requests with one idempotency key must not overwrite each other's input. */
export function stagedInputKey(id: string, scope: Scope, fingerprint: string): string {
  return `inputs/${scope.account}/${scope.mode}/${id}-${fingerprint.slice(0, 16)}.json`;
}
