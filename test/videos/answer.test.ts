import { describe, expect, it } from "vitest";
import { readAnswer } from "../../src/videos/answer.ts";
import type { Version } from "../../src/videos/source.ts";

const NOW = Date.UTC(2026, 10, 26, 12);
const at = (secondsFromNow: number) => new Date(NOW + secondsFromNow * 1000).toUTCString();

function whole(headers: Record<string, string>) {
  const answer = readAnswer({ status: 200, headers: new Headers(headers) }, undefined, NOW);
  if (answer.kind !== "video") throw new Error(answer.kind);
  return answer;
}

describe("the value of If-Range", () => {
  it.each<[string, Record<string, string>, string | null]>([
    ["a strong ETag, rather than a date", { etag: '"a"', "last-modified": at(-9), date: at(0) }, '"a"'],
    ["an empty strong ETag", { etag: '""' }, '""'],
    ["a date one second before Date", { "last-modified": at(-1), date: at(0) }, at(-1)],
    ["a date beside a weak ETag", { etag: 'W/"a"', "last-modified": at(-1), date: at(0) }, at(-1)],
    ["no date of the same second as Date", { "last-modified": at(0), date: at(0) }, null],
    ["no date after Date", { "last-modified": at(5), date: at(0) }, null],
    ["a date a minute before an answer without Date", { "last-modified": at(-61) }, at(-61)],
    ["no date just before an answer without Date", { "last-modified": at(-58) }, null],
    ["no date that cannot be read", { "last-modified": "yesterday", date: at(0) }, null],
    ["no weak ETag", { etag: 'W/"a"' }, null],
    ["nothing if the host does not support ranges", { etag: '"a"', "accept-ranges": "None" }, null],
    ["nothing without validators", {}, null],
  ])("is %s", (_, headers, ifRange) => {
    expect(whole(headers).version?.ifRange).toBe(ifRange);
  });

  it("is not needed for a compressed body, which has no versions and no length", () => {
    expect(whole({ etag: '"a"', "content-encoding": "br", "content-length": "5" })).toMatchObject({
      version: null,
      length: null,
    });
  });
});

describe("the length of a whole video", () => {
  it.each<[string, Record<string, string>, number | null]>([
    ["repeated", { "content-length": "5, 5" }, 5],
    ["contradictory", { "content-length": "5, 6" }, null],
    ["absent", {}, null],
    ["that of an uncompressed body", { "content-length": "5", "content-encoding": "Identity" }, 5],
  ])("is read when it is %s", (_, headers, length) => {
    expect(whole(headers).length).toBe(length);
  });
});

describe("the rest of a video", () => {
  const DATE = at(-100);
  const by = (version: Partial<Version>, length: number | null = 100) => ({
    offset: 40,
    length,
    version: { etag: null, lastModified: null, ifRange: version.etag ?? version.lastModified ?? null, ...version },
  });
  const rest = (headers: Record<string, string>, resume = by({ etag: '"a"' })) => {
    const range = { "content-range": "bytes 40-99/100", ...headers };
    return readAnswer({ status: 206, headers: new Headers(range) }, resume, NOW);
  };

  it.each<[string, Record<string, string>, ReturnType<typeof by>]>([
    ["has the same strong ETag", { etag: '"a"' }, by({ etag: '"a"' })],
    [
      "has the same strong ETag, and another date as another server of the host",
      { etag: '"a"', "last-modified": at(-7) },
      by({ etag: '"a"', lastModified: DATE }),
    ],
    ["has the same date", { "last-modified": DATE }, by({ lastModified: DATE }, null)],
    ["has no validator but the same length", {}, by({ etag: '"a"' })],
  ])("is used if it %s", (_, headers, resume) => {
    expect(rest(headers, resume)).toMatchObject({ kind: "video", surplus: 0, end: null, length: 100 });
  });

  it.each<[string, Record<string, string>, ReturnType<typeof by>]>([
    ["has another ETag", { etag: '"b"' }, by({ etag: '"a"' })],
    [
      "has another weak ETag",
      { etag: 'W/"b"', "last-modified": DATE },
      by({ etag: 'W/"a"', lastModified: DATE, ifRange: DATE }),
    ],
    ["has another date", { "last-modified": at(-7) }, by({ lastModified: DATE })],
    ["has another length", { etag: '"a"', "content-range": "bytes 40-99/101" }, by({ etag: '"a"' })],
    ["has nothing that can be compared", {}, by({ etag: '"a"' }, null)],
    ["is compressed", { etag: '"a"', "content-encoding": "gzip" }, by({ etag: '"a"' })],
    ["begins too late", { etag: '"a"', "content-range": "bytes 41-99/100" }, by({ etag: '"a"' })],
    ["ends before the requested byte", { etag: '"a"', "content-range": "bytes 0-39/100" }, by({ etag: '"a"' })],
    ["was requested without If-Range", { etag: '"a"' }, by({ etag: '"a"', ifRange: null })],
  ])("is not used if it %s", (_, headers, resume) => {
    expect(rest(headers, resume)).toMatchObject({ kind: "interrupted" });
  });

  it("is used from the requested byte to its end", () => {
    const part = rest({ etag: '"a"', "content-range": "Bytes 30-49/*" });
    expect(part).toMatchObject({ kind: "video", surplus: 10, end: 50, length: 100 });
  });

  it.each([
    ["complete", "bytes */40", '"a"', "complete"],
    ["complete, whatever the unit's case", "BYTES */40", '"a"', "complete"],
    ["not complete if the video is longer", "bytes */41", '"a"', "interrupted"],
    ["not complete if it is another version", "bytes */40", '"b"', "interrupted"],
    ["not complete if it was longer before", "", '"a"', "interrupted"],
  ])("is %s after a 416", (_, range, etag, kind) => {
    const headers = new Headers({ "content-range": range, etag });
    expect(readAnswer({ status: 416, headers }, by({ etag: '"a"' }), NOW).kind).toBe(kind);
  });

  it.each(["", "bytes */*"])("is complete after a 416 with %j if nobody said how long it is", (range) => {
    const headers = new Headers({ "content-range": range });
    expect(readAnswer({ status: 416, headers }, by({ etag: '"a"' }, null), NOW).kind).toBe("complete");
  });
});

describe("the same bytes again, from a host that ignores ranges", () => {
  const again = (range: string, etag = '"a"', length: number | null = null) => {
    const version = { etag: '"a"', lastModified: null, ifRange: '"a"' };
    const headers = new Headers({ "content-range": range, etag });
    return readAnswer({ status: 206, headers }, { offset: 40, length, version }, NOW).kind;
  };

  it("are the whole video if the size was never stated", () => {
    expect(again("bytes 0-39/*")).toBe("complete");
  });

  it("are not the whole video otherwise", () => {
    expect(again("bytes 0-38/*")).toBe("interrupted");
    expect(again("bytes 1-39/*")).toBe("interrupted");
    expect(again("bytes 0-39/*", '"b"')).toBe("interrupted");
    expect(again("bytes 0-39/*", '"a"', 100)).toBe("interrupted");
    expect(again("bytes 0-39/100")).toBe("interrupted");
  });
});

describe("a 206 to a request without a range", () => {
  it.each(["", "bytes=0-9/10", "0-9/10"])("is the whole if its Content-Range is %j", (range) => {
    const headers = new Headers({ "content-range": range, "content-length": "10" });
    expect(readAnswer({ status: 206, headers }, undefined, NOW)).toMatchObject({
      kind: "video",
      length: 10,
      end: null,
    });
  });

  it("is nothing that can be used if it has several ranges", () => {
    const headers = new Headers({ "content-type": "multipart/byteranges; boundary=x", "content-length": "10" });
    expect(readAnswer({ status: 206, headers }, undefined, NOW).kind).toBe("interrupted");
  });
});
