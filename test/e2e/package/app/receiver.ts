// Receives a callback and verifies it, with the package and with the public library. Refuses forged ones.

import { strict as assert } from "node:assert";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { Reelhook } from "reelhook";
import { verifyWebhook, type WebhookEvent, WebhookVerificationError } from "reelhook/webhooks";
import { Webhook } from "standardwebhooks";

const { REELHOOK_URL = "", REELHOOK_API_KEY = "" } = process.env;
const reelhook = new Reelhook({ baseUrl: REELHOOK_URL, apiKey: REELHOOK_API_KEY });
const { secret, public_key: publicKey } = await reelhook.webhookSecret.get();

interface Callback {
  readonly headers: Record<string, string>;
  readonly body: string;
}

const { promise: received, resolve } = Promise.withResolvers<Callback>();
const server = createServer(async (request, response) => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  response.writeHead(204).end();
  resolve({ headers: request.headers as Record<string, string>, body: Buffer.concat(parts).toString() });
});
await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
const { port } = server.address() as AddressInfo;

const { id } = await reelhook.generations.create({
  prompt: "[instant] A fairy.",
  video_url: "https://example.com/raccoon.mp4",
  webhook_url: `http://127.0.0.1:${port}/`,
});
const { headers, body } = await received;
const event: WebhookEvent = await verifyWebhook({ headers, body }, { secret });
assert.equal(event.type, "generation.completed");
if (event.type === "generation.completed") {
  // Not null, by its type.
  const bytes: number = event.data.video.bytes;
  assert.ok(bytes > 0);
  assert.equal(event.data.id, id);
}
assert.deepEqual(await verifyWebhook({ headers, body }, { publicKey }), event);
assert.deepEqual(new Webhook(secret).verify(body, headers), event);

const forgeries: readonly Callback[] = [
  { headers, body: body.replace("completed", "failed") },
  { headers: { ...headers, "webhook-id": "msg_other" }, body },
  { headers: { ...headers, "webhook-timestamp": "1700000000" }, body },
  { headers: {}, body },
];
for (const forgery of forgeries) {
  const refusal = await verifyWebhook(forgery, [{ secret }, { publicKey }]).catch((error: unknown) => error);
  assert.ok(refusal instanceof WebhookVerificationError);
}
server.close();
console.log("receiver: ok");
