// The stored video over HTTP: ranges, conditional requests, links and headers. Also the facts read from a video file.

import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { concat } from "../../src/outbound/bounded-answers.ts";
import sandboxVideo from "../../src/providers/sandbox.mp4";
import { factsOfBytes, factsOfStored } from "../../src/videos/formats/facts.ts";
import { COMPLETED, madeUpVideo } from "../support/scenario.ts";
import { call, finished, OTHER, play, read as readGeneration, request, submit, testEnv } from "./support.ts";

const BYTES = 100_000;
const video = madeUpVideo(BYTES);

let id = "";
let link = "";
let sha256 = "";

beforeAll(async () => {
  const world = await play({ poll: [COMPLETED], file: [{ bytes: BYTES }] });
  ({ id } = await submit(request(world.prompt)));
  const view = await finished(id);
  link = view.video?.url ?? "";
  sha256 = view.video?.sha256 ?? "";
});

afterEach(() => {
  vi.restoreAllMocks();
});

const get = (headers: Record<string, string> = {}, method = "GET") => call(link, { key: null, headers, method });

describe("a stored video", () => {
  it("is served in full, with the headers that players and caches need", async () => {
    const response = await get();
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "accept-ranges": "bytes",
      "access-control-allow-origin": "*",
      "cache-control": expect.stringMatching(/^private, max-age=\d+, immutable$/),
      "content-disposition": `inline; filename="${id}.mp4"`,
      "content-length": String(BYTES),
      "content-security-policy": "sandbox",
      "content-type": "video/mp4",
      "cross-origin-resource-policy": "cross-origin",
      etag: `"${sha256}"`,
      "last-modified": expect.stringMatching(/ GMT$/),
      "x-content-type-options": "nosniff",
    });
    expect(await response.bytes()).toEqual(video);
  });

  it.each([
    ["bytes=0-99", 0, 99],
    ["bytes=99900-", 99_900, 99_999],
    ["bytes=-10", 99_990, 99_999],
    ["bytes=0-", 0, 99_999],
    ["bytes=99999-200000", 99_999, 99_999],
  ])("is served in part for %s, and only that part is read from R2", async (range, first, last) => {
    const read = vi.spyOn(testEnv.VIDEOS, "get");
    const response = await get({ range });
    expect(response.status).toBe(206);
    expect(response.headers.get("content-range")).toBe(`bytes ${first}-${last}/${BYTES}`);
    expect(response.headers.get("content-length")).toBe(String(last - first + 1));
    expect(await response.bytes()).toEqual(video.subarray(first, last + 1));
    for (const [, options] of read.mock.calls) {
      expect(options).toEqual({ range: expect.objectContaining({ offset: first, length: last - first + 1 }) });
    }
  });

  it("returns 416 for a range past its end", async () => {
    const response = await get({ range: `bytes=${BYTES}-` });
    expect(response.status).toBe(416);
    expect(response.headers.get("content-range")).toBe(`bytes */${BYTES}`);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(await response.json()).toMatchObject({ code: "range_not_satisfiable" });
  });

  it("returns 304 to a client that has it, and honors If-Match and If-Range", async () => {
    const first = await get();
    await first.body?.cancel();
    const known = { "if-none-match": first.headers.get("etag") ?? "" };
    const dated = { "if-modified-since": first.headers.get("last-modified") ?? "" };
    for (const headers of [known, dated]) {
      for (const method of ["GET", "HEAD"]) {
        const response = await get(headers, method);
        expect(response.status).toBe(304);
        expect(response.headers.get("etag")).toBe(first.headers.get("etag"));
        expect(await response.text()).toBe("");
      }
    }
    expect((await get({ "if-match": '"other"' })).status).toBe(412);
    expect((await get({ range: "bytes=0-0", "if-range": '"other"' })).status).toBe(200);
  });

  it("answers HEAD with headers only", async () => {
    const response = await get({ range: "bytes=0-0" }, "HEAD");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-length")).toBe(String(BYTES));
    expect(await response.text()).toBe("");
  });

  it("is sent as an attachment with a file name for download=1", async () => {
    const response = await call(`${link}&download=1`, { key: null, method: "HEAD" });
    expect(response.headers.get("content-disposition")).toBe(`attachment; filename="${id}.mp4"`);
  });

  it("must be revalidated by caches when fetched with the API key", async () => {
    const response = await call(`/v1/generations/${id}/video`, { method: "HEAD" });
    expect(response.headers.get("cache-control")).toBe("private, no-cache");
  });

  it("answers a CORS preflight with the headers that may be sent", async () => {
    const response = await call(`/v1/generations/${id}/video`, {
      key: null,
      method: "OPTIONS",
      headers: { origin: "https://elsewhere.example", "access-control-request-headers": "range" },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("access-control-allow-headers")?.split(", ")).toEqual([
      "authorization",
      "if-match",
      "if-modified-since",
      "if-none-match",
      "if-range",
      "if-unmodified-since",
      "range",
    ]);
  });

  it.each<[number, () => Promise<Response>]>([
    [206, () => get({ range: "bytes=0-9" })],
    [304, () => get({ "if-none-match": "*" })],
    [412, () => get({ "if-match": '"other"' })],
    [416, () => get({ range: `bytes=${BYTES}-` })],
    [401, () => call(`/v1/generations/${id}/video`, { key: null })],
    [403, () => call(`${link}x`, { key: null })],
    [404, () => call(`/v1/generations/${id}/video`, { key: OTHER })],
  ])("answers %i with a sandbox policy, readable by other origins", async (status, ask) => {
    const response = await ask();
    expect(response.status).toBe(status);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "access-control-allow-origin": "*",
      "access-control-expose-headers": expect.stringMatching(/content-range, etag, retry-after, x-request-id$/),
      "content-security-policy": "sandbox",
      "cross-origin-resource-policy": "cross-origin",
      "x-content-type-options": "nosniff",
    });
    await response.body?.cancel();
  });

  it("takes one signature check to refuse, whether or not it exists", async () => {
    const verify = vi.spyOn(crypto.subtle, "verify");
    for (const path of [new URL(link).pathname, `/v1/generations/gen_${"0".repeat(id.length - 4)}/video`]) {
      verify.mockClear();
      const { search } = new URL(link);
      const response = await call(`${path}${search.replace("signature=", "signature=AAAA")}`, { key: null });
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ code: "invalid_link" });
      expect(verify).toHaveBeenCalledTimes(1);
    }
  });

  it("gets a fresh link each time the generation is read", async () => {
    const { now } = Date;
    const first = (await readGeneration(id)).video;
    vi.spyOn(Date, "now").mockImplementation(() => now() + 3_600_000);
    const second = (await readGeneration(id)).video;
    expect(second?.url).not.toBe(first?.url);
    const laterMs = Date.parse(second?.url_expires_at ?? "") - Date.parse(first?.url_expires_at ?? "");
    expect(laterMs).toBeGreaterThanOrEqual(3_600_000);
  });

  it("returns 404 if its object was replaced or removed in the bucket", async () => {
    const world = await play({ poll: [COMPLETED], file: [{ bytes: 1_000 }] });
    const other = await finished((await submit(request(world.prompt))).id);
    const key = other.video?.key ?? "";
    await testEnv.VIDEOS.put(key, "something else");
    for (const method of ["GET", "HEAD"])
      expect((await call(other.video?.url ?? "", { key: null, method })).status).toBe(404);
    await testEnv.VIDEOS.delete(key);
    for (const method of ["GET", "HEAD"])
      expect((await call(other.video?.url ?? "", { key: null, method })).status).toBe(404);
  });
});

describe("the bucket", () => {
  it("holds each video's content type, generation id, model and prompt hash", async () => {
    const object = await testEnv.VIDEOS.head(`videos/acme/live/${id}.mp4`);
    expect(object?.httpMetadata?.contentType).toBe("video/mp4");
    expect(object?.customMetadata).toEqual({
      generation: id,
      model: "runway/gen4_aleph",
      prompt_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });
});

/** The boxes of an MP4, by name. */
function boxes(file: Uint8Array): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  const view = new DataView(file.buffer, file.byteOffset);
  for (let at = 0; at < file.byteLength; at += view.getUint32(at)) {
    const name = String.fromCharCode(...file.subarray(at + 4, at + 8));
    found.set(name, file.subarray(at, at + view.getUint32(at)));
  }
  return found;
}

describe("the facts of a video file", () => {
  const parts = boxes(new Uint8Array(sandboxVideo));
  const box = (name: string) => parts.get(name) ?? new Uint8Array();
  const filler = new Uint8Array(20 * 1024 * 1024);
  new DataView(filler.buffer).setUint32(0, filler.byteLength);
  filler.set(new TextEncoder().encode("mdat"), 4);

  async function factsOf(...file: Uint8Array[]) {
    const key = `videos/acme/live/${crypto.randomUUID()}.mp4`;
    const whole = concat(file).buffer;
    await testEnv.VIDEOS.put(key, whole);
    const read = vi.spyOn(testEnv.VIDEOS, "get");
    const facts = await factsOfStored(testEnv.VIDEOS, key, whole.byteLength);
    const ranges = read.mock.calls.map(([, options]) => (options as { range: { length: number } }).range.length);
    return { facts, read: ranges.reduce((sum, length) => sum + length, 0) };
  }

  it.each([
    ["in front", () => [box("ftyp"), box("moov"), filler]],
    ["at the end of 20 MiB", () => [box("ftyp"), filler, box("moov")]],
  ])("are read from a header %s, and nothing else is read", async (_, file) => {
    const { facts, read } = await factsOf(...file());
    expect(facts).toEqual({ width: 320, height: 180, durationMs: 5_000, frameRate: 24 });
    expect(read).toBeLessThan(512 * 1024);
  });

  it("are the same for a video in memory, and nothing is read from R2", async () => {
    const read = vi.spyOn(testEnv.VIDEOS, "get");
    const facts = await factsOfBytes(new Uint8Array(sandboxVideo));
    expect(facts).toEqual({ width: 320, height: 180, durationMs: 5_000, frameRate: 24 });
    expect(read).not.toHaveBeenCalled();
  });

  it.each(["stts", "stsz", "stss", "stsc", "stco"])(
    "are unknown when the %s box claims billions of rows",
    async (name) => {
      const header = box("moov").slice();
      const at = String.fromCharCode(...header).indexOf(name);
      new DataView(header.buffer).setUint32(at + 8, name === "stsz" ? 1 : 0xf0000000);
      new DataView(header.buffer).setUint32(at + 12, 0xf0000000);
      const { facts } = await factsOf(box("ftyp"), header, box("mdat"));
      expect(facts).toEqual({ width: null, height: null, durationMs: null, frameRate: null });
    },
  );

  it.each([
    ["there is no header", () => [box("ftyp"), filler]],
    ["the header is cut off", () => [box("ftyp"), box("moov").subarray(0, 500)]],
    ["the file is not an MP4", () => [madeUpVideo(100_000)]],
    [
      "the header claims to be huge",
      () => [box("ftyp"), new Uint8Array([0xff, 0xff, 0xff, 0xff, 0x6d, 0x6f, 0x6f, 0x76])],
    ],
  ])("are unknown, without an error, when %s", async (_, file) => {
    const { facts } = await factsOf(...file());
    expect(facts).toEqual({ width: null, height: null, durationMs: null, frameRate: null });
  });
});
