// Every variation of a genuine callback is refused.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { verifyWebhook, WebhookVerificationError } from "../../../packages/reelhook/src/webhooks/index.ts";
import { BODY, EVENT, newKeys, signed } from "./signed.ts";

const own = await newKeys();
const other = await newKeys();
const KEYS = [{ secret: own.secret }, { publicKey: own.publicKey }, own];
const bytes = new TextEncoder().encode(BODY);

/** Tolerates every timestamp, so that a changed one is refused for its signature. */
const tolerant = { toleranceSeconds: Number.POSITIVE_INFINITY };

async function isRefused(headers: Record<string, string>, body: Uint8Array, keys: (typeof KEYS)[number]) {
  const error = await verifyWebhook({ headers, body }, keys, tolerant).catch((cause: unknown) => cause);
  return error instanceof WebhookVerificationError;
}

describe("a forged callback", () => {
  it("is refused with any one byte of its body changed", async () => {
    const { headers } = await signed([own.v1, own.v1a]);
    for (const [at, byte] of bytes.entries()) {
      const body = bytes.slice();
      body[at] = byte ^ (1 << (at & 7));
      expect(await isRefused(headers, body, own), `byte ${at}`).toBe(true);
    }
    expect(await verifyWebhook({ headers, body: bytes }, own)).toEqual(EVENT);
  });

  it("is refused with any one character of a header changed", async () => {
    for (const [signer, keys] of [
      [own.v1, { secret: own.secret }],
      [own.v1a, { publicKey: own.publicKey }],
    ] as const) {
      const { headers } = await signed([signer]);
      for (const [name, value] of Object.entries(headers)) {
        for (let at = 0; at < value.length; at++) {
          // Its neighbors in ASCII, so that most digits stay digits and most base64 stays base64.
          for (const step of [1, -1]) {
            const changed = value.slice(0, at) + String.fromCharCode(value.charCodeAt(at) + step) + value.slice(at + 1);
            expect(await isRefused({ ...headers, [name]: changed }, bytes, keys), `${name}: ${changed}`).toBe(true);
          }
        }
      }
    }
  });

  it("is refused with parts of two genuine callbacks", async () => {
    const first = await signed([own.v1, own.v1a]);
    const second = await signed([own.v1, own.v1a], {
      id: "msg_2",
      body: BODY.replace("gen_1", "gen_2"),
      ageSeconds: 7,
    });
    const pick = (which: boolean) => (which ? first : second);
    await fc.assert(
      fc.asyncProperty(fc.tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean()), async ([a, b, c, d]) => {
        const headers = {
          "webhook-id": pick(a).headers["webhook-id"] ?? "",
          "webhook-timestamp": pick(b).headers["webhook-timestamp"] ?? "",
          "webhook-signature": pick(c).headers["webhook-signature"] ?? "",
        };
        const body = new TextEncoder().encode(pick(d).body);
        const isWhole = a === b && b === c && c === d;
        for (const keys of KEYS) expect(await isRefused(headers, body, keys)).toBe(!isWhole);
      }),
    );
  });

  it("is refused with a dot moved between the id, the timestamp and the body", async () => {
    // The signed content is `1.2.<timestamp>.{}`.
    const { headers } = await signed([own.v1, own.v1a], { id: "1.2", body: "{}" });
    const timestamp = headers["webhook-timestamp"] ?? "";
    const attempts = [
      { ...headers, "webhook-id": "1", "webhook-timestamp": `2.${timestamp}` },
      { ...headers, "webhook-id": "1.2" },
    ];
    for (const each of attempts) expect(await isRefused(each, new TextEncoder().encode("{}"), own)).toBe(true);
    const shifted = { ...headers, "webhook-id": "1", "webhook-timestamp": "2" };
    // The content is signed, but a body that begins with a number and a dot is not JSON.
    expect(await isRefused(shifted, new TextEncoder().encode(`${timestamp}.{}`), own)).toBe(true);
  });

  it("is refused, whatever it is made of", async () => {
    const { headers: genuine } = await signed([other.v1, other.v1a]);
    const signature = fc.oneof(
      fc.constantFrom(...(genuine["webhook-signature"] ?? "").split(" ")),
      fc.tuple(fc.constantFrom("v1", "v1a", "v2", ""), fc.base64String({ maxLength: 100 })).map((each) => each.join()),
      fc.string(),
    );
    const value = fc.oneof(fc.string({ unit: "binary" }), fc.nat().map(String));
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          id: fc.oneof(fc.constant("msg_1"), value),
          timestamp: fc.oneof(fc.constant(genuine["webhook-timestamp"] ?? ""), value),
          signature: fc.array(signature).map((each) => each.join(" ")),
          body: fc.oneof(
            fc.uint8Array(),
            fc.json().map((text) => new TextEncoder().encode(text)),
          ),
        }),
        async ({ id, timestamp, signature, body }) => {
          const headers = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature };
          expect(await isRefused(headers, body, own)).toBe(true);
        },
      ),
    );
  });
});

describe("a genuine callback", () => {
  it("is accepted, whatever its body", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (data) => {
        const body = JSON.stringify({ type: "generation.completed", data });
        const callback = await signed([own.v1, own.v1a], { body });
        for (const keys of KEYS) expect(await verifyWebhook(callback, keys)).toEqual(JSON.parse(body));
      }),
    );
  });

  it("is refused as changed once it was parsed and serialized with spaces", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.integer({ min: 1, max: 10 }), async (data, indent) => {
        const body = JSON.stringify({ type: "generation.completed", data });
        const { headers } = await signed([own.v1, own.v1a], { body });
        const changed = JSON.stringify(JSON.parse(body), null, indent);
        for (const keys of KEYS) {
          await expect(verifyWebhook({ headers, body: changed }, keys)).rejects.toMatchObject({ code: "body_changed" });
        }
      }),
    );
  });
});
