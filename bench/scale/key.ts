// Simulates a provider key with limits: generations submit and poll until their jobs have ended. With the line, the rules
// are those of src/core. Without it, refused submissions and polls are each repeated after a growing, jittered wait.

import { backoff } from "../../src/core/backoff.ts";
import { type Grid, slotFrom, slotTime } from "../../src/core/generation/grid.ts";
import { POLL_BACKOFF } from "../../src/core/generation/poll.ts";
import type { Polling } from "../../src/core/generation/record.ts";
import { afterUsable, resumedAt, stretched, stretchedSlot } from "../../src/core/generation/stretch.ts";
import { RESUBMIT_BACKOFF } from "../../src/core/generation/transitions.ts";
import { chanceFrom } from "../../test/simulation/plan.ts";
import { KeyLine, REMEMBERED_SECONDS } from "./key-line.ts";
import { Agenda, Gate, STEP } from "./steps.ts";

export interface Key {
  /** Generations that are created at the start. */
  readonly burst: number;
  /** Generations that are created per second after that. */
  readonly starts: number;
  /** How long they are created and observed, in seconds. It ends earlier once all generations have ended. */
  readonly seconds: number;
  /** Requests per second that the provider allows: submissions and polls. */
  readonly requestsPerSecond: number;
  /** Jobs that the provider takes at once. */
  readonly places: number;
  readonly hasLine: boolean;
  readonly intervalSeconds: number;
  readonly jobSeconds: number;
  /** Limits the time from acceptance by the provider. */
  readonly timeoutSeconds: number;
  /** Limits the time until acceptance by the provider. */
  readonly queueTimeoutSeconds: number;
}

export interface KeyFigures {
  readonly created: number;
  /** Seconds from the creation of each generation until the provider accepted its job, in the order of acceptance. */
  readonly accepted: readonly number[];
  /** Seconds from the end of each job until a poll saw it. */
  readonly seen: readonly number[];
  readonly timedOut: number;
  readonly submissions: { readonly sent: number; readonly refused: number };
  readonly polls: { readonly sent: number; readonly refused: number };
  /** Generations that were accepted after one that was created later, by more than a minute. */
  readonly overtaken: number;
  /** When the last generation ended, in seconds. */
  readonly lastedSeconds: number;
}

export interface Job {
  readonly createdAt: number;
  acceptedAt: number | null;
  /** Refused submissions. */
  refusals: number;
  slot: number;
  polling: Polling;
}

const UNSTRETCHED: Polling = { failures: 0, missing: 0, withoutUrl: 0, resumeSlot: 1, skippedSlots: 0 };
const OVERTAKEN_SECONDS = 60;

export function simulateKey(key: Key): KeyFigures {
  const { burst, starts, places, hasLine, intervalSeconds, jobSeconds, timeoutSeconds, queueTimeoutSeconds } = key;
  const random = chanceFrom(1);
  const intervalMs = intervalSeconds * 1000;
  const agenda = new Agenda<Job>();
  const ends = new Agenda<Job>();
  const gate = new Gate(key.requestsPerSecond, 1 - STEP);
  const line = new KeyLine(intervalMs);
  const [accepted, seen]: [number[], number[]] = [[], []];
  const [submissions, polls] = [
    { sent: 0, refused: 0 },
    { sent: 0, refused: 0 },
  ];
  let [running, timedOut, overtaken, newest, refusedUntil, born, step] = [0, 0, 0, 0, 0, 0, 0];

  const isOver = (job: Job, now: number) => {
    const deadline = job.acceptedAt === null ? job.createdAt + queueTimeoutSeconds : job.acceptedAt + timeoutSeconds;
    return now >= deadline - STEP / 2;
  };

  function pollNext(job: Job, acceptedAt: number): void {
    const grid = gridOf(acceptedAt);
    job.slot = Math.max(job.slot + 1, job.polling.resumeSlot);
    agenda.add(Math.min(slotTime(grid, job.slot) / 1000, acceptedAt + timeoutSeconds), job);
  }

  function gridOf(acceptedAt: number): Grid {
    return { startedAt: Math.round(acceptedAt * 1000), intervalMs };
  }

  function submit(job: Job, now: number): void {
    submissions.sent++;
    const isTaken = gate.pass() && running < places;
    if (hasLine) line.answered(job, isTaken, now);
    if (isTaken) {
      running++;
      job.acceptedAt = now;
      accepted.push(now - job.createdAt);
      if (job.createdAt < newest - OVERTAKEN_SECONDS) overtaken++;
      newest = Math.max(newest, job.createdAt);
      ends.add(now + jobSeconds, job);
      pollNext(job, now);
      return;
    }
    submissions.refused++;
    if (hasLine) return;
    if (isOver(job, now)) timedOut++;
    else {
      const waitMs = backoff(RESUBMIT_BACKOFF, ++job.refusals, random());
      agenda.add(Math.min(now + waitMs / 1000, job.createdAt + queueTimeoutSeconds), job);
    }
  }

  function poll(job: Job, acceptedAt: number, now: number): void {
    polls.sent++;
    const isAnswered = gate.pass();
    const grid = gridOf(acceptedAt);
    const timing = { now: Math.round(now * 1000), random: random() };
    if (!isAnswered) polls.refused++;
    if (isAnswered && now >= acceptedAt + jobSeconds - STEP / 2) {
      seen.push(now - acceptedAt - jobSeconds);
      if (hasLine) line.ended(job, now);
      return;
    }
    if (isOver(job, now)) {
      timedOut++;
      if (hasLine) line.ended(job, now);
      return;
    }
    const { slot, polling } = job;
    if (!isAnswered) refusedUntil = now + REMEMBERED_SECONDS;
    const mustYield = hasLine && !line.isUnknown(now) && now < refusedUntil;
    if (isAnswered) job.polling = { ...afterUsable(polling, { slot, mustYield }, grid, timing), failures: 0 };
    else if (hasLine) {
      const longer = stretched(polling, grid);
      job.polling = resumedAt(longer, { slot, resumeSlot: stretchedSlot(longer, grid, timing) }, grid, timing.now);
    } else {
      const failures = polling.failures + 1;
      const resumeSlot = slotFrom(grid, timing.now + backoff(POLL_BACKOFF, failures, timing.random));
      job.polling = { ...polling, failures, resumeSlot };
    }
    pollNext(job, acceptedAt);
  }

  const isAtEnd = () => starts === 0 && seen.length + timedOut === burst;
  for (; step * STEP < key.seconds && !isAtEnd(); step++) {
    const now = step * STEP;
    gate.nextStep();
    running -= ends.take(step).length;
    const requests = [...agenda.take(step)];
    const due = starts === 0 ? burst : burst + 1 + Math.floor(starts * now + STEP / 10);
    for (; born < due; born++) {
      const job = { createdAt: now, acceptedAt: null, refusals: 0, slot: 0, polling: UNSTRETCHED };
      if (!hasLine || line.isUnknown(now)) requests.push(job);
      else line.join(job);
    }
    requests.push(...line.submitted());
    // Requests of the same moment reach the provider in any order.
    for (const job of shuffled(requests, random)) {
      if (job.acceptedAt === null) submit(job, now);
      else poll(job, job.acceptedAt, now);
    }
    timedOut += line.expire((job) => isOver(job, now));
    line.grant(now);
  }
  const lastedSeconds = step * STEP;
  return { created: born, accepted, seen, timedOut, submissions, polls, overtaken, lastedSeconds };
}

function shuffled(jobs: readonly Job[], random: () => number): Job[] {
  const keyed = jobs.map((job) => ({ job, key: random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ job }) => job);
}
