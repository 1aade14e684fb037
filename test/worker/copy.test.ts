// The copy into R2, from a real HTTP source into the real R2 simulator.

import { describe, expect, it } from "vitest";
import type { CopyResult } from "../../src/ports.ts";
import { copyVideo, PART_BYTES } from "../../src/videos/copy.ts";
import { openRemoteVideo } from "../../src/videos/download.ts";
import { type FileAnswer, madeUpVideo } from "../support/scenario.ts";
import { play, testEnv, WORLD } from "./support.ts";

const bucket = testEnv.VIDEOS;
const rules = { allowLocal: true, ownOrigins: ["https://reelhook.example.com"] };
const key = () => `videos/acme/live/gen_${crypto.randomUUID()}.mp4`;
const send: typeof fetch = (input, init) => fetch(input, init);

interface Copied {
  readonly result: CopyResult;
  readonly key: string;
  readonly progress: number[];
}

async function copy(file: FileAnswer[] | string, more: { maxBytes?: number; stallMs?: number } = {}): Promise<Copied> {
  const url = typeof file === "string" ? file : `${WORLD}/files/${(await play({ file })).name}/video.mp4`;
  const order = {
    from: { open: (from: string, signal: AbortSignal) => openRemoteVideo(from, signal, { fetch: send, rules }) },
    url,
    key: key(),
    maxBytes: more.maxBytes ?? 64 * 1024 * 1024,
    metadata: { generation: "gen_x", model: "m" },
    signal: new AbortController().signal,
  };
  const progress: number[] = [];
  const result = await copyVideo(bucket, { ...order, onProgress: ({ bytes }) => progress.push(bytes) }, more.stallMs);
  return { result, key: order.key, progress };
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
  ["a known length", {}],
  ["chunks", { chunked: true }],
  ["gzip", { gzip: true }],
];

describe("a copy", () => {
  it.each(SIZES.flatMap((bytes) => WAYS.map(([way, answer]) => [bytes, way, answer] as const)))(
    "of %i bytes by %s is whole",
    async (bytes, _, answer) => {
      const copied = await copy([{ bytes, ...answer }]);
      const expected = madeUpVideo(bytes);
      const sha256 = await hexSha256(expected);
      expect(copied.result).toEqual({
        kind: "stored",
        video: { key: copied.key, bytes, contentType: "video/mp4", sha256 },
      });
      const object = await bucket.get(copied.key);
      expect(await hexSha256((await object?.arrayBuffer()) ?? new ArrayBuffer())).toBe(sha256);
      expect(object?.httpMetadata?.contentType).toBe("video/mp4");
      expect(object?.customMetadata).toEqual({ generation: "gen_x", model: "m" });
      expect(copied.progress.at(-1)).toBe(bytes);
    },
  );

  it("that is repeated replaces what was there", async () => {
    const world = await play({ file: [{ bytes: 100 }, { bytes: 200 }] });
    const url = `${WORLD}/files/${world.name}/video.mp4`;
    await copy(url);
    const second = await copy(url);
    expect(second.result).toMatchObject({ kind: "stored", video: { bytes: 200 } });
  });

  it("follows redirects, each hop checked", async () => {
    const target = await play({ file: [{ bytes: 100 }] });
    const location = `${WORLD}/files/${target.name}/video.mp4`;
    expect((await copy([{ status: 302, headers: { location } }])).result).toMatchObject({ kind: "stored" });
    const hostile = await copy([{ status: 302, headers: { location: "http://169.254.169.254/latest" } }]);
    expect(hostile.result).toEqual({
      kind: "rejected",
      message: "The video's URL must name a host, not an IP address.",
    });
  });

  it("gives up on a circle of redirects", async () => {
    const name = `circle-${crypto.randomUUID().slice(0, 8)}`;
    const url = `${WORLD}/files/${name}/video.mp4`;
    const file = [{ status: 302, headers: { location: url } }];
    await (await fetch(`${WORLD}/_scenarios/${name}`, { method: "PUT", body: JSON.stringify({ file }) })).text();
    expect((await copy(url)).result).toEqual({
      kind: "rejected",
      message: "The video's URL redirects more than 5 times.",
    });
  });
});

describe("a copy that cannot be", () => {
  const big = 2 * PART_BYTES + 5;
  it.each<[string, FileAnswer, string, RegExp]>([
    ["403", { status: 403 }, "gone", /status 403/],
    ["404", { status: 404 }, "gone", /status 404/],
    ["410", { status: 410 }, "gone", /status 410/],
    ["500", { status: 500 }, "interrupted", /status 500/],
    ["400", { status: 400 }, "gone", /status 400/],
    ["429", { status: 429 }, "interrupted", /status 429/],
    ["HTML", { text: "<!doctype html><title>Sign in</title>" }, "rejected", /not a video/],
    ["nothing", { bytes: 0 }, "rejected", /empty/],
    ["nothing, in chunks", { bytes: 0, chunked: true }, "rejected", /empty/],
    ["a cut in the first part", { bytes: 1_000, cutAfter: 500 }, "interrupted", /./],
    ["a cut in a later part", { bytes: big, cutAfter: PART_BYTES + 100 }, "interrupted", /./],
    ["a cut without a known length", { bytes: big, cutAfter: PART_BYTES + 100, chunked: true }, "interrupted", /./],
    ["silence in the middle", { bytes: big, stallAfter: PART_BYTES + 100 }, "interrupted", /stalled for 0.2 s/],
  ])("from a source that gives %s leaves nothing behind", async (_, answer, kind, message) => {
    const { result, key: at } = await copy([answer], { stallMs: 200 });
    expect(result).toMatchObject({ kind, message: expect.stringMatching(message) });
    expect(await bucket.head(at)).toBeNull();
  });

  it.each([
    ["by its length", {}],
    ["by what comes", { chunked: true } as const],
  ])("because it is too large, told %s, leaves nothing behind", async (_, answer) => {
    const { result, key: at } = await copy([{ bytes: big, ...answer }], { maxBytes: PART_BYTES + 10 });
    expect(result).toMatchObject({ kind: "rejected", message: expect.stringContaining("limit") });
    expect(await bucket.head(at)).toBeNull();
  });

  it("because the source never answers, is interrupted", async () => {
    const world = await play({ hooks: { silent: [{ hang: true }] } });
    const signal = new AbortController().signal;
    const result = await openRemoteVideo(world.hook("silent"), signal, { fetch: send, rules, headersTimeoutMs: 100 });
    expect(result).toMatchObject({ kind: "interrupted", message: expect.stringContaining("no answer within 0.1 s") });
  });

  it("because nobody is there, is interrupted", async () => {
    expect((await copy("http://127.0.0.1:1/video.mp4")).result).toMatchObject({ kind: "interrupted" });
  });
});
