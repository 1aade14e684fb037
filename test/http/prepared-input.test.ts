import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { fingerprintOf, MAX_INPUT_LENGTH, prepareInput } from "../../src/http/prepared-input.ts";
import { addWorkerdCrypto } from "../support/workerd-crypto.ts";

beforeAll(addWorkerdCrypto);

describe("a prepared input", () => {
  it.each([
    [`data:video/mp4;base64,${btoa("abc")}`, "data:video/mp4;… (3 bytes)"],
    [`data:video/mp4;base64,${btoa("abcd")}`, "data:video/mp4;… (4 bytes)"],
    [`data:video/mp4;codecs=avc1;base64,${btoa("abcde")}`, "data:video/mp4;… (5 bytes)"],
    ["data:image/svg+xml,%3Csvg%3E", "data:image/svg+xml;… (9 bytes)"],
    ["https://example.com/v.mp4", "https://example.com/v.mp4"],
  ])("shows %s as %s", (url, shown) => {
    const input = { video_url: url, nested: [{ url }], n: 1, none: null };
    expect(prepareInput(input).shortened).toEqual({ video_url: shown, nested: [{ url: shown }], n: 1, none: null });
  });

  it("keeps the order of fields", () => {
    expect(JSON.stringify(prepareInput({ b: 1, a: { d: [], c: {} } }).shortened)).toBe('{"b":1,"a":{"d":[],"c":{}}}');
  });

  it.each([
    [{ references: [{ url: "data:image/png,x" }] }, true],
    [{ prompt: "data: a chart comes alive, slowly" }, false],
    [{ prompt: "see data:image/png,x", n: 1, none: null }, false],
  ])("of %j has data URIs: %s", (input, expected) => {
    expect(prepareInput(input).hasDataUris).toBe(expected);
  });
});

describe("an input that is too long", () => {
  it.each([
    ["at the limit", { a: "x".repeat(MAX_INPUT_LENGTH - 8) }, false],
    ["over it by one character", { a: "x".repeat(MAX_INPUT_LENGTH - 7) }, true],
    ["over it by escapes", { a: "\n".repeat(MAX_INPUT_LENGTH / 2) }, true],
    ["over it by a field name", { ["x".repeat(MAX_INPUT_LENGTH)]: 1 }, true],
    ["over it in many fields", { a: Array(100).fill("x".repeat(3_000)) }, true],
    ["large only by data URIs", { a: `data:video/mp4;base64,${"A".repeat(2 * MAX_INPUT_LENGTH)}` }, false],
  ])("%s: %#", (_, input, expected) => {
    const { isTooLong, shortened, canonical } = prepareInput(input);
    expect(isTooLong).toBe(expected);
    expect(JSON.stringify(shortened).length > MAX_INPUT_LENGTH).toBe(expected);
    // A body may have 32 MiB, of which a Worker has no memory for a copy.
    expect(canonical.filter((piece) => typeof piece === "string").join("").length).toBeLessThanOrEqual(
      MAX_INPUT_LENGTH,
    );
  });
});

describe("the fingerprint of a request", () => {
  const rest = { model: "m", metadata: {}, webhooks: [], retentionDays: null, simulate: null };
  const fingerprint = (input: Parameters<typeof prepareInput>[0], others: object = {}) =>
    fingerprintOf({ ...rest, ...others, prepared: prepareInput(input) });

  it("never changes between releases, because records keep it", async () => {
    const request = {
      model: "runway/gen4_aleph",
      metadata: { b: "2", a: "1", "10": "x", "9": "y", u: "data:image/png,x", k: "data:video/mp4;base64,AAAA" },
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
    expect(await fingerprint(input, request)).toBe("131bb27775a8704242ac5da921c99135150d02582fdec1403968c66bda74a742");
    const extra = { z: { b: 1.5, a: [true, null, "x"] }, a: "data:video/mp4;base64,AAAA" };
    expect(await fingerprint(extra, { model: "vendor/new", retentionDays: 1.5 })).toBe(
      "6509b32b452dedfd3ef2def91e6ff44815fea2a206d16a56a86ffbff4ae8c508",
    );
    expect(await fingerprint(input, { ...request, simulate: "fail" })).toBe(
      "1c89c4c85e20156e31e5d47aa4a6fd92457b2bb5ebc1f58fe52a8e24b0ec9269",
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
    [{ prompt: "p", video_url: "data:video/mp4;base64,AAAA" }, { simulate: "fail" }],
    [
      { prompt: "p", video_url: "data:video/mp4;base64,AAAA" },
      { webhooks: [{ url: "https://hooks.example.com/", events: ["generation.completed"] }] },
    ],
  ])("of %j with %j differs", async (input, others) => {
    const base = await fingerprint({ prompt: "p", video_url: "data:video/mp4;base64,AAAA" });
    expect(await fingerprint(input, others)).not.toBe(base);
  });

  it("hashes thousands of short data URIs without a stream for each, and long ones as before", async () => {
    const { DigestStream } = crypto;
    let streams = 0;
    class Counted extends DigestStream {
      constructor(algorithm: string) {
        super(algorithm);
        streams++;
      }
    }
    Object.assign(crypto, { DigestStream: Counted });
    const urls = Array.from({ length: 1_000 }, (_, at) => `data:image/png,${at}é`);
    const [short, long] = ["A", "日"].map((text) => `data:image/png,${text.repeat(32 * 1024 - 15)}`);
    try {
      await fingerprint({ urls, short: short ?? "" });
      // One for all hashes together, which are a long text.
      expect(streams).toBe(1);
      const hash = createHash("sha256").update(`${long}x`).digest("hex");
      expect(await fingerprint({ long: `${long}x` })).toBe(await fingerprint({ long: hash }));
      expect(streams).toBe(2);
      const shortHash = createHash("sha256")
        .update(short ?? "")
        .digest("hex");
      expect(await fingerprint({ short: short ?? "" })).toBe(await fingerprint({ short: shortHash }));
    } finally {
      Object.assign(crypto, { DigestStream });
    }
  });
});
