// Stored videos, as they are served.

export interface VideoFiles {
  /** In bytes; null when it is not there. */
  size(key: string): Promise<number | null>;
  /** @param part null for the whole. @returns null when it is not there. */
  open(key: string, part: ByteRange | null): Promise<VideoFile | null>;
}

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

export interface VideoFile {
  /** Of the whole. */
  readonly size: number;
  readonly body: ReadableStream<Uint8Array>;
}

export function videoFiles(bucket: R2Bucket): VideoFiles {
  return {
    size: async (key) => (await bucket.head(key))?.size ?? null,
    open: (key, part) => bucket.get(key, part === null ? {} : { range: part }),
  };
}
