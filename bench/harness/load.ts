// Sends requests over a number of connections. Each connection sends the next request once it has an answer.

import { Agent, request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { percentile } from "./stats.ts";

export interface Asking {
  readonly url: string;
  readonly method?: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** All figures but `refused` are of the requests that were answered with 2xx. */
export interface Load {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly served: number;
  /** Answers other than 2xx, and requests without an answer. */
  readonly refused: number;
}

export interface Answer {
  /** 0 if there was none. */
  readonly status: number;
  readonly ms: number;
}

/** Counts a refusal as no work done: otherwise, the server that refuses the most would look the fastest. */
export function loadOf(answers: readonly Answer[], seconds: number): Load {
  const times = answers.filter(({ status }) => status >= 200 && status <= 299).map(({ ms }) => ms);
  return {
    perSecond: times.length / seconds,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    served: times.length,
    refused: answers.length - times.length,
  };
}

/** Whether to send the request with this index, from 0. The promise resolves when it is time to send. */
export type Wanted = (index: number) => boolean | Promise<boolean>;

export const first =
  (count: number): Wanted =>
  (index) =>
    index < count;

/** Sends requests for `ms` from now, but not more than `most`. */
export function during(ms: number, most: number): Wanted {
  const until = performance.now() + ms;
  return (index) => index < most && performance.now() < until;
}

/** Sends `count` requests evenly over `overMs` from now, or as fast as the server answers if it is slower. */
export function spread(count: number, overMs: number): Wanted {
  const from = performance.now();
  return async (index) => {
    if (index >= count) return false;
    await pause(Math.max(0, from + (index / count) * overMs - performance.now()));
    return true;
  };
}

export async function drive(connections: number, asking: Asking, wanted: Wanted): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const answers: Answer[] = [];
  let sent = 0;
  const from = performance.now();
  const connection = async () => {
    while (await wanted(sent++)) {
      const at = performance.now();
      const status = await ask(agent, asking).catch(() => 0);
      answers.push({ status, ms: performance.now() - at });
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
  agent.destroy();
  return loadOf(answers, (performance.now() - from) / 1000);
}

/** A request without an answer by then counts as refused. */
const TIMEOUT_MS = 60_000;

function ask(agent: Agent, { url, method = "POST", headers, body = "" }: Asking): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      agent,
      method,
      timeout: TIMEOUT_MS,
      headers: { ...headers, "content-length": Buffer.byteLength(body) },
    });
    outgoing.on("response", (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
      response.on("error", reject);
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
