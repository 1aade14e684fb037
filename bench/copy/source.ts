// Serves videos of any size, in a separate process: /<bytes>/known sends `content-length`, /<bytes>/unknown does not.
// Prints its address.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";

const CHUNK = Buffer.alloc(256 * 1024, 0x5a);
const HEAD = Buffer.from(CHUNK);
HEAD.set([0, 0, 0, 0x20, 0x66, 0x74, 0x79, 0x70, 0x69, 0x73, 0x6f, 0x6d]);

function* video(bytes: number): Generator<Buffer> {
  for (let sent = 0; sent < bytes; sent += CHUNK.byteLength) {
    yield (sent === 0 ? HEAD : CHUNK).subarray(0, Math.min(CHUNK.byteLength, bytes - sent));
  }
}

const server = createServer((request, response) => {
  const [, bytes = "0", length = ""] = (request.url ?? "").split("/");
  response.writeHead(200, { "content-type": "video/mp4", ...(length === "known" ? { "content-length": bytes } : {}) });
  Readable.from(video(Number(bytes))).pipe(response);
});
// Longer than any bench. By default Node.js closes a connection after five idle seconds; if the runtime sends a request
// on it at that moment, the request fails.
server.keepAliveTimeout = 60 * 60_000;
// Exit when the parent process has died.
process.stdin.resume().on("end", () => process.exit());
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
