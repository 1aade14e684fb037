// Copies videos from a real HTTP source into the R2 simulator.

import { afterEach, describe, expect, it, vi } from "vitest";
import { UNKNOWN_FACTS } from "../../src/core/generation/record.ts";
import type { CopyResult } from "../../src/generation/ports.ts";
import { copyVideo } from "../../src/videos/copy.ts";
import { openRemoteVideo } from "../../src/videos/download.ts";
import { PART_BYTES } from "../../src/videos/parts.ts";
import type { VideoSource } from "../../src/videos/source.ts";
import { type Call, type FileAnswer, madeUpVideo } from "../support/scenario.ts";
import { play, testEnv, WORLD } from "./support.ts";

const bucket = testEnv.VIDEOS;
const rules = { allowLocal: true, ownOrigins: ["https://reelhook.example.com"] };
/** Stall timeout for tests of stalled sources. Other tests use the longer default, in case the machine is busy. */
const SILENCE_MS = 2_000;
const key = () => `videos/acme/live/gen_${crypto.randomUUID()}.mp4`;
const send: typeof fetch = (input, init) => fetch(input, init);

interface Copied {
  readonly result: CopyResult;
  readonly key: string;
  readonly progress: number[];
  readonly uploads: string[];
}

const SOURCE: VideoSource = {
  open: (url, signal, resume) => openRemoteVideo(url, signal, { fetch: send, rules }, resume),
};

interface Wishes {
  readonly maxBytes?: number;
  readonly stallMs?: number;
  readonly staleUpload?: string;
  readonly key?: string;
}

async function copy(file: FileAnswer[] | string, more: Wishes = {}): Promise<Copied> {
  const uploads: string[] = [];
  const url = typeof file === "string" ? file : `${WORLD}/files/${(await play({ file })).name}/video.mp4`;
  const order = {
    from: SOURCE,
    url,
    key: more.key ?? key(),
    maxBytes: more.maxBytes ?? 64 * 1024 * 1024,
    metadata: { generation: "gen_x", model: "m" },
    signal: new AbortController().signal,
    staleUpload: more.staleUpload ?? null,
    onUpload: (id: string) => void uploads.push(id),
  };
  const progress: number[] = [];
  const result = await copyVideo(bucket, { ...order, onProgress: ({ bytes }) => progress.push(bytes) }, more.stallMs);
  return { result, key: order.key, progress, uploads };
}

async function hexSha256(bytes: BufferSource): Promise<string> {
  return Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

const SIZES = [
  12,
  5 * 1024 * 1024 - 1,
  5 * 1024 * 1024,
  PART_BYTES - 1,
  PART_BYTES,
  PART_BYTES + 1,
  2 * PART_BYTES + 5,
];
const WAYS: [string, FileAnswer][] = [
  ["with a Content-Length", {}],
  ["in chunks", { chunked: true }],
  ["gzip-encoded", { gzip: true }],
];

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a copy", () => {
  it.each(WAYS.flatMap(([way, answer]) => [PART_BYTES - 1, PART_BYTES].map((bytes) => [bytes, way, answer] as const)))(
    "of %i bytes, %s, uses a single put only if it is smaller than one part",
    async (bytes, _, answer) => {
      const put = vi.spyOn(bucket, "put");
      const create = vi.spyOn(bucket, "createMultipartUpload");
      expect((await copy([{ bytes, ...answer }])).result.kind).toBe("stored");
      const isSmall = bytes < PART_BYTES;
      expect([put, create].map(({ mock }) => mock.calls.length)).toEqual(isSmall ? [1, 0] : [0, 1]);
    },
  );

  it.each(SIZES.flatMap((bytes) => WAYS.map(([way, answer]) => [bytes, way, answer] as const)))(
    "of %i bytes, %s, is complete",
    async (bytes, _, answer) => {
      const copied = await copy([{ bytes, ...answer }]);
      const expected = madeUpVideo(bytes);
      const sha256 = await hexSha256(expected);
      expect(copied.result).toEqual({
        kind: "stored",
        video: { key: copied.key, bytes, ...UNKNOWN_FACTS, contentType: "video/mp4", sha256 },
      });
      const object = await bucket.get(copied.key);
      expect(await hexSha256((await object?.arrayBuffer()) ?? new ArrayBuffer())).toBe(sha256);
      expect(object?.httpMetadata?.contentType).toBe("video/mp4");
      expect(object?.customMetadata).toEqual({ generation: "gen_x", model: "m" });
      expect(copied.progress.at(-1)).toBe(bytes);
    },
  );

  it("replaces the existing object when repeated", async () => {
    const world = await play({ file: [{ bytes: 100 }, { bytes: 200 }] });
    const url = `${WORLD}/files/${world.name}/video.mp4`;
    await copy(url);
    const second = await copy(url);
    expect(second.result).toMatchObject({ kind: "stored", video: { bytes: 200 } });
  });

  it.each([{}, { chunked: true } as const])("from a slow source that never stalls is complete: %j", async (answer) => {
    const { result } = await copy([{ bytes: 1_000, dripMs: 700, ...answer }], { stallMs: SILENCE_MS });
    expect(result).toMatchObject({ kind: "stored", video: { bytes: 1_000 } });
  });

  it("follows redirects and checks each hop", async () => {
    const target = await play({ file: [{ bytes: 100 }] });
    const location = `${WORLD}/files/${target.name}/video.mp4`;
    expect((await copy([{ status: 302, headers: { location } }])).result).toMatchObject({ kind: "stored" });
    const hostile = await copy([{ status: 302, headers: { location: "http://169.254.169.254/latest" } }]);
    expect(hostile.result).toEqual({
      kind: "rejected",
      message: "The video's URL must use a host name, not an IP address.",
    });
  });

  it("rejects a redirect loop", async () => {
    const name = `circle-${crypto.randomUUID().slice(0, 8)}`;
    const url = `${WORLD}/files/${name}/video.mp4`;
    const file = [{ status: 302, headers: { location: url } }];
    await (await fetch(`${WORLD}/_scenarios/${name}`, { method: "PUT", body: JSON.stringify({ file }) })).text();
    expect((await copy(url)).result).toEqual({
      kind: "rejected",
      message: `GET ${new URL(WORLD).host}: more than 5 redirects`,
    });
  });
});

describe("an interrupted download", () => {
  const bytes = 2 * PART_BYTES + 5;
  const etag = '"v1"';
  const offsets = async (name: string) =>
    (await (await fetch(`${WORLD}/_scenarios/${name}`)).json<Call[]>()).map(({ headers }) => headers["range"] ?? null);

  async function copyOf(file: FileAnswer[]) {
    const { name } = await play({ file });
    const url = `${WORLD}/files/${name}/video.mp4`;
    const isSilent = file.some(({ stallAfter }) => stallAfter !== undefined);
    return { ...(await copy(url, isSilent ? { stallMs: SILENCE_MS } : {})), asked: await offsets(name) };
  }

  it.each<[string, FileAnswer[], (string | null)[]]>([
    [
      "cut in the first part",
      [
        { bytes, etag, cutAfter: 1_000 },
        { bytes, etag: '"v2"' },
      ],
      [null, null],
    ],
    [
      "cut in a later part",
      [
        { bytes, etag, cutAfter: PART_BYTES + 9 },
        { bytes, etag },
      ],
      [null, `bytes=${PART_BYTES}-`],
    ],
    [
      "in chunks and cut twice",
      [
        { bytes, etag, cutAfter: PART_BYTES + 9, chunked: true },
        { bytes, etag, cutAfter: PART_BYTES },
        { bytes, etag },
      ],
      [null, `bytes=${PART_BYTES}-`, `bytes=${2 * PART_BYTES}-`],
    ],
    [
      "cut and then refused once with 503",
      [{ bytes, etag, cutAfter: PART_BYTES + 9 }, { status: 503 }, { bytes, etag }],
      [null, `bytes=${PART_BYTES}-`, `bytes=${PART_BYTES}-`],
    ],
    [
      "stalled in a later part",
      [
        { bytes, etag, stallAfter: PART_BYTES + 9 },
        { bytes, etag },
      ],
      [null, `bytes=${PART_BYTES}-`],
    ],
  ])("%s continues after the last complete part", async (_, file, expected) => {
    const { result, asked } = await copyOf(file);
    const sha256 = await hexSha256(madeUpVideo(bytes));
    expect(result).toMatchObject({ kind: "stored", video: { bytes, sha256 } });
    expect(asked).toEqual(expected);
  });

  it("is complete if a body in chunks is cut right after its last byte", async () => {
    const whole = 2 * PART_BYTES;
    const { result, asked } = await copyOf([
      { bytes: whole, etag, cutAfter: whole, chunked: true },
      { bytes: whole, etag },
    ]);
    const sha256 = await hexSha256(madeUpVideo(whole));
    expect(result).toMatchObject({ kind: "stored", video: { bytes: whole, sha256 } });
    expect(asked).toEqual([null, `bytes=${whole}-`]);
  });

  it.each<[string, FileAnswer]>([
    ["longer", { bytes: 5_000 }],
    ["longer and in chunks", { bytes: 5_000, chunked: true }],
    ["much longer and in chunks", { bytes, chunked: true }],
    ["shorter", { bytes: 20 }],
  ])("cut in its first part restarts if the video is now %s, with or without an ETag", async (_, second) => {
    const sha256 = await hexSha256(madeUpVideo(second.bytes ?? 0));
    for (const first of [
      { bytes: 1_000, etag, cutAfter: 500 },
      { bytes: 1_000, cutAfter: 500 },
    ]) {
      const { result } = await copyOf([first, second]);
      expect(result).toMatchObject({ kind: "stored", video: { bytes: second.bytes, sha256 } });
    }
  });

  it.each<[string, FileAnswer[], string]>([
    ["has no strong ETag", [{ bytes, etag: 'W/"v1"', cutAfter: PART_BYTES + 9 }], "interrupted"],
    [
      "now has a different video",
      [
        { bytes, etag, cutAfter: PART_BYTES + 9 },
        { bytes, etag: '"v2"' },
      ],
      "interrupted",
    ],
    [
      "is gone",
      [
        { bytes, etag, cutAfter: PART_BYTES + 9 },
        { status: 403, etag },
      ],
      "gone",
    ],
    [
      "now has a shorter video",
      [
        { bytes, etag, cutAfter: PART_BYTES + 9, chunked: true },
        { bytes: 5_000, etag },
      ],
      "interrupted",
    ],
    ["is cut every time", [{ bytes, etag, cutAfter: 9 }], "interrupted"],
    ["is compressed", [{ bytes, etag, gzip: true, cutAfter: 9 }], "interrupted"],
  ])("leaves nothing behind when its source %s", async (_, file, kind) => {
    const { result, key: at } = await copyOf(file);
    expect(result.kind).toBe(kind);
    expect(await bucket.head(at)).toBeNull();
  });
});

describe("an open multipart upload", () => {
  it("left by a crash is aborted by the next attempt, which reports its own upload id", async () => {
    const at = key();
    const left = await bucket.createMultipartUpload(at);
    await left.uploadPart(1, new Uint8Array(PART_BYTES));
    const { result, uploads } = await copy([{ bytes: PART_BYTES + 1 }], { key: at, staleUpload: left.uploadId });
    expect(result).toMatchObject({ kind: "stored", video: { bytes: PART_BYTES + 1 } });
    expect(uploads).toHaveLength(1);
    expect(uploads).not.toContain(left.uploadId);
    await expect(left.uploadPart(2, new Uint8Array(1))).rejects.toThrow();
  });

  it("is aborted at once when the copy fails", async () => {
    const { key: at, uploads } = await copy([{ bytes: 2 * PART_BYTES, cutAfter: PART_BYTES + 9 }]);
    expect(uploads).toHaveLength(1);
    const left = bucket.resumeMultipartUpload(at, uploads[0] ?? "");
    await expect(left.uploadPart(2, new Uint8Array(1))).rejects.toThrow();
  });

  it("that no longer exists does not fail the copy", async () => {
    const at = key();
    const { uploadId } = await bucket.createMultipartUpload(at);
    await bucket.resumeMultipartUpload(at, uploadId).abort();
    expect((await copy([{ bytes: 100 }], { key: at, staleUpload: uploadId })).result).toMatchObject({ kind: "stored" });
  });
});

describe("a failed copy", () => {
  const big = 2 * PART_BYTES + 5;
  it.each<[string, FileAnswer, string, RegExp]>([
    ["403", { status: 403 }, "gone", /status 403/],
    ["404", { status: 404 }, "gone", /status 404/],
    ["410", { status: 410 }, "gone", /status 410/],
    ["500", { status: 500 }, "interrupted", /status 500/],
    ["400", { status: 400 }, "gone", /status 400/],
    ["429", { status: 429 }, "interrupted", /status 429/],
    ["HTML", { text: "<!doctype html><title>Sign in</title>" }, "rejected", /not a video/],
    ["an empty body", { bytes: 0 }, "rejected", /empty/],
    ["one byte", { bytes: 1 }, "rejected", /not a video/],
    ["an empty body in chunks", { bytes: 0, chunked: true }, "rejected", /empty/],
    ["a cut in the first part", { bytes: 1_000, cutAfter: 500 }, "interrupted", /./],
    ["a cut in a later part", { bytes: big, cutAfter: PART_BYTES + 100 }, "interrupted", /./],
    ["a cut without a known length", { bytes: big, cutAfter: PART_BYTES + 100, chunked: true }, "interrupted", /./],
    ["a body that stalls", { bytes: big, stallAfter: PART_BYTES + 100 }, "interrupted", /stalled for 2 s/],
  ])("from a source that sends %s leaves nothing behind", async (_, answer, kind, message) => {
    const { result, key: at } = await copy([answer], answer.stallAfter === undefined ? {} : { stallMs: SILENCE_MS });
    expect(result).toMatchObject({ kind, message: expect.stringMatching(message) });
    expect(await bucket.head(at)).toBeNull();
  });

  it.each([
    ["by its Content-Length", {}],
    ["by the bytes received", { chunked: true } as const],
  ])("of a video that is too large %s leaves nothing behind", async (_, answer) => {
    const { result, key: at } = await copy([{ bytes: big, ...answer }], { maxBytes: PART_BYTES + 10 });
    expect(result).toMatchObject({ kind: "rejected", message: expect.stringContaining("limit") });
    expect(await bucket.head(at)).toBeNull();
  });

  it("is reported as interrupted when the source never answers", async () => {
    const world = await play({ hooks: { silent: [{ hang: true }] } });
    const signal = new AbortController().signal;
    const result = await openRemoteVideo(world.hook("silent"), signal, { fetch: send, rules, headersTimeoutMs: 100 });
    expect(result).toMatchObject({ kind: "interrupted", message: expect.stringContaining("no answer within 0.1 s") });
  });

  it("is reported as interrupted when the connection is refused", async () => {
    expect((await copy("http://127.0.0.1:1/video.mp4")).result).toMatchObject({ kind: "interrupted" });
  });
});
