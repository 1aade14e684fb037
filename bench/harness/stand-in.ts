// The provider and the receiver of webhooks, in a process of their own. What they saw is asked for with GET /stats, and
// forgotten with POST /reset?seconds=<how long a job takes>.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const VIDEO = Buffer.alloc(100_000, 0x5a);
VIDEO.set([0, 0, 0, 0x20, 0x66, 0x74, 0x79, 0x70, 0x69, 0x73, 0x6f, 0x6d]);

interface Job {
  /** When it was last heard of: its acceptance, or a poll. */
  heardAt: number;
  readonly acceptedAt: number;
  polls: number;
  doneAt: number | null;
}

let jobs = new Map<string, Job>();
let jobMs = 35_000;
let intervalMs = 10_000;
let lateness: number[] = [];
let callbacks: number[] = [];
let delivered = new Set<string>();
let hooks: { readonly job: string; readonly at: number }[] = [];
let origin = "";

const server = createServer((request, response) => {
  const now = performance.now();
  const url = new URL(request.url ?? "/", origin);
  const answer = (status: number, body: object) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  let text = "";
  request.setEncoding("utf8");
  request.on("data", (chunk) => {
    text += chunk;
  });
  request.on("end", () => {
    if (url.pathname === "/reset") {
      [jobs, lateness, callbacks, delivered, hooks] = [new Map(), [], [], new Set(), []];
      jobMs = Number(url.searchParams.get("seconds") ?? 35) * 1000;
      intervalMs = Number(url.searchParams.get("interval") ?? 10) * 1000;
      return answer(200, {});
    }
    if (url.pathname === "/stats") {
      const polls = [...jobs.values()].map((job) => job.polls);
      return answer(200, { jobs: jobs.size, polls, lateness, callbacks, delivered: delivered.size, hooks });
    }
    if (url.pathname.startsWith("/hook")) {
      const body = JSON.parse(text) as { data?: { provider?: { id?: string } }; job?: string };
      const id = body.job ?? body.data?.provider?.id ?? "";
      const done = jobs.get(id)?.doneAt;
      if (done != null && !delivered.has(id)) callbacks.push(now - done);
      delivered.add(id);
      hooks.push({ job: id, at: now });
      response.writeHead(204);
      return response.end();
    }
    if (url.pathname === "/video.mp4") {
      response.writeHead(200, { "content-type": "video/mp4", "content-length": VIDEO.byteLength });
      return response.end(VIDEO);
    }
    if (request.method === "POST") {
      const id = `job-${jobs.size}-${Math.random().toString(36).slice(2)}`;
      jobs.set(id, { heardAt: now, acceptedAt: now, polls: 0, doneAt: null });
      return answer(201, { id, status: "queued" });
    }
    const id = url.searchParams.get("generation_id") ?? "";
    const job = jobs.get(id);
    if (job === undefined) return answer(404, { message: "no such job" });
    lateness.push(now - job.heardAt - intervalMs);
    job.heardAt = now;
    job.polls++;
    if (now - job.acceptedAt < jobMs) return answer(200, { id, status: "generating" });
    job.doneAt ??= now;
    return answer(200, { id, status: "completed", video: { url: `${origin}/video.mp4` } });
  });
});
server.keepAliveTimeout = 120_000;
process.stdin.resume().on("end", () => process.exit());
server.listen(0, "127.0.0.1", 4_096, () => {
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  console.log(origin);
});
