// Scenarios: how the provider and the webhook receivers behave in a test. They are data, because tests in workerd send
// them over HTTP; tests in Node pass them directly. The last answer of each list is repeated.

export interface Answer {
  readonly status?: number;
  /** In a catalogue, an `etag` makes the answer 304 if the request has it in If-None-Match. */
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or a string sent unchanged. `{{id}}` becomes the job's id, `{{file}}` the URL of the scenario's video. */
  readonly body?: unknown;
  /** Waits before it answers. */
  readonly delayMs?: number;
  /** Never answers. */
  readonly hang?: true;
  /** Closes the connection instead of answering. */
  readonly reset?: true;
  /** Closes the connection in the middle of the body. */
  readonly cut?: true;
  /** Stops sending in the middle of the body and keeps the connection open. */
  readonly stall?: true;
  /** Sends a body without end, as fast as it is read. */
  readonly endless?: true;
  /** Sends a small body that decompresses to 64 MiB. */
  readonly bomb?: true;
}

export interface FileAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Size of the generated MP4. */
  readonly bytes?: number;
  /** A file of test/videos/formats/files instead of the generated one. Those that end in `.gz` are decompressed first. */
  readonly name?: string;
  /** Bytes to send before the file, in hex. */
  readonly before?: string;
  /** Text instead of a video. */
  readonly text?: string;
  /** Sent without Content-Length. */
  readonly chunked?: true;
  readonly gzip?: true;
  /** Closes the connection after this many bytes. */
  readonly cutAfter?: number;
  /** The file's validators. A range is answered if its If-Range, if any, matches one of them. A weak ETag never does. */
  readonly etag?: string;
  readonly lastModified?: string;
  /** Answers ranges without checking If-Range. */
  readonly ignoresIfRange?: true;
  /** Always answers with 206, even without a range. */
  readonly always206?: true;
  /** A range begins this many bytes too early. */
  readonly earlyBytes?: number;
  /** Sends at most this many bytes of what was requested, with 206. */
  readonly mostBytes?: number;
  /** Range unit of Content-Range. Default: bytes. */
  readonly unit?: string;
  /** Content-Range has `*` for the size of the file. */
  readonly hidesSize?: true;
  /** Stops sending after this many bytes and keeps the connection open. */
  readonly stallAfter?: number;
  /** Sends five pieces, this many milliseconds apart. */
  readonly dripMs?: number;
}

export interface Scenario {
  readonly submit?: readonly Answer[];
  readonly poll?: readonly Answer[];
  /** Status of every submission in the provider's log; `absent` hides them. Default: what really happened. */
  readonly logged?: "succeeded" | "failed" | "absent";
  readonly file?: readonly FileAnswer[];
  /** Answers of each receiver, keyed by the last part of its path. Default: 204. */
  readonly hooks?: Readonly<Record<string, readonly Answer[]>>;
}

export interface Call {
  /** `refused`: a submission as one too many. */
  readonly kind: "submit" | "refused" | "poll" | "file" | "hook" | "models" | "deprecations" | "document";
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Webhook calls of the scenario that were open when this call arrived, this one included if it is a webhook. */
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

/** The course of a job as documented by the provider: queued, generating, completed. */
export const HAPPY: Scenario = {
  submit: [{ status: 201, body: { id: "{{id}}", status: "queued" } }],
  poll: [GENERATING, COMPLETED],
  file: [{ bytes: 100_000 }],
};

/** Generates an MP4: real first bytes, then a fixed pattern, so that the tests and the world can compare hashes. */
export function madeUpVideo(bytes: number): Uint8Array<ArrayBuffer> {
  const head = [0, 0, 0, 0x20, 0x66, 0x74, 0x79, 0x70, 0x69, 0x73, 0x6f, 0x6d];
  const video = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at++) video[at] = head[at] ?? (at * 31 + (at >> 8)) & 0xff;
  return video;
}
