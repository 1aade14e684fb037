// The provider's rate limit: generations of one key, which submit and poll until their jobs have ended.

import { backoff } from "../../src/core/backoff.ts";
import { POLL_BACKOFF } from "../../src/core/generation/poll.ts";
import { RESUBMIT_BACKOFF } from "../../src/core/generation/transitions.ts";
import { chanceFrom } from "../../test/simulation/plan.ts";
import { Agenda, Gate, STEP } from "./steps.ts";

export interface Key {
  /** Generations a second. */
  readonly starts: number;
  /** Requests a second that the provider allows. */
  readonly limit: number;
  /** Refused and tried again later, as it is built; or sent only when there is room, as it is planned. */
  readonly how: "refusals" | "leases";
  readonly intervalSeconds: number;
  readonly jobSeconds: number;
  readonly timeoutSeconds: number;
}

export interface KeyFigures {
  /** Of the requests, the part that was refused. */
  readonly refused: number;
  /** Seconds from a request for a generation until the provider took it. */
  readonly accepted: readonly number[];
  /** Seconds from the end of a job until that was seen. */
  readonly seen: readonly number[];
  /** Of the generations that came to an end, the part that ran out of time. */
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
  // Who waits for a lease: submissions, which go first, and polls.
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
