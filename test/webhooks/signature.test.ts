import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import type { Scope } from "../../src/core/scope.ts";
import {
  ed25519KeyPair,
  ed25519Signer,
  formatPublicKey,
  formatSecret,
  hmacSigner,
  scopeHmacKeys,
  scopeKeyPairs,
  signatureHeader,
  signersFor,
} from "../../src/webhooks/signature.ts";

const acme = { account: "acme", mode: "live" } as const;

/** A scope whose secret was never rotated, with these values of SIGNING_SECRET. */
const own = (secrets: readonly string[], scope: Scope = acme) => ({ secrets, scope });

describe("a webhook signature", () => {
  it("matches the specification's example", async () => {
    // From the Standard Webhooks specification, section on signatures.
    const key = Uint8Array.from(atob("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), (character) => character.charCodeAt(0));
    const signed = { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1614265330, body: '{"test": 2432232314}' };
    expect(await signatureHeader([hmacSigner(key.buffer)], signed)).toBe(
      "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    );
  });

  it("verifies with the official library, with the newest secret and each older one", async () => {
    const secrets = ["n".repeat(32), "o".repeat(32)];
    const keysOfScope = { hmacRotations: [0], ed25519Rotations: [0], endpointSecrets: [] };
    const keys = await scopeHmacKeys(own(secrets), [0]);
    const signed = { id: "msg_1", timestamp: Math.floor(Date.now() / 1000), body: '{"type":"generation.completed"}' };
    const headers = {
      "webhook-id": signed.id,
      "webhook-timestamp": String(signed.timestamp),
      "webhook-signature": await signatureHeader(await signersFor(keysOfScope, own(secrets)), signed),
    };
    expect(keys).toHaveLength(2);
    for (const key of keys) {
      expect(new Webhook(formatSecret(key)).verify(signed.body, headers)).toEqual({ type: "generation.completed" });
      expect(() => new Webhook(formatSecret(key)).verify(`${signed.body} `, headers)).toThrow();
    }
  });

  it("uses a different secret in each scope", async () => {
    const scopes = [acme, { account: "acme", mode: "test" }, { account: "other", mode: "live" }] as const;
    const secrets = await Promise.all(
      scopes.map(async (scope) => (await scopeHmacKeys(own(["n".repeat(32)], scope), [0])).map(formatSecret)),
    );
    expect(new Set(secrets.flat()).size).toBe(3);
    for (const secret of secrets.flat()) expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  });

  it("matches RFC 8032's example when made with a key pair", async () => {
    // Section 7.1, test 1: an empty message.
    const fromHex = (text: string) =>
      new Uint8Array((text.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)));
    const seed = fromHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    const pair = await ed25519KeyPair(seed.buffer);
    expect(new Uint8Array(pair.publicKey)).toEqual(
      fromHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"),
    );
    const [, signature = ""] = (await ed25519Signer(pair)(new Uint8Array())).split(",");
    expect(Uint8Array.from(atob(signature), (character) => character.charCodeAt(0))).toEqual(
      fromHex(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
      ),
    );
  });

  it("verifies with the scope's public key and no other scope's", async () => {
    const scopes = [acme, { account: "acme", mode: "test" }, { account: "other", mode: "live" }] as const;
    const pairs = (await Promise.all(scopes.map((scope) => scopeKeyPairs(own(["n".repeat(32)], scope), [0])))).flat();
    const signed = { id: "msg_1", timestamp: 1_800_000_000, body: "{}" };
    const [first] = pairs;
    if (first === undefined) throw new Error("no pair");
    const [, signature = ""] = (await signatureHeader([ed25519Signer(first)], signed)).split(",");
    const bytes = Uint8Array.from(atob(signature), (character) => character.charCodeAt(0));
    const content = new TextEncoder().encode("msg_1.1800000000.{}");
    const verified = await Promise.all(
      pairs.map(async ({ publicKey }) => {
        const key = await crypto.subtle.importKey("raw", publicKey, { name: "Ed25519" }, false, ["verify"]);
        return crypto.subtle.verify("Ed25519", key, bytes, content);
      }),
    );
    expect(verified).toEqual([true, false, false]);
    for (const pair of pairs) expect(formatPublicKey(pair)).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/);
  });
});

describe("the signers of deliveries", () => {
  it("are kept, but not more than 4,000 in all", async () => {
    const scope = own(["n".repeat(32)]);
    const endpointSecrets = Array.from({ length: 600 }, () => btoa("s".repeat(32)));
    const setOf = (rotation: number) =>
      signersFor({ hmacRotations: [], ed25519Rotations: [rotation], endpointSecrets }, scope);
    const sets = [];
    for (let rotation = 0; rotation < 7; rotation++) sets.push(await setOf(rotation));
    expect(await setOf(6)).toBe(sets[6]);
    expect(await setOf(0)).not.toBe(sets[0]);
  });
});
