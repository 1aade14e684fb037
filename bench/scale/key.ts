// Simulates the provider's rate limit: the generations of one key submit and poll until their jobs have ended.

import { backoff } from "../../src/core/backoff.ts";
import { POLL_BACKOFF } from "../../src/core/generation/poll.ts";
import { RESUBMIT_BACKOFF } from "../../src/core/generation/transitions.ts";
import { chanceFrom } from "../../test/simulation/plan.ts";
import { Agenda, Gate, STEP } from "./steps.ts";

export interface Key {
  /** Generations that start per second. */
  readonly starts: number;
  /** Requests per second that the provider allows. */
  readonly limit: number;
  /** `refusals`: refused requests are retried later (as built). `leases`: requests are sent only if there is room (planned). */
  readonly how: "refusals" | "leases";
  readonly intervalSeconds: number;
  readonly jobSeconds: number;
  readonly timeoutSeconds: number;
}

export interface KeyFigures {
  /** Fraction of the requests that were refused. */
  readonly refused: number;
  /** Seconds from the creation of each generation until the provider accepted its job. */
  readonly accepted: readonly number[];
  /** Seconds from the end of each job until a poll saw it. */
  readonly seen: readonly number[];
  /** Fraction of the ended generations that timed out. */
  readonly timedOut: number;
}

interface Job {
  readonly createdAt: number;
  acceptedAt: number | null;
  failures: number;
}

const SECONDS = 3_600;

export function simulateKey(key: Key): KeyFigures {
  const { starts, limit, how, intervalSeconds, jobSeconds, timeoutSeconds } = key;
  const random = chanceFrom(1);
  const agenda = new Agenda<Job>();
  const gate = new Gate(limit);
  const [accepted, seen]: [number[], number[]] = [[], []];
  let [requests, refused, timedOut] = [0, 0, 0];
  // Jobs that wait for a lease: submissions, which go first, and polls.
  const queues: [Job[], Job[]] = [[], []];

  const deadline = (job: Job) => (job.acceptedAt ?? job.createdAt) + timeoutSeconds;
  const isOver = (job: Job, now: number) => now >= deadline(job) - STEP / 2;

  function pollAfter(job: Job, time: number): void {
    const from = job.acceptedAt ?? 0;
    const slot = Math.max(1, Math.ceil((time - from) / intervalSeconds));
    agenda.add(Math.min(from + slot * intervalSeconds, deadline(job)), job);
  }

  function allowed(job: Job, now: number): void {
    requests++;
    job.failures = 0;
    if (job.acceptedAt === null) {
      accepted.push(now - job.createdAt);
      job.acceptedAt = now;
    } else if (now >= job.acceptedAt + jobSeconds - STEP / 2) {
      seen.push(now - job.acceptedAt - jobSeconds);
      return;
    } else if (isOver(job, now)) {
      timedOut++;
      return;
    }
    pollAfter(job, now + STEP);
  }

  function turnedAway(job: Job, now: number): void {
    requests++;
    refused++;
    if (isOver(job, now)) {
      timedOut++;
      return;
    }
    const schedule = job.acceptedAt === null ? RESUBMIT_BACKOFF : POLL_BACKOFF;
    const time = now + backoff(schedule, ++job.failures, random()) / 1000;
    if (job.acceptedAt === null) agenda.add(Math.min(time, deadline(job)), job);
    else pollAfter(job, time);
  }

  let born = 0;
  for (let step = 0; step * STEP < SECONDS; step++) {
    const now = step * STEP;
    for (; born <= starts * now; born++) agenda.add(now, { createdAt: now, acceptedAt: null, failures: 0 });
    gate.nextStep();
    for (const job of agenda.take(step)) {
      if (how === "leases") queues[job.acceptedAt === null ? 0 : 1].push(job);
      else if (gate.pass()) allowed(job, now);
      else turnedAway(job, now);
    }
    for (const queue of queues) {
      let served = 0;
      while (served < queue.length && gate.pass()) allowed(queue[served++] as Job, now);
      queue.splice(0, served);
    }
  }
  return { refused: refused / requests, accepted, seen, timedOut: timedOut / (timedOut + seen.length) };
}
