// Inputs too large for a row of the object's storage. They stay in R2 until the provider has accepted or refused them.

import type { Facts } from "../core/generation/record.ts";
import type { JsonObject } from "../core/json.ts";
import type { InputStore } from "../generation/ports.ts";
import { jsonStream } from "./json-stream.ts";
import { stagedInputKey } from "./object-keys.ts";
import { isDone } from "./r2.ts";

export interface StagedInputs extends InputStore {
  /** @returns the object's key. @throws if R2 fails. */
  put(facts: Pick<Facts, "id" | "scope" | "fingerprint">, body: JsonObject): Promise<string>;
}

export function stagedInputs(bucket: R2Bucket): StagedInputs {
  return {
    async put({ id, scope, fingerprint }, json) {
      const key = stagedInputKey(id, scope, fingerprint);
      const { body, done } = jsonStream(json);
      await Promise.all([bucket.put(key, body, { httpMetadata: { contentType: "application/json" } }), done]);
      return key;
    },
    async open(key) {
      try {
        const object = await bucket.get(key);
        return object && { body: object.body, bytes: object.size };
      } catch {
        return null;
      }
    },
    delete: (key) => isDone(bucket.delete(key)),
  };
}
