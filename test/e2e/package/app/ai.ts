// Generates videos with the AI SDK, by polling and by webhook.

import { strict as assert } from "node:assert";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { experimental_generateVideo as generateVideo } from "ai";
import { createReelhook } from "reelhook/ai-sdk";

const { REELHOOK_URL = "", REELHOOK_API_KEY = "" } = process.env;
const model = createReelhook({ baseUrl: REELHOOK_URL, apiKey: REELHOOK_API_KEY }).video("runway/gen4_aleph");
const request = {
  model,
  prompt: "[instant] A fairy.",
  providerOptions: { reelhook: { video_url: "https://example.com/raccoon.mp4" } },
};

const polled = await generateVideo({ ...request, poll: { intervalMs: 200 } });
assert.ok(polled.video.uint8Array.byteLength > 0);
assert.equal(polled.video.mediaType, "video/mp4");

const { promise: received, resolve } = Promise.withResolvers<{ headers: Record<string, string>; body: never }>();
const server = createServer(async (incoming, response) => {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part);
  response.writeHead(204).end();
  resolve({
    headers: incoming.headers as Record<string, string>,
    body: JSON.parse(Buffer.concat(parts).toString()) as never,
  });
});
await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
const { port } = server.address() as AddressInfo;
const called = await generateVideo({
  ...request,
  webhook: async () => ({ url: `http://127.0.0.1:${port}/`, received }),
});
assert.deepEqual(called.video.uint8Array, polled.video.uint8Array);
server.close();
console.log("ai: ok");
