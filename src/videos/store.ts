// R2 behind the VideoStore port: failures are results.

import type { VideoStore } from "../ports.ts";
import { abortUpload, copyVideo, inTime } from "./copy.ts";

export function videoStore(bucket: R2Bucket): VideoStore {
  return {
    copy: (order) => copyVideo(bucket, order),
    async delete(key, openUpload = null) {
      // Neither waits for the other: one that fails must not keep the other from being done.
      const done = await Promise.allSettled([
        openUpload === null ? null : abortUpload(bucket, key, openUpload),
        inTime(bucket.delete(key)),
      ]);
      return done.every(({ status }) => status === "fulfilled");
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
