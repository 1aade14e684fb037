import { afterEach, describe, expect, it, vi } from "vitest";
import { verifyWebhook, WebhookVerificationError } from "../../../packages/reelhook/src/webhooks/index.ts";
import { BODY, EVENT, newKeys, signed } from "./signed.ts";

const own = await newKeys();
const other = await newKeys();
const genuine = await signed([own.v1, own.v1a]);

/** @returns the error, for its code and message. */
async function refusal(verified: Promise<unknown>): Promise<WebhookVerificationError> {
  const error = await verified.then(
    () => null,
    (cause: unknown) => cause,
  );
  if (!(error instanceof WebhookVerificationError)) throw new Error("not refused", { cause: error });
  return error;
}

const codeOf = async (verified: Promise<unknown>) => (await refusal(verified)).code;

describe("the keys", () => {
  it.each([
    ["a secret", { secret: own.secret }],
    ["a secret without its prefix", { secret: own.secret.replace("whsec_", "") }],
    ["a secret without padding", { secret: own.secret.replace(/=+$/, "") }],
    ["a secret with the blanks of a file", { secret: ` ${own.secret}\n` }],
    ["a public key", { publicKey: own.publicKey }],
    ["a public key without its prefix", { publicKey: own.publicKey.replace("whpk_", "") }],
    ["several secrets", { secret: [other.secret, own.secret] }],
    ["several public keys", { publicKey: [own.publicKey, other.publicKey] }],
    ["a list of keys", [{ secret: other.secret }, { publicKey: own.publicKey }]],
    ["a list of several secrets", [{ secret: [other.secret, own.secret] }]],
    ["both kinds in one", { secret: other.secret, publicKey: own.publicKey }],
  ])("may be %s", async (_, keys) => {
    expect(await verifyWebhook(genuine, keys)).toEqual(EVENT);
  });

  it.each([
    ["the secret of another account", { secret: other.secret }],
    ["the public key of another account", { publicKey: other.publicKey }],
    ["several of others", [{ secret: other.secret }, { publicKey: other.publicKey }]],
  ])("do not verify if they are %s", async (_, keys) => {
    expect(await codeOf(verifyWebhook(genuine, keys))).toBe("no_matching_signature");
  });

  it.each([
    ["no keys", []],
    ["an empty list of secrets", { secret: [] }],
    ["an object without a key", {}],
    ["a secret that is not set", { secret: undefined }],
    ["a secret that is null", { secret: null }],
    ["an empty secret", { secret: "" }],
    ["a blank secret", { secret: " " }],
    ["the prefix alone", { secret: "whsec_" }],
    ["a secret that is too short", { secret: `whsec_${btoa("k".repeat(23))}` }],
    ["a secret that is too long", { secret: `whsec_${btoa("k".repeat(65))}` }],
    ["an API key", { secret: "rh_live_acme_0123456789" }],
    ["a public key as secret", { secret: own.publicKey }],
    ["a secret as public key", { publicKey: own.secret }],
    ["a private key as public key", { publicKey: own.publicKey.replace("whpk_", "whsk_") }],
    ["a public key that is cut off", { publicKey: own.publicKey.slice(0, -8) }],
    ["one good and one bad secret", { secret: [own.secret, "whsec_!"] }],
    ["the secret itself", own.secret],
    ["nothing", undefined],
  ])("are refused, without being shown, if they are %s", async (_, keys) => {
    // @ts-expect-error: several of them do not fit the type, as in a program without types.
    const { code, message } = await refusal(verifyWebhook(genuine, keys));
    expect(code).toBe("invalid_key");
    for (const key of [own.secret, own.publicKey, "0123456789", btoa("kkkkkk")]) {
      expect(message).not.toContain(key.replace(/^wh[a-z]+_/, "").slice(0, 8));
    }
  });
});

describe("a key that is not set", () => {
  it.each([[{}], [{ secret: undefined }], [{ secret: "" }], [{ secret: null }], [{ publicKey: "" }], [[]]])(
    "is refused with a hint at its environment variable: %j",
    async (keys) => {
      // @ts-expect-error: several of them do not fit the type, as in a program without types.
      const { message } = await refusal(verifyWebhook(genuine, keys));
      expect(message).toContain("Is the environment variable set?");
    },
  );
});

describe("the headers", () => {
  it.each(["webhook-id", "webhook-timestamp", "webhook-signature"])("must include %s", async (name) => {
    for (const value of [undefined, ""]) {
      const headers = { ...genuine.headers, [name]: value };
      const { code, message } = await refusal(verifyWebhook({ headers, body: BODY }, own));
      expect(code).toBe("missing_header");
      expect(message).toContain(`${name} is missing. `);
    }
  });

  it.each([undefined, null, "webhook-id: 1"])("must be there at all: %j", async (headers) => {
    // @ts-expect-error: as in a program without types.
    const { code, message } = await refusal(verifyWebhook({ headers, body: BODY }, own));
    expect([code, message]).toEqual(["missing_header", expect.stringContaining("has no headers")]);
  });

  it("are all named if none is there", async () => {
    const { message } = await refusal(verifyWebhook({ headers: {}, body: BODY }, own));
    expect(message).toMatch(/^webhook-id, webhook-timestamp, webhook-signature are missing\. /);
  });

  it.each(["", "soon", "1e9", "1795366926.5", "-5", "0x10", "1795366926, 1795366926", "２０"])(
    "are refused with %j as timestamp",
    async (timestamp) => {
      const headers = { ...genuine.headers, "webhook-timestamp": timestamp };
      const expected = timestamp === "" ? "missing_header" : "invalid_header";
      expect(await codeOf(verifyWebhook({ headers, body: BODY }, own))).toBe(expected);
    },
  );

  it("are refused if the id has a dot, because it could hold another timestamp", async () => {
    const callback = await signed([own.v1], { id: "msg_1.5" });
    expect(await codeOf(verifyWebhook(callback, own))).toBe("invalid_header");
  });

  it("may have signatures of unknown versions, of other keys and malformed ones", async () => {
    const signature = `v2,abc nonsense v1, v1,short v1a,short ,  ${genuine.headers["webhook-signature"]} v1,AAAA`;
    const headers = { ...genuine.headers, "webhook-signature": signature };
    for (const keys of [{ secret: own.secret }, { publicKey: own.publicKey }]) {
      expect(await verifyWebhook({ headers, body: BODY }, keys)).toEqual(EVENT);
    }
  });

  it("may have hundreds of v1 signatures, as endpoints with one URL cause", async () => {
    const others = await Promise.all(Array.from({ length: 600 }, async () => (await newKeys()).v1));
    expect(await verifyWebhook(await signed([...others, own.v1]), own)).toEqual(EVENT);
  });

  it("may have 50 v1a signatures and no more", async () => {
    const most = await signed([...new Array(49).fill(other.v1a), own.v1a]);
    expect(await verifyWebhook(most, own)).toEqual(EVENT);
    const tooMany = await signed([...new Array(50).fill(other.v1a), own.v1a]);
    expect(await codeOf(verifyWebhook(tooMany, own))).toBe("invalid_header");
  });

  it.each([
    ["v1", "v1a"],
    ["v1a", "v1"],
    ["v1", "V1"],
    ["v1", "v2"],
  ])("do not verify with a %s signature named %s", async (from, to) => {
    const [v1 = "", v1a = ""] = (genuine.headers["webhook-signature"] ?? "").split(" ");
    const signature = (from === "v1" ? v1 : v1a).replace(`${from},`, `${to},`);
    const headers = { ...genuine.headers, "webhook-signature": signature };
    expect(await codeOf(verifyWebhook({ headers, body: BODY }, own))).toBe("no_matching_signature");
  });
});

describe("the timestamp", () => {
  afterEach(() => vi.useRealTimers());

  it.each([
    ["300 s old", 300, {}, null],
    ["301 s old", 301, {}, "timestamp_too_old"],
    ["300 s ahead", -300, {}, null],
    ["301 s ahead", -301, {}, "timestamp_too_new"],
    ["11 s old, of 10", 11, { toleranceSeconds: 10 }, "timestamp_too_old"],
    ["10 s old, of 10", 10, { toleranceSeconds: 10 }, null],
    ["1 s old, of 0", 1, { toleranceSeconds: 0 }, "timestamp_too_old"],
    ["years old, of Infinity", 1e9, { toleranceSeconds: Number.POSITIVE_INFINITY }, null],
  ] as const)("may be %s: %s", async (_, ageSeconds, options, code) => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 10, 22) });
    const verified = verifyWebhook(await signed([own.v1], { ageSeconds }), own, options);
    if (code === null) expect(await verified).toEqual(EVENT);
    else expect(await codeOf(verified)).toBe(code);
  });

  it("is refused with its age, even if no key is right", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 10, 22) });
    const old = await signed([other.v1], { ageSeconds: 400 });
    expect((await refusal(verifyWebhook(old, own))).message).toContain("is 400 s old, but at most 300 s");
  });

  it.each([-1, Number.NaN, "300", null])("cannot have a tolerance of %s", async (toleranceSeconds) => {
    // @ts-expect-error: some do not fit the type, as in a program without types.
    expect(await codeOf(verifyWebhook(genuine, own, { toleranceSeconds }))).toBe("invalid_options");
  });
});

describe("the body", () => {
  it.each([
    ["indented", JSON.stringify(EVENT, null, 2)],
    ["spaced as Python writes it", BODY.replaceAll('":', '": ').replaceAll(',"', ', "')],
    ["in ASCII", BODY.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)],
    ["ended with a line break", `${BODY}\n`],
    ["begun with a byte order mark", `\u{feff}${BODY}`],
    ["with another notation of a number", BODY.replace("0.75", "7.5e-1")],
  ])("is refused as changed if it was parsed and serialized again: %s", async (_, body) => {
    expect(body).not.toBe(BODY);
    const { code, message } = await refusal(verifyWebhook({ headers: genuine.headers, body }, own));
    expect(code).toBe("body_changed");
    expect(message).toContain("Pass the raw body");
  });

  it("is refused as changed with a public key, too", async () => {
    const request = { headers: genuine.headers, body: JSON.stringify(EVENT, null, 2) };
    expect(await codeOf(verifyWebhook(request, { publicKey: own.publicKey }))).toBe("body_changed");
    expect(await codeOf(verifyWebhook(request, { publicKey: other.publicKey }))).toBe("no_matching_signature");
  });

  it.each([
    ["other JSON", BODY.replace("gen_1", "gen_2")],
    ["indented JSON with another value", JSON.stringify({ ...EVENT, type: "generation.failed" }, null, 2)],
    ["no JSON", "nonsense"],
    ["empty", ""],
    ["JSON nested too deeply to be written", "[".repeat(30_000) + "]".repeat(30_000)],
  ])("is refused as not signed if it is %s", async (_, body) => {
    expect(await codeOf(verifyWebhook({ headers: genuine.headers, body }, own))).toBe("no_matching_signature");
  });

  it("is refused if it is signed but not JSON", async () => {
    for (const body of ["", "{", "nonsense"]) {
      expect(await codeOf(verifyWebhook(await signed([own.v1], { body }), own))).toBe("invalid_body");
    }
  });

  it("may be of a type that this release does not know", async () => {
    const body = JSON.stringify({ type: "generation.exploded", timestamp: EVENT.timestamp, data: {} });
    expect(await verifyWebhook(await signed([own.v1], { body }), own)).toEqual(JSON.parse(body));
  });

  it("is what was verified, even if its buffer changes meanwhile", async () => {
    const body = Buffer.from(BODY);
    const sign = crypto.subtle.sign.bind(crypto.subtle);
    const signing = vi.spyOn(crypto.subtle, "sign").mockImplementationOnce(async (...content) => {
      const signature = await sign(...content);
      body.fill(0x20);
      return signature;
    });
    expect(await verifyWebhook({ headers: genuine.headers, body }, { secret: own.secret })).toEqual(EVENT);
    expect(signing).toHaveBeenCalledOnce();
    signing.mockRestore();
  });
});
