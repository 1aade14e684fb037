// A provider that takes only so many jobs at once, each of the same duration, over real HTTP on loopback. It keeps a
// ledger, from which tests count how its places were used.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { madeUpVideo } from "./scenario.ts";

/** `created` is noted by the test. `done` is the first poll of a job that reports its end. */
export type Kind = "created" | "accepted" | "refused" | "poll" | "done";

export interface Noted {
  readonly kind: Kind;
  /** Milliseconds on a monotonic clock. */
  readonly at: number;
  /** The generation. */
  readonly id: string;
  /** Which of its submissions, counted from 1. 0 for a poll. */
  readonly attempt: number;
  /** Jobs at the provider after this, until their end has been seen. */
  readonly taken: number;
  /** The limit at this time. */
  readonly places: number;
}

interface Job {
  readonly id: string;
  readonly endsAt: number;
  isSeen: boolean;
}

/** A prompt that the provider refuses with 400. */
export const INVALID = "an invalid prompt";

const VIDEO = Buffer.from(madeUpVideo(1_000).buffer);

export class LimitedProvider {
  /** Jobs that it takes at once. May be changed at any time. */
  places: number;
  readonly ledger: Noted[] = [];
  readonly #jobMs: number;
  readonly #jobs = new Map<string, Job>();
  /** Called after each note. */
  onNote: (noted: Noted) => void = () => {};
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  #url = "";
  #taken = 0;

  constructor({ places, jobMs }: { readonly places: number; readonly jobMs: number }) {
    this.places = places;
    this.#jobMs = jobMs;
  }

  get url(): string {
    return this.#url;
  }

  async start(): Promise<void> {
    // If it closed an idle connection while a request arrives, the outcome of a submission would be unknown.
    this.#server.keepAliveTimeout = 120_000;
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.#url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  note(kind: Kind, id: string, attempt = 0): void {
    const { places } = this;
    const noted = { kind, at: performance.now(), id, attempt, taken: this.#taken, places };
    this.ledger.push(noted);
    this.onNote(noted);
  }

  noted(kind: Kind): Noted[] {
    return this.ledger.filter((noted) => noted.kind === kind);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", this.#url);
    let body = "";
    for await (const part of request) body += part;
    if (pathname === "/video.mp4") {
      response.writeHead(200, { "content-type": "video/mp4", "content-length": VIDEO.byteLength }).end(VIDEO);
    } else if (request.method === "POST") {
      const [id = "", , attempt = ""] = String(request.headers["x-client-request-id"]).split(".");
      if (body.includes(INVALID)) respond(response, 400, { message: "The prompt is invalid." });
      else this.#submit(response, id, Number(attempt));
    } else {
      this.#poll(response, searchParams.get("generation_id") ?? "");
    }
  }

  #submit(response: ServerResponse, id: string, attempt: number): void {
    const now = performance.now();
    const running = [...this.#jobs.values()].filter(({ endsAt }) => endsAt > now).length;
    if (running >= this.places) {
      this.note("refused", id, attempt);
      respond(response, 429, { message: "Too many jobs." });
      return;
    }
    const job = `job-${this.#jobs.size}`;
    this.#jobs.set(job, { id, endsAt: now + this.#jobMs, isSeen: false });
    this.#taken++;
    this.note("accepted", id, attempt);
    respond(response, 201, { id: job, status: "queued" });
  }

  #poll(response: ServerResponse, name: string): void {
    const job = this.#jobs.get(name);
    if (job === undefined) {
      respond(response, 404, { message: "Not found." });
      return;
    }
    this.note("poll", job.id);
    const isDone = job.endsAt <= performance.now();
    if (isDone && !job.isSeen) {
      job.isSeen = true;
      this.#taken--;
      this.note("done", job.id);
    }
    const video = { url: `${this.#url}/video.mp4` };
    respond(response, 200, isDone ? { id: name, status: "completed", video } : { id: name, status: "generating" });
  }
}

function respond(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

export interface Standstill {
  /** The longest one, in polls of the jobs that ran meanwhile. If none ran, in poll intervals. */
  readonly longest: number;
  /** The same for all of them together, times the places that were free. */
  readonly total: number;
}

/** When places were free although generations waited. An acceptance ends it, because it shows that the line moves. */
export function standstill(ledger: readonly Noted[], intervalMs: number): Standstill {
  let [longest, total, waiting] = [0, 0, 0];
  let period: { readonly since: number; readonly free: number; readonly polls: Map<string, number> } | null = null;
  for (const { kind, at, id, taken, places } of ledger) {
    if (kind === "created") waiting++;
    if (kind === "accepted") waiting--;
    if (period !== null && kind === "poll") period.polls.set(id, (period.polls.get(id) ?? 0) + 1);
    const isFree = taken < places && waiting > 0;
    if (period !== null && (!isFree || kind === "accepted")) {
      const { since, free, polls } = period;
      const length = polls.size === 0 ? Math.floor((at - since) / intervalMs) : Math.max(...polls.values());
      longest = Math.max(longest, length);
      total += length * free;
      period = null;
    }
    if (isFree) period ??= { since: at, free: places - taken, polls: new Map() };
  }
  return { longest, total };
}

/**
 * Refused submissions beyond those that cannot be avoided: first submissions, which were on their way before the line
 * was known, and one probe per poll interval.
 */
export function avoidableRefusals(ledger: readonly Noted[], intervalMs: number): number {
  const refused = ledger.filter(({ kind, attempt }) => kind === "refused" && attempt > 1);
  const first = ledger.find(({ kind }) => kind === "refused")?.at ?? 0;
  const intervals = new Set(refused.map(({ at }) => Math.floor((at - first) / intervalMs)));
  return refused.length - intervals.size;
}
