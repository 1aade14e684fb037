// R2 behind the VideoStore port: failures are results.

import type { VideoStore } from "../ports.ts";
import { abortUpload, copyVideo } from "./copy.ts";
import { readFacts } from "./facts.ts";

export function videoStore(bucket: R2Bucket): VideoStore {
  return {
    copy: (order) => copyVideo(bucket, order),
    facts: (key, bytes) => readFacts(bucket, key, bytes),
    async delete(key, openUpload = null) {
      try {
        if (openUpload !== null) await abortUpload(bucket, key, openUpload);
        await bucket.delete(key);
        return true;
      } catch {
        return false;
      }
    },
    async openStaged(key) {
      try {
        const object = await bucket.get(key);
        return object && { body: object.body, bytes: object.size };
      } catch {
        return null;
      }
    },
  };
}
