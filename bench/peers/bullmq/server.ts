// Hono on Node with BullMQ and its own Redis: node server.ts <provider> <interval in seconds>. Prints its address. With
// PLACES or PER_SECOND set, it submits from a line (line.ts). With FOLDER set, it stores jobs and videos there, and signs
// callbacks.

import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { createWriteStream } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { serve } from "@hono/node-server";
import { Queue, Worker } from "bullmq";
import { Hono } from "hono";
import { Redis } from "ioredis";
import { openLine } from "./line.ts";

const [provider = "", interval] = process.argv.slice(2);
const port = await freePort();
const { FOLDER: folder, PLACES: places, PER_SECOND: perSecond } = process.env;
const persistence =
  folder === undefined ? ["--appendonly", "no"] : ["--appendonly", "yes", "--appendfsync", "everysec", "--dir", folder];
const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", ...persistence];
const redis = spawn("redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
// Otherwise Redis would outlive this process.
process.on("exit", () => redis.kill());
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit());
await new Promise<void>((resolve, reject) => {
  redis.stdout.on("data", (text) => String(text).includes("Ready to accept") && resolve());
  redis.once("error", reject);
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

const connection = new Redis({ host: "127.0.0.1", port, maxRetriesPerRequest: null });
// Do not measure a broken server.
connection.on("error", (cause) => {
  console.error(cause);
  process.exit(1);
});
const delay = Number(interval) * 1000;
const options = { removeOnComplete: true, attempts: 5, backoff: { type: "exponential", delay: 1_000 } } as const;

interface Webhook {
  readonly url: string;
}

interface Poll {
  readonly job: string;
  readonly webhooks: readonly Webhook[];
}

interface Callback {
  readonly job: string;
  readonly url: string;
}

const polls = new Queue<Poll>("polls", { connection });
const callbacks = new Queue<Callback>("callbacks", { connection });

async function finish(job: string, videoUrl: string, webhooks: readonly Webhook[]): Promise<void> {
  const video = await fetch(videoUrl);
  if (folder === undefined || video.body === null) await video.arrayBuffer();
  // Flushed to the disk before anyone is told.
  else await pipeline(video.body, createWriteStream(join(folder, `${job}.mp4`), { flush: true }));
  await callbacks.addBulk(webhooks.map(({ url }) => ({ name: "callback", data: { job, url }, opts: options })));
}

const SECRET = "a-secret-of-at-least-thirty-two-bytes";

/** The headers of Standard Webhooks. */
function signed(id: string, body: string): Record<string, string> {
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = createHmac("sha256", SECRET).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": String(timestamp), "webhook-signature": `v1,${signature}` };
}

const app = new Hono();
const line =
  places === undefined && perSecond === undefined
    ? null
    : openLine<readonly Webhook[]>({ connection, provider, intervalMs: delay, places, perSecond, finish });
app.post("/v1/generations", async (c) => {
  const { webhooks, ...input } = await c.req.json<{ webhooks: readonly Webhook[] }>();
  if (line !== null) return c.json(await line(input, webhooks), 202);
  const submitted = await fetch(`${provider}/v2/video/generations`, { method: "POST", body: JSON.stringify(input) });
  const { id: job } = (await submitted.json()) as { id: string };
  await polls.add("poll", { job, webhooks }, { ...options, delay });
  return c.json({ id: job, status: "queued" }, 202);
});

new Worker<Poll>(
  "polls",
  async ({ data }) => {
    const answer = await fetch(`${provider}/v2/video/generations?generation_id=${data.job}`);
    const { video } = (await answer.json()) as { video?: { url: string } };
    if (video === undefined) return void (await polls.add("poll", data, { ...options, delay }));
    await finish(data.job, video.url, data.webhooks);
  },
  { connection, concurrency: 100 },
);
new Worker<Callback>(
  "callbacks",
  async ({ id = "", data: { job, url } }) => {
    const body = JSON.stringify({ job, status: "completed" });
    const { ok } = await fetch(url, { method: "POST", body, headers: folder === undefined ? {} : signed(id, body) });
    if (!ok) throw new Error("the webhook did not answer 2xx");
  },
  { connection, concurrency: 100 },
);

process.stdin.resume().on("end", () => process.exit());
serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, (info) => {
  console.log(`http://127.0.0.1:${(info as AddressInfo).port}`);
});
