// A queue of submissions for a provider with limits. Each job of the queue submits, and holds its slot of the worker
// until the provider's job is done. BullMQ's `concurrency` and `limiter` are set to the provider's limits.

import { setTimeout as pause } from "node:timers/promises";
import { Queue, Worker } from "bullmq";
import type { Redis } from "ioredis";

export interface LineOptions<T> {
  readonly connection: Redis;
  readonly provider: string;
  readonly intervalMs: number;
  /** Jobs at once; 100 if undefined. */
  readonly places: string | undefined;
  /** Submissions a second; unlimited if undefined. */
  readonly perSecond: string | undefined;
  finish(job: string, videoUrl: string, wanted: T): Promise<void>;
}

interface Waiting<T> {
  readonly input: object;
  readonly wanted: T;
}

const RETRIES = {
  removeOnComplete: true,
  attempts: 20,
  backoff: { type: "exponential", delay: 1_000, jitter: 0.5 },
} as const;

/** @returns a function that puts a generation at the end of the line. */
export function openLine<T>({ connection, provider, intervalMs, places, perSecond, finish }: LineOptions<T>) {
  const url = `${provider}/v2/video/generations`;
  const waiting = new Queue<Waiting<T>, void, string>("line", { connection });
  new Worker<Waiting<T>>(
    "line",
    async ({ data: { input, wanted } }) => {
      const submitted = await fetch(url, { method: "POST", body: JSON.stringify(input) });
      if (!submitted.ok) throw new Error(`POST ${url}: ${submitted.status}`);
      const { id } = (await submitted.json()) as { id: string };
      for (;;) {
        await pause(intervalMs);
        const answer = await fetch(`${url}?generation_id=${id}`);
        const { video } = (await answer.json()) as { video?: { url: string } };
        if (video !== undefined) return finish(id, video.url, wanted);
      }
    },
    {
      connection,
      concurrency: Number(places ?? 100),
      ...(perSecond === undefined ? {} : { limiter: { max: Number(perSecond), duration: 1_000 } }),
    },
  );
  return async (input: object, wanted: T) => {
    const { id, timestamp } = await waiting.add("generation", { input, wanted }, RETRIES);
    return { id, status: "queued", created_at: new Date(timestamp).toISOString() };
  };
}
