import { describe, expect, it } from "vitest";
import type { Env } from "../../src/env.ts";
import { webhookSenderFor } from "../../src/webhooks/sender.ts";

describe("with a client certificate bound", () => {
  it("those who want it are called through it", async () => {
    const called: string[] = [];
    const certificate = {
      fetch: async (input: string) => {
        called.push(input);
        return new Response(null, { status: 204 });
      },
    };
    const env = { SIGNING_SECRET: "s".repeat(32), WEBHOOK_CERTIFICATE: certificate } as unknown as Env;
    const { send } = webhookSenderFor(env, {
      clock: { now: () => 0, random: () => 0 },
      origin: "https://own.example.com",
    });
    const keys = { secretRotations: [0], pairRotations: [0], endpointSecrets: [] };
    const result = await send({
      id: "msg_1",
      body: "{}",
      attempt: 1,
      scope: { account: "acme", mode: "live" },
      destination: { kind: "send", url: "https://a.example.com/", headers: {}, clientCertificate: true, keys },
    });
    expect(result.status).toBe(204);
    expect(called).toEqual(["https://a.example.com/"]);
  });
});
