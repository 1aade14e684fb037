// Where videos are downloaded from, before they are in R2.

export interface VideoSource {
  /** @param resume requests only the rest of the video. A source that cannot resume returns `interrupted`. */
  open(url: string, signal: AbortSignal, resume?: Resume): Promise<OpenResult>;
}

/** The byte to resume a download from, and the version of the video. */
export interface Resume {
  readonly offset: number;
  readonly tag: string;
}

export interface OpenVideo {
  readonly kind: "open";
  readonly body: ReadableStream<Uint8Array>;
  /** Bytes of the whole video; null if the source does not state it reliably. */
  readonly length: number | null;
  /** Identifies this version of the video; null if the source cannot resume a download. */
  readonly resumeTag: string | null;
}

export type OpenResult =
  | OpenVideo
  | { readonly kind: "gone"; readonly message: string }
  | { readonly kind: "interrupted"; readonly message: string }
  | { readonly kind: "rejected"; readonly message: string };
