// Simulates the provider and the webhook receiver, in a separate process. GET /seen returns what they recorded, GET
// /progress counts callbacks. POST /reset?seconds=<duration of a job>&interval=<seconds between polls> clears both, and
// sets the provider's limits (door.ts): &places, &per_second, &polls_per_second and &retry_after=yes. &video_ms is the time
// that a video takes until its headers, 0 by default.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { catalogueAnswer } from "./catalogue.ts";
import { Door, type DoorSeen } from "./door.ts";

/** Small, because the local R2 simulator copies bytes in the same thread. The copy benches measure large videos. */
const VIDEO = Buffer.alloc(1_000, 0x5a);
VIDEO.set([0, 0, 0, 0x20, 0x66, 0x74, 0x79, 0x70, 0x69, 0x73, 0x6f, 0x6d]);

interface Job {
  readonly acceptedAt: number;
  /** Time of acceptance or of the last poll. */
  heardAt: number;
  polls: number;
  doneAt: number | null;
  /** Time of each webhook call. */
  readonly calledAt: number[];
}

export interface Seen {
  readonly jobs: number;
  readonly polls: number;
  /** Of each poll: milliseconds beyond one interval after the previous poll or the acceptance. */
  readonly lateness: readonly number[];
  /** Of each finished job: milliseconds from the poll that reported it done to its first and to its last callback. */
  readonly firstCallbacks: readonly number[];
  readonly lastCallbacks: readonly number[];
  /** Milliseconds from the first acceptance to the newest first poll that reported a job done; 0 if none has. */
  readonly spanMs: number;
  readonly door: DoorSeen;
}

let jobs = new Map<string, Job>();
let jobMs = 35_000;
let intervalMs = 10_000;
let videoMs = 0;
let lateness: number[] = [];
let [calls, called] = [0, 0];
let door = doorFor(new URLSearchParams());
let origin = "";

function doorFor(query: URLSearchParams): Door {
  const limit = (name: string) => Number(query.get(name) ?? Number.POSITIVE_INFINITY);
  return new Door({
    places: limit("places"),
    perSecond: limit("per_second"),
    pollsPerSecond: limit("polls_per_second"),
    hasRetryAfter: query.get("retry_after") === "yes",
    jobMs,
    intervalMs,
  });
}

function seen(): Seen {
  const done = [...jobs.values()].filter(({ doneAt, calledAt }) => doneAt !== null && calledAt.length > 0);
  const [first] = jobs.values();
  const lastDoneAt = [...jobs.values()].reduce((last, { doneAt }) => Math.max(last, doneAt ?? 0), 0);
  return {
    jobs: jobs.size,
    polls: [...jobs.values()].reduce((sum, { polls }) => sum + polls, 0),
    lateness,
    firstCallbacks: done.map(({ doneAt, calledAt }) => Math.min(...calledAt) - Number(doneAt)),
    lastCallbacks: done.map(({ doneAt, calledAt }) => Math.max(...calledAt) - Number(doneAt)),
    spanMs: Math.max(0, lastDoneAt - (first?.acceptedAt ?? 0)),
    door: door.seen(),
  };
}

const server = createServer((request, response) => {
  const now = performance.now();
  const url = new URL(request.url ?? "/", origin);
  const answer = (status: number, body: object, headers = {}) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };
  const refuse = (headers = {}) => answer(429, { message: "Too many requests." }, headers);
  let text = "";
  request.setEncoding("utf8");
  request.on("data", (chunk) => {
    text += chunk;
  });
  request.on("end", () => {
    if (url.pathname === "/reset") {
      [jobs, lateness, calls, called] = [new Map(), [], 0, 0];
      jobMs = Number(url.searchParams.get("seconds")) * 1000;
      intervalMs = Number(url.searchParams.get("interval")) * 1000;
      videoMs = Number(url.searchParams.get("video_ms") ?? 0);
      door = doorFor(url.searchParams);
      return answer(200, {});
    }
    if (url.pathname === "/seen") return answer(200, seen());
    if (url.pathname === "/progress") return answer(200, { calls, called });
    if (url.pathname.startsWith("/hook")) {
      const body = JSON.parse(text) as { data?: { provider?: { id?: string } }; job?: string };
      const job = jobs.get(body.job ?? body.data?.provider?.id ?? "");
      if (job?.calledAt.length === 0) called++;
      calls++;
      job?.calledAt.push(now);
      response.writeHead(204);
      return response.end();
    }
    if (url.pathname === "/video.mp4") {
      return void setTimeout(() => {
        response.writeHead(200, { "content-type": "video/mp4", "content-length": VIDEO.byteLength });
        response.end(VIDEO);
      }, videoMs);
    }
    if (request.method === "POST") {
      const { prompt } = JSON.parse(text) as { prompt?: string };
      const admission = door.submit(now, prompt ?? "");
      if (!admission.isAccepted) {
        return refuse(admission.retryAfter === undefined ? {} : { "retry-after": admission.retryAfter });
      }
      const id = `job-${jobs.size}-${Math.random().toString(36).slice(2)}`;
      jobs.set(id, { acceptedAt: now, heardAt: now, polls: 0, doneAt: null, calledAt: [] });
      return answer(201, { id, status: "queued" });
    }
    const known = catalogueAnswer(url.pathname, origin);
    if (known !== null) return answer(200, known);
    if (!door.poll(now)) return refuse();
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
