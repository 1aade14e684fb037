// Inputs too large for a row of the object's storage. They stay in R2 until the provider has accepted or refused them.

import { reasonOf } from "../core/generation/errors.ts";
import type { Facts } from "../core/generation/record.ts";
import type { JsonObject } from "../core/json.ts";
import type { InputStore } from "../generation/ports.ts";
import { withTimeout } from "../outbound/deadlines.ts";
import { jsonStream } from "./json-stream.ts";
import { stagedInputKey } from "./object-keys.ts";
import { isDone, withR2Timeout } from "./r2.ts";

/**
 * Shorter than the time after which an account checks a reserved estimate, so that the generation is created before.
 */
const PUT_TIMEOUT_MS = 30_000;

export interface StagedInputs extends InputStore {
  /** @returns the object's key. @throws if R2 fails or takes longer than 30 seconds. */
  put(facts: Pick<Facts, "id" | "scope" | "fingerprint">, body: JsonObject): Promise<string>;
}

export function stagedInputs(bucket: R2Bucket, { putTimeoutMs = PUT_TIMEOUT_MS } = {}): StagedInputs {
  return {
    async put({ id, scope, fingerprint }, json) {
      const key = stagedInputKey(id, scope, fingerprint);
      const { body, done, stop } = jsonStream(json);
      const stored = bucket.put(key, body, { httpMetadata: { contentType: "application/json" } });
      try {
        await withTimeout(Promise.all([stored, done]), putTimeoutMs);
      } catch (cause) {
        stop(cause);
        throw new Error(`R2: ${reasonOf(cause)}`, { cause });
      }
      return key;
    },
    async open(key) {
      try {
        const object = await withR2Timeout(bucket.get(key));
        return object && { body: object.body, bytes: object.size };
      } catch {
        return null;
      }
    },
    delete: (key) => isDone(bucket.delete(key)),
  };
}
