import { describe, expect, it, vi } from "vitest";
import type { WebhookEndpoints } from "../../src/account/accounts.ts";
import { httpApp } from "../support/http-app.ts";

describe("the public keys of an account", () => {
  it.each(["0".repeat(64), "A".repeat(64), "acme", "%00"])(
    "audit 8: a forged address reaches no object: %s",
    async (address) => {
      const rotation = vi.fn();
      const webhookEndpoints = { rotation } as unknown as WebhookEndpoints;
      const { get } = httpApp({}, { webhookEndpoints });
      expect((await get(`/.well-known/webhook-keys/${address}`)).status).toBe(404);
      expect(rotation).not.toHaveBeenCalled();
    },
  );
});
