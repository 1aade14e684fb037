import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { digestInput, fingerprintOf } from "../../src/http/input-digest.ts";

/** workerd has this class, Node does not. */
class DigestStream extends WritableStream<Uint8Array> {
  readonly digest: Promise<ArrayBuffer>;

  constructor(algorithm: string) {
    const hash = createHash(algorithm.replace("-", "").toLowerCase());
    const { promise, resolve } = Promise.withResolvers<ArrayBuffer>();
    super({
      write: (chunk) => void hash.update(chunk),
      close: () => resolve(new Uint8Array(hash.digest()).buffer),
    });
    this.digest = promise;
  }
}

beforeAll(() => {
  Object.assign(crypto, { DigestStream });
});

describe("the digest of an input", () => {
  it.each([
    [`data:video/mp4;base64,${btoa("abc")}`, "data:video/mp4;… (3 bytes)"],
    [`data:video/mp4;base64,${btoa("abcd")}`, "data:video/mp4;… (4 bytes)"],
    [`data:video/mp4;codecs=avc1;base64,${btoa("abcde")}`, "data:video/mp4;… (5 bytes)"],
    ["data:image/svg+xml,%3Csvg%3E", "data:image/svg+xml;… (9 bytes)"],
    ["https://example.com/v.mp4", "https://example.com/v.mp4"],
  ])("shows %s as %s", (url, shown) => {
    const input = { video_url: url, nested: [{ url }], n: 1, none: null };
    expect(digestInput(input).shortened).toEqual({ video_url: shown, nested: [{ url: shown }], n: 1, none: null });
  });

  it("keeps the order of fields", () => {
    expect(JSON.stringify(digestInput({ b: 1, a: { d: [], c: {} } }).shortened)).toBe('{"b":1,"a":{"d":[],"c":{}}}');
  });

  it.each([
    [{ references: [{ url: "data:image/png,x" }] }, true],
    [{ prompt: "data: a chart comes alive, slowly" }, false],
    [{ prompt: "see data:image/png,x", n: 1, none: null }, false],
  ])("of %j has data URIs: %s", (input, expected) => {
    expect(digestInput(input).hasDataUris).toBe(expected);
  });
});

describe("the fingerprint of a request", () => {
  const rest = { model: "m", metadata: {}, webhooks: [], retentionDays: null };
  const fingerprint = (input: Parameters<typeof digestInput>[0], others: object = {}) =>
    fingerprintOf({ ...rest, ...others, digest: digestInput(input) });

  it("never changes between releases, because records keep it", async () => {
    const request = {
      model: "runway/gen4_aleph",
      metadata: { b: "2", a: "1", "10": "x", "9": "y", u: "data:image/png,x" },
      webhooks: [{ url: "https://hooks.example.com/", events: ["generation.completed"] }],
      retentionDays: null,
    };
    const input = {
      prompt: "p é 😀",
      video_url: "data:video/mp4;base64,AAAA",
      references: [
        { type: "image", url: "data:image/png;base64,BBBB" },
        { type: "image", url: "https://example.com/i.png" },
      ],
      seed: 0,
    };
    expect(await fingerprint(input, request)).toBe("3a5ea8f2665fc64e7b2bc5ad678e28fcc26d9ff1d2d514551be27021f479b42d");
    const extra = { z: { b: 1.5, a: [true, null, "x"] }, a: "data:video/mp4;base64,AAAA" };
    expect(await fingerprint(extra, { model: "vendor/new", retentionDays: 1.5 })).toBe(
      "6509b32b452dedfd3ef2def91e6ff44815fea2a206d16a56a86ffbff4ae8c508",
    );
  });

  it("ignores the order of fields", async () => {
    expect(await fingerprint({ a: 1, b: { c: 2, d: 3 } })).toBe(await fingerprint({ b: { d: 3, c: 2 }, a: 1 }));
    expect(await fingerprint({}, { metadata: { a: "1", b: "2" } })).toBe(
      await fingerprint({}, { metadata: { b: "2", a: "1" } }),
    );
  });

  it.each([
    [{ prompt: "other" }, {}],
    [{ prompt: "p", video_url: "data:video/mp4;base64,BBBB" }, {}],
    [{ prompt: "p", video_url: "data:video/mp4;base64,AAAA", references: [[], {}] }, {}],
    [{ prompt: "p", video_url: "data:video/mp4;base64,AAAA" }, { metadata: { a: "1" } }],
    [{ prompt: "p", video_url: "data:video/mp4;base64,AAAA" }, { retentionDays: 1 }],
    [{ prompt: "p", video_url: "data:video/mp4;base64,AAAA" }, { model: "n" }],
    [
      { prompt: "p", video_url: "data:video/mp4;base64,AAAA" },
      { webhooks: [{ url: "https://hooks.example.com/", events: ["generation.completed"] }] },
    ],
  ])("of %j with %j differs", async (input, others) => {
    const base = await fingerprint({ prompt: "p", video_url: "data:video/mp4;base64,AAAA" });
    expect(await fingerprint(input, others)).not.toBe(base);
  });
});
