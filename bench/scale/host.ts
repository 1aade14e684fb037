// Simulates a webhook host that goes down for an hour just as a batch of generations ends, all of which call it.

import { jittered } from "../../src/core/backoff.ts";
import { chanceFrom } from "../../test/simulation/plan.ts";
import { Agenda, Gate, STEP } from "./steps.ts";

export interface Host {
  /** Callbacks of generations that end within a minute, just after the host went down. */
  readonly callbacks: number;
  /** Requests per second that the host can handle; it fails the rest. */
  readonly limit: number;
  readonly retryDelaysMs: readonly number[];
  /** False shows what the schedule would do without jitter. */
  readonly isJittered: boolean;
  /** Most calls per second to one host (planned); null for no cap (as built). */
  readonly cap: number | null;
}

export interface HostFigures {
  /** Calls in the busiest second after the host came back. */
  readonly peak: number;
  /** Fraction of the calls after that which failed again. */
  readonly failed: number;
  /** Seconds from the return of the host until each callback was delivered. */
  readonly delivered: readonly number[];
  readonly lost: number;
}

interface Callback {
  tries: number;
}

const DOWN_SECONDS = 3_600;
const BATCH_SECONDS = 60;

/** Long enough for every retry that an outage of an hour can cause. */
const SECONDS = 24 * 3_600;

export function simulateHost({ callbacks, limit, retryDelaysMs, isJittered, cap }: Host): HostFigures {
  const random = chanceFrom(3);
  const agenda = new Agenda<Callback>();
  const host = new Gate(limit);
  const ours = cap === null ? null : new Gate(cap);
  const queue: Callback[] = [];
  const bySecond = new Map<number, number>();
  const delivered: number[] = [];
  let [calls, lost] = [0, 0];

  function call(callback: Callback, now: number): void {
    const back = now - DOWN_SECONDS;
    if (back >= 0) {
      calls++;
      bySecond.set(Math.floor(back), (bySecond.get(Math.floor(back)) ?? 0) + 1);
      if (host.pass()) {
        delivered.push(back);
        return;
      }
    }
    const delayMs = retryDelaysMs[callback.tries++];
    if (delayMs === undefined) lost++;
    else agenda.add(now + Math.max(STEP, (isJittered ? jittered(delayMs, random()) : delayMs) / 1000), callback);
  }

  for (let at = 0; at < callbacks; at++) agenda.add((at / callbacks) * BATCH_SECONDS, { tries: 0 });
  for (let step = 0; step * STEP < SECONDS && delivered.length + lost < callbacks; step++) {
    const now = step * STEP;
    host.nextStep();
    ours?.nextStep();
    for (const callback of agenda.take(step)) {
      if (ours === null) call(callback, now);
      else queue.push(callback);
    }
    let served = 0;
    while (served < queue.length && ours?.pass() === true) call(queue[served++] as Callback, now);
    queue.splice(0, served);
  }
  return { peak: Math.max(...bySecond.values()), failed: (calls - delivered.length) / calls, delivered, lost };
}
