// R2 behind the VideoStore port: failures are results.

import type { VideoStore } from "../ports.ts";
import { copyVideo } from "./copy.ts";

export function videoStore(bucket: R2Bucket): VideoStore {
  return {
    copy: (order) => copyVideo(bucket, order),
    async delete(key) {
      try {
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
