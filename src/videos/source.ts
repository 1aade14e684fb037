// Where videos are downloaded from, before they are in R2.

import type { Interrupted } from "../core/generation/action.ts";

export interface VideoSource {
  /** @param resume requests only the rest of the video. A source that cannot resume returns the whole again. */
  open(url: string, signal: AbortSignal, resume?: Resume): Promise<OpenResult>;
}

/** The byte to resume a download from, and the length and version of the video whose download was begun. */
export interface Resume extends Pick<OpenVideo, "length" | "version"> {
  readonly offset: number;
}

/** Validators that distinguish versions of a file (RFC 9110, section 8.8). */
export interface Version {
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** Value of `If-Range`; null if neither of the two is strong enough to resume with. */
  readonly ifRange: string | null;
}

export interface OpenVideo {
  readonly kind: "open";
  /** Method and host of the call that was answered, for error messages: `GET cdn.example.com`. */
  readonly call: string;
  readonly body: ReadableStream<Uint8Array>;
  /** Bytes to skip at the start of `body` before the rest that was requested. Null if `body` is the whole video. */
  readonly surplus: number | null;
  /** Position in the video at which `body` ends; null if that is the end of the video. */
  readonly end: number | null;
  /** Bytes of the whole video; null if the source does not state it reliably. */
  readonly length: number | null;
  /** Null if the source has no versions, or if the body is compressed. */
  readonly version: Version | null;
}

export type OpenResult = OpenVideo | SourceProblem;

export type SourceProblem = Interrupted | { readonly kind: "gone" | "rejected"; readonly message: string };
