// Inputs that are too large for a row of an object: they lie in R2 until the provider has accepted or refused them.

import type { Facts, JsonObject } from "../core/generation/record.ts";
import { jsonStream } from "./json-stream.ts";
import { stagedInputKey } from "./object-keys.ts";

export interface StagedInputs {
  /** @returns the key. @throws when R2 fails. */
  put(facts: Pick<Facts, "id" | "scope" | "fingerprint">, body: JsonObject): Promise<string>;
  /** What cannot be deleted now goes with the lifecycle rule of its prefix (docs/storage.md). */
  delete(key: string): Promise<void>;
}

export function stagedInputs(bucket: R2Bucket): StagedInputs {
  return {
    async put({ id, scope, fingerprint }, json) {
      const key = stagedInputKey(id, scope, fingerprint);
      const { body, done } = jsonStream(json);
      await Promise.all([bucket.put(key, body, { httpMetadata: { contentType: "application/json" } }), done]);
      return key;
    },
    async delete(key) {
      await bucket.delete(key).catch(() => {});
    },
  };
}
