import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { formatSecret, scopeKeys, signatureHeader } from "../../src/webhooks/signature.ts";

const acme = { account: "acme", mode: "live" } as const;

describe("a webhook signature", () => {
  it("is the published one for the published message", async () => {
    // From the Standard Webhooks specification, its section on signatures.
    const key = Uint8Array.from(atob("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), (character) => character.charCodeAt(0));
    const signed = { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1614265330, body: '{"test": 2432232314}' };
    expect(await signatureHeader([key.buffer], signed)).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });

  it("verifies with the official library, under the newest secret and each older one", async () => {
    const keys = await scopeKeys(["n".repeat(32), "o".repeat(32)], acme);
    const signed = { id: "msg_1", timestamp: Math.floor(Date.now() / 1000), body: '{"type":"generation.completed"}' };
    const headers = {
      "webhook-id": signed.id,
      "webhook-timestamp": String(signed.timestamp),
      "webhook-signature": await signatureHeader(keys, signed),
    };
    expect(keys).toHaveLength(2);
    for (const key of keys) {
      expect(new Webhook(formatSecret(key)).verify(signed.body, headers)).toEqual({ type: "generation.completed" });
      expect(() => new Webhook(formatSecret(key)).verify(`${signed.body} `, headers)).toThrow();
    }
  });

  it("has another secret in each scope", async () => {
    const scopes = [acme, { account: "acme", mode: "test" }, { account: "other", mode: "live" }] as const;
    const secrets = await Promise.all(
      scopes.map(async (scope) => (await scopeKeys(["n".repeat(32)], scope)).map(formatSecret)),
    );
    expect(new Set(secrets.flat()).size).toBe(3);
    for (const secret of secrets.flat()) expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  });
});
