// Copies videos from a real HTTP source into the R2 simulator.

import { afterEach, describe, expect, it, vi } from "vitest";
import { USER_AGENT } from "../../src/contract/version.ts";
import { UNKNOWN_FACTS } from "../../src/core/generation/record.ts";
import type { CopyResult } from "../../src/generation/ports.ts";
import { copyVideo } from "../../src/videos/copy.ts";
import { openRemoteVideo } from "../../src/videos/download.ts";
import { PART_BYTES } from "../../src/videos/parts.ts";
import type { VideoSource } from "../../src/videos/source.ts";
import { type FileAnswer, madeUpVideo } from "../support/scenario.ts";
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

  it.concurrent.each([{}, { chunked: true } as const])(
    "from a slow source that never stalls is complete: %j",
    async (answer) => {
      const { result } = await copy([{ bytes: 1_000, dripMs: 700, ...answer }], { stallMs: SILENCE_MS });
      expect(result).toMatchObject({ kind: "stored", video: { bytes: 1_000 } });
    },
  );

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

  it("sends its User-Agent, accepts any uncompressed type, and sends no credentials", async () => {
    const world = await play({ file: [{ bytes: 100 }] });
    await copy(`${WORLD}/files/${world.name}/video.mp4`);
    const [file] = await world.calls("file");
    expect(file?.headers).toMatchObject({ "user-agent": USER_AGENT, accept: "*/*", "accept-encoding": "identity" });
    expect(file?.headers).not.toHaveProperty("authorization");
    expect(file?.headers).not.toHaveProperty("range");
  });

  it("follows a redirect loop five times only", async () => {
    const name = `circle-${crypto.randomUUID().slice(0, 8)}`;
    const url = `${WORLD}/files/${name}/video.mp4`;
    const file = [{ status: 302, headers: { location: url } }];
    await (await fetch(`${WORLD}/_scenarios/${name}`, { method: "PUT", body: JSON.stringify({ file }) })).text();
    expect((await copy(url)).result).toEqual({
      kind: "gone",
      message: `GET ${new URL(WORLD).host}: more than 5 redirects`,
    });
  });
});

const LONG_AGO = "Wed, 01 Jan 2020 10:00:00 GMT";
const MIB = 1024 * 1024;
const JUST_NOW = new Date(Date.now() + 3_600_000).toUTCString();

interface Downloaded extends Copied {
  /** The first byte of each range that was requested; null for a request without a range. */
  readonly asked: readonly (number | null)[];
  readonly conditions: ReadonlySet<string | undefined>;
}

async function copyOf(file: FileAnswer[]): Promise<Downloaded> {
  const world = await play({ file });
  const isSilent = file.some(({ stallAfter }) => stallAfter !== undefined);
  const copied = await copy(`${WORLD}/files/${world.name}/video.mp4`, isSilent ? { stallMs: SILENCE_MS } : {});
  const calls = await world.calls("file");
  const asked = calls.map(({ headers }) => /^bytes=(\d+)-$/.exec(headers["range"] ?? "")?.[1]);
  return {
    ...copied,
    asked: asked.map((from) => (from === undefined ? null : Number(from))),
    conditions: new Set(calls.slice(1).map(({ headers }) => headers["if-range"])),
  };
}

async function expectStored({ result }: Copied, bytes: number): Promise<void> {
  expect(result).toMatchObject({ kind: "stored", video: { bytes, sha256: await hexSha256(madeUpVideo(bytes)) } });
}

/** Bytes that arrived together with the end of the connection may have to be read again. */
function expectAsked(asked: readonly (number | null)[], cuts: readonly (number | null)[]): void {
  expect(asked.map((from) => from !== null)).toEqual(cuts.map((cut) => cut !== null));
  for (const [at, cut] of cuts.entries()) {
    if (cut === null) continue;
    expect(asked[at]).toBeLessThanOrEqual(cut);
    expect(asked[at]).toBeGreaterThan(cut - at * 64 * 1024);
  }
}

describe("an interrupted download", () => {
  const bytes = 2 * PART_BYTES + 5;
  const etag = '"v1"';

  it.each<[string, FileAnswer[], (number | null)[]]>([
    [
      "cut in the first part",
      [
        { bytes, etag, cutAfter: 4 * MIB },
        { bytes, etag },
      ],
      [null, 4 * MIB],
    ],
    [
      "cut in a later part",
      [
        { bytes, etag, cutAfter: PART_BYTES + 9 },
        { bytes, etag },
      ],
      [null, PART_BYTES + 9],
    ],
    [
      "in chunks and cut twice",
      [
        { bytes, etag, cutAfter: PART_BYTES, chunked: true },
        { bytes, etag, cutAfter: PART_BYTES - MIB },
        { bytes, etag },
      ],
      [null, PART_BYTES, 2 * PART_BYTES - MIB],
    ],
    [
      "cut and then refused once with 503",
      [{ bytes, etag, cutAfter: PART_BYTES + 9 }, { status: 503 }, { bytes, etag }],
      [null, PART_BYTES + 9, PART_BYTES + 9],
    ],
    [
      "cut and then told to come back",
      [
        { bytes, etag, cutAfter: PART_BYTES + 9 },
        { status: 429, headers: { "retry-after": "0.2" } },
        { bytes, etag },
      ],
      [null, PART_BYTES + 9, PART_BYTES + 9],
    ],
    [
      "stalled in a later part",
      [
        { bytes, etag, stallAfter: PART_BYTES + 9 },
        { bytes, etag },
      ],
      [null, PART_BYTES + 9],
    ],
    ["cut every 5 MiB", [{ bytes, etag, cutAfter: 5 * MIB }], [null, 5 * MIB, 10 * MIB, 15 * MIB]],
    [
      "continued by an answer in another range unit",
      [
        { bytes, etag, cutAfter: 10 * MIB },
        { bytes, etag, unit: "Bytes" },
      ],
      [null, 10 * MIB],
    ],
    [
      "continued by an answer that begins too early",
      [
        { bytes, etag, cutAfter: 10 * MIB },
        { bytes, etag, earlyBytes: 3 * MIB },
      ],
      [null, 10 * MIB],
    ],
    [
      "continued by an answer that begins with the first byte",
      [
        { bytes, etag, cutAfter: 10 * MIB },
        { bytes, etag, earlyBytes: bytes, chunked: true },
      ],
      [null, 10 * MIB],
    ],
  ])("%s continues after the last byte", async (_, file, cuts) => {
    const copied = await copyOf(file);
    await expectStored(copied, bytes);
    expectAsked(copied.asked, cuts);
    expect(copied.conditions).toEqual(new Set([etag]));
  });

  it.each<[string, FileAnswer]>([
    ["no ETag", {}],
    ["a weak ETag", { etag: 'W/"v1"' }],
    ["an invalid ETag", { etag: "v1" }],
  ])("from a source with Last-Modified and %s continues by the date", async (_, validators) => {
    const answer = { bytes, lastModified: LONG_AGO, cutAfter: 10 * MIB, ...validators };
    const copied = await copyOf([answer]);
    await expectStored(copied, bytes);
    expectAsked(copied.asked, [null, 10 * MIB]);
    expect(copied.conditions).toEqual(new Set([LONG_AGO]));
  });

  it("is complete if a body in chunks is cut right after its last byte", async () => {
    const whole = 2 * PART_BYTES;
    const copied = await copyOf([
      { bytes: whole, etag, cutAfter: whole, chunked: true },
      { bytes: whole, etag },
    ]);
    await expectStored(copied, whole);
    expectAsked(copied.asked, [null, whole]);
  });

  it.each<[string, FileAnswer]>([
    ["longer", { bytes: 5_000 }],
    ["longer and in chunks", { bytes: 5_000, chunked: true }],
    ["much longer and in chunks", { bytes, chunked: true }],
    ["shorter", { bytes: 20 }],
    ["of another version", { bytes: 1_000, etag: '"v2"' }],
    ["of another version, from a host that ignores If-Range", { bytes: 1_000, etag: '"v2"', ignoresIfRange: true }],
  ])("cut in its first part restarts if the video is now %s, with or without an ETag", async (_, second) => {
    for (const first of [
      { bytes: 1_000, etag, cutAfter: 500 },
      { bytes: 1_000, cutAfter: 500 },
    ]) {
      await expectStored(await copyOf([first, second]), second.bytes ?? 0);
    }
  });

  const cut = { bytes, etag, cutAfter: PART_BYTES + 9 };
  it.concurrent.each<[string, FileAnswer[], string, RegExp]>([
    ["has only a weak ETag", [{ ...cut, etag: 'W/"v1"' }], "interrupted", /connection/i],
    [
      "has no ETag and has just changed",
      [{ bytes, cutAfter: cut.cutAfter, lastModified: JUST_NOW }],
      "interrupted",
      /./,
    ],
    [
      "takes no ranges",
      [{ bytes, cutAfter: cut.cutAfter, lastModified: LONG_AGO, headers: { "accept-ranges": "none" } }],
      "interrupted",
      /connection/i,
    ],
    ["now has a different video", [cut, { bytes, etag: '"v2"' }], "interrupted", /from its beginning/],
    [
      "now has a different video, and ignores If-Range",
      [cut, { bytes, etag: '"v2"', ignoresIfRange: true }],
      "interrupted",
      /another version/,
    ],
    [
      "now has a video of another length, and ignores If-Range",
      [cut, { bytes: bytes + 1, ignoresIfRange: true }],
      "interrupted",
      /another version/,
    ],
    ["is gone", [cut, { status: 403, etag }], "gone", /status 403/],
    [
      "now has a shorter video",
      [
        { ...cut, chunked: true },
        { bytes: 5_000, etag },
      ],
      "interrupted",
      /status 416/,
    ],
    ["continues with a later byte", [cut, { bytes, etag, earlyBytes: -1 }], "interrupted", /instead of those from/],
    [
      "continues with several ranges at once",
      [cut, { bytes, etag, headers: { "content-type": "multipart/byteranges; boundary=x" } }],
      "interrupted",
      /status 206/,
    ],
    [
      "continues without a Content-Range",
      [cut, { bytes, etag, headers: { "content-range": "" } }],
      "interrupted",
      /206/,
    ],
    ["is cut every time", [{ bytes, etag, cutAfter: 9 }], "interrupted", /connection/i],
    ["is cut and compressed", [{ bytes, etag, gzip: true, cutAfter: 9 }], "interrupted", /./],
  ])("leaves nothing behind when its source %s", async (_, file, kind, message) => {
    const { result, key: at } = await copyOf(file);
    expect(result).toMatchObject({ kind, message: expect.stringMatching(message) });
    expect(await bucket.head(at)).toBeNull();
  });

  it("is left to the next copy if the source sends a long Retry-After", async () => {
    const { result } = await copyOf([cut, { status: 503, headers: { "retry-after": "120" } }]);
    expect(result).toMatchObject({ kind: "interrupted", retryAfterMs: 120_000 });
  });

  it("names the host that failed, not the host that redirected to it", async () => {
    const target = await play({ file: [{ ...cut, etag: 'W/"v1"' }] });
    const location = `${WORLD}/files/${target.name}/video.mp4`;
    const name = (await play({ file: [{ status: 302, headers: { location } }] })).name;
    const { result } = await copy(`${WORLD.replace("127.0.0.1", "localhost")}/files/${name}/video.mp4`);
    expect(result).toMatchObject({
      kind: "interrupted",
      message: expect.stringContaining(`GET ${new URL(WORLD).host}: `),
    });
  });
});

describe("an answer of 206 to a request without a range", () => {
  const bytes = 2 * PART_BYTES + 5;
  const etag = '"v1"';

  it.each<[string, FileAnswer]>([
    ["whole", { bytes }],
    ["whole, in another unit", { bytes, unit: "BYTES" }],
    ["whole, in chunks", { bytes, chunked: true }],
    ["whole, of a small video", { bytes: 1_000 }],
    ["whole, and compressed", { bytes, gzip: true }],
    ["without a readable Content-Range", { bytes, headers: { "content-range": "none" } }],
  ])("is stored if it is %s", async (_, answer) => {
    const copied = await copyOf([{ ...answer, always206: true }]);
    await expectStored(copied, answer.bytes ?? 0);
    expect(copied.asked).toEqual([null]);
  });

  it.each<[string, FileAnswer, (number | null)[]]>([
    ["is the first of several", { bytes, etag, mostBytes: 6 * MIB }, [null, 6 * MIB, 12 * MIB]],
    ["ends with a part", { bytes, etag, mostBytes: PART_BYTES }, [null, PART_BYTES, 2 * PART_BYTES]],
    [
      "is one of many small ones",
      { bytes: 1_000, etag, mostBytes: 100 },
      [null, ...Array.from({ length: 9 }, (_, at) => (at + 1) * 100)],
    ],
    ["does not state the size", { bytes, etag, always206: true, hidesSize: true }, [null, bytes]],
    [
      "does not state the size, and has no validator",
      { bytes: 1_000, always206: true, hidesSize: true },
      [null, 1_000],
    ],
    [
      "neither is whole nor tells the size",
      { bytes, etag, mostBytes: 9 * MIB, hidesSize: true },
      [null, 9 * MIB, bytes],
    ],
  ])("is completed if it %s", async (_, answer, asked) => {
    const copied = await copyOf([answer]);
    await expectStored(copied, answer.bytes ?? 0);
    expect(copied.asked).toEqual(asked);
  });

  it.concurrent.each<[string, FileAnswer, RegExp]>([
    ["is only a part, without a validator", { bytes, mostBytes: MIB }, /only the first 1048576 bytes/],
    ["is only a part of a compressed video", { bytes, etag, gzip: true, mostBytes: 1_000 }, /compressed/],
    [
      "is not the beginning",
      { bytes, etag, earlyBytes: -1, always206: true },
      /bytes 1 to \d+ instead of those from 0/,
    ],
    [
      "has several ranges",
      {
        bytes,
        always206: true,
        headers: { "content-type": "multipart/byteranges; boundary=x", "content-range": "none" },
      },
      /Content-Range/,
    ],
    [
      "says less than it sends",
      { bytes, always206: true, chunked: true, headers: { "content-range": "bytes 0-99/100" } },
      /more than the expected 100/,
    ],
    [
      "says more than it sends",
      { bytes: 1_000, always206: true, headers: { "content-range": "bytes 0-1999/2000" } },
      /got 1000 bytes, expected 2000/,
    ],
  ])("is tried again later if it %s", async (_, answer, message) => {
    const { result, key: at } = await copyOf([answer]);
    expect(result).toMatchObject({ kind: "interrupted", message: expect.stringMatching(message) });
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
  it.concurrent.each<[string, FileAnswer, string, RegExp]>([
    ["403", { status: 403 }, "gone", /status 403/],
    ["404", { status: 404 }, "gone", /status 404/],
    ["410", { status: 410 }, "gone", /status 410/],
    ["500", { status: 500 }, "interrupted", /status 500/],
    ["400", { status: 400 }, "gone", /status 400/],
    ["429", { status: 429 }, "interrupted", /status 429/],
    ["408", { status: 408 }, "interrupted", /status 408/],
    ["416", { status: 416 }, "gone", /status 416/],
    ["204", { status: 204 }, "gone", /status 204 without a body/],
    ["a redirect without a Location", { status: 302 }, "gone", /status 302 without a readable Location/],
    ["304", { status: 304 }, "gone", /status 304/],
    ["300", { status: 300 }, "gone", /status 300/],
    ["HTML", { text: "<!doctype html><title>Sign in</title>" }, "gone", /: an HTML page instead of a video$/],
    ["XML", { text: '<?xml version="1.0"?><Error/>' }, "gone", /: an XML document instead of a video$/],
    ["JSON", { text: ' {"error": "not ready"}' }, "gone", /: a JSON document instead of a video$/],
    ["an empty body", { bytes: 0 }, "gone", /: an empty file$/],
    ["one byte", { bytes: 1 }, "gone", /: a file that is not a video$/],
    ["an empty body in chunks", { bytes: 0, chunked: true }, "gone", /: an empty file$/],
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

  it.each([
    ["seconds", "120", 120_000],
    ["nothing", "", null],
  ])("passes on a Retry-After of %s", async (_, header, retryAfterMs) => {
    const { result } = await copy([{ status: 503, headers: { "retry-after": header } }]);
    expect(result).toMatchObject({ kind: "interrupted", retryAfterMs });
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
