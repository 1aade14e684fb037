// What the world around a Worker under test shall do, as data: tests in workerd send it over HTTP, tests in Node hand it
// over directly. In each list the last answer stands for all that follow.

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or text as it is. `{{id}}` becomes the job's id, `{{file}}` the URL of the scenario's video. */
  readonly body?: unknown;
  /** No answer at all. */
  readonly hang?: true;
  /** The connection is cut instead of an answer. */
  readonly reset?: true;
  /** The connection is cut in the middle of the body. */
  readonly cut?: true;
  /** The connection falls silent in the middle of the body. */
  readonly stall?: true;
  /** The body never ends, as fast as it is read. */
  readonly endless?: true;
  /** A small body that decompresses to a huge one. */
  readonly bomb?: true;
}

export interface FileAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Size of a made-up MP4. */
  readonly bytes?: number;
  /** Text instead of a video. */
  readonly text?: string;
  /** Sent without Content-Length. */
  readonly chunked?: true;
  readonly gzip?: true;
  /** Cut after so many bytes. */
  readonly cutAfter?: number;
  /** Answers a range with the rest, if this is (still) its tag. */
  readonly etag?: string;
  /** Silent after so many bytes. */
  readonly stallAfter?: number;
  /** Sent in five pieces, so many milliseconds apart. */
  readonly dripMs?: number;
}

export interface Scenario {
  readonly submit?: readonly Answer[];
  readonly poll?: readonly Answer[];
  /** What the provider's log says of its submissions; without this, what became of each. */
  readonly logged?: "succeeded" | "failed" | "absent";
  readonly file?: readonly FileAnswer[];
  /** What receivers answer, by the last part of their path; 204 when nothing is said. */
  readonly hooks?: Readonly<Record<string, readonly Answer[]>>;
}

export interface Call {
  readonly kind: "submit" | "poll" | "file" | "hook";
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** How many webhook calls of the scenario were without an answer when this one came, itself included. */
  readonly open: number;
}

export const GENERATING: Answer = { body: { id: "{{id}}", status: "generating" } };
export const QUEUED: Answer = { body: { id: "{{id}}", status: "queued" } };
export const COMPLETED: Answer = {
  body: {
    id: "{{id}}",
    status: "completed",
    video: { url: "{{file}}" },
    meta: { usage: { credits_used: 120000 } },
  },
};

/** As the documentation has it: queued, generating, completed. */
export const HAPPY: Scenario = {
  submit: [{ status: 201, body: { id: "{{id}}", status: "queued" } }],
  poll: [GENERATING, COMPLETED],
  file: [{ bytes: 100_000 }],
};

/** A made-up MP4: real first bytes, then a pattern. The same on both sides, so that hashes can be compared. */
export function madeUpVideo(bytes: number): Uint8Array<ArrayBuffer> {
  const head = [0, 0, 0, 0x20, 0x66, 0x74, 0x79, 0x70, 0x69, 0x73, 0x6f, 0x6d];
  const video = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at++) video[at] = head[at] ?? (at * 31 + (at >> 8)) & 0xff;
  return video;
}
