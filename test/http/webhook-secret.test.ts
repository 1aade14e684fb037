import { afterEach, describe, expect, it, vi } from "vitest";
import type { WebhookEndpoints } from "../../src/account/accounts.ts";
import { ENV, httpApp } from "../support/http-app.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the public keys of an account", () => {
  it.each(["0".repeat(64), "A".repeat(64), "acme", "%00"])(
    "audit 8: are not read from an object for the forged address %s",
    async (address) => {
      const rotation = vi.fn();
      const webhookEndpoints = { rotation } as unknown as WebhookEndpoints;
      const { get } = httpApp({}, { webhookEndpoints });
      expect((await get(`/.well-known/webhook-keys/${address}`)).status).toBe(404);
      expect(rotation).not.toHaveBeenCalled();
    },
  );

  it("derives the addresses of all accounts once, not for each caller", async () => {
    const derive = vi.spyOn(crypto.subtle, "deriveBits");
    const { get } = httpApp();
    const env = { ...ENV };
    const counts: number[] = [];
    for (const address of ["0".repeat(64), "1".repeat(64), "2".repeat(64)]) {
      expect((await get(`/.well-known/webhook-keys/${address}`, env)).status).toBe(404);
      counts.push(derive.mock.calls.length);
    }
    // One account in two modes.
    expect(counts).toEqual([2, 2, 2]);
  });
});
