// An app that polls the provider itself: node server.ts <provider> <interval in seconds>. Prints its address.
// Takes requests over HTTP, so that all contenders are measured in the same way.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

const [provider = "", interval] = process.argv.slice(2);

interface Asked {
  readonly webhooks: readonly { readonly url: string }[];
}

async function follow(job: string, { webhooks }: Asked): Promise<void> {
  let source: string | undefined;
  while (source === undefined) {
    await pause(Number(interval) * 1000);
    const answer = await fetch(`${provider}/v2/video/generations?generation_id=${job}`);
    source = ((await answer.json()) as { video?: { url: string } }).video?.url;
  }
  await (await fetch(source)).arrayBuffer();
  const body = JSON.stringify({ job, status: "completed" });
  await Promise.all(webhooks.map(({ url }) => fetch(url, { method: "POST", body })));
}

const server = createServer(async (request, response) => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  const asked = JSON.parse(Buffer.concat(parts).toString()) as Asked;
  const submitted = await fetch(`${provider}/v2/video/generations`, { method: "POST", body: JSON.stringify(asked) });
  const { id } = (await submitted.json()) as { id: string };
  response.writeHead(202, { "content-type": "application/json" });
  response.end(JSON.stringify({ id, status: "queued" }));
  follow(id, asked).catch((cause) => console.error(`lost ${id}`, cause));
});
process.stdin.resume().on("end", () => process.exit());
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
