// Where videos come from, before they are in R2.

export interface VideoSource {
  /** @param resume the rest of it only; a source that cannot do that is interrupted. */
  open(url: string, signal: AbortSignal, resume?: Resume): Promise<OpenResult>;
}

/** From where a download goes on, of which version. */
export interface Resume {
  readonly offset: number;
  readonly tag: string;
}

export interface OpenVideo {
  readonly kind: "open";
  readonly body: ReadableStream<Uint8Array>;
  /** Bytes of the whole video; null where the source does not say, or cannot be relied on. */
  readonly length: number | null;
  /** Identifies this version of the video; null if the source cannot resume a download. */
  readonly resumeTag: string | null;
}

export type OpenResult =
  | OpenVideo
  | { readonly kind: "gone"; readonly message: string }
  | { readonly kind: "interrupted"; readonly message: string }
  | { readonly kind: "rejected"; readonly message: string };
