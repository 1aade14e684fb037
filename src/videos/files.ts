// Reads stored videos from R2 for serving.

export interface VideoFiles {
  /** Size in bytes; null if the video does not exist. */
  size(key: string): Promise<number | null>;
  /** @param part null for the whole video. @returns null if the video does not exist. */
  open(key: string, part: ByteRange | null): Promise<VideoFile | null>;
}

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

export interface VideoFile {
  /** Size of the whole video in bytes, even if only a part is read. */
  readonly size: number;
  readonly body: ReadableStream<Uint8Array>;
}

export function videoFiles(bucket: R2Bucket): VideoFiles {
  return {
    size: async (key) => (await bucket.head(key))?.size ?? null,
    open: (key, part) => bucket.get(key, part === null ? {} : { range: part }),
  };
}
