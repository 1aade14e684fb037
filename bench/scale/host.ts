// Simulates a webhook host that goes down for an hour just as a batch of generations ends, all of which call it.

import { jittered } from "../../src/core/backoff.ts";
import { afterAnswer, type HostLine, isOpen, lineAt, takeTurn } from "../../src/core/webhooks/host-line.ts";
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
  /** Turns per second in the line of a failing host; null for no line. */
  readonly perSecond: number | null;
}

export interface HostFigures {
  /** Calls during the outage. */
  readonly inVain: number;
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
  /** The turn that it was given, in milliseconds since the start; null if it has none. */
  turnAt: number | null;
}

const DOWN_SECONDS = 3_600;
const BATCH_SECONDS = 60;

/** Long enough for every retry that an outage of an hour can cause. */
const SECONDS = 24 * 3_600;

export function simulateHost({ callbacks, limit, retryDelaysMs, isJittered, perSecond }: Host): HostFigures {
  const random = chanceFrom(3);
  const agenda = new Agenda<Callback>();
  const host = new Gate(limit);
  const bySecond = new Map<number, number>();
  const delivered: number[] = [];
  let line: HostLine | null = null;
  let [inVain, calls, lost] = [0, 0, 0];

  function isAccepted(now: number): boolean {
    const back = now - DOWN_SECONDS;
    if (back < 0) {
      inVain++;
      return false;
    }
    calls++;
    bySecond.set(Math.floor(back), (bySecond.get(Math.floor(back)) ?? 0) + 1);
    if (!host.pass()) return false;
    delivered.push(back);
    return true;
  }

  /** Whether the callback is sent now. If not, it has a turn. */
  function hasTurn(callback: Callback, now: number): boolean {
    line = line && lineAt(line, now);
    if (line === null || perSecond === null || !isOpen(line)) return true;
    const turn = takeTurn(line, { turnAt: callback.turnAt, perSecond, now });
    line = turn.line;
    callback.turnAt = turn.turnAt;
    return turn.turnAt === null;
  }

  for (let at = 0; at < callbacks; at++) agenda.add((at / callbacks) * BATCH_SECONDS, { tries: 0, turnAt: null });
  for (let step = 0; step * STEP < SECONDS && delivered.length + lost < callbacks; step++) {
    const now = step * STEP;
    const nowMs = Math.round(now * 1000);
    host.nextStep();
    for (const callback of agenda.take(step)) {
      if (!hasTurn(callback, nowMs)) {
        agenda.add(Math.max(now + STEP, (callback.turnAt ?? nowMs) / 1000), callback);
        continue;
      }
      callback.turnAt = null;
      const isDelivered = isAccepted(now);
      line = afterAnswer(line, !isDelivered, nowMs);
      if (isDelivered) continue;
      const delayMs = retryDelaysMs[callback.tries++];
      if (delayMs === undefined) lost++;
      else agenda.add(now + Math.max(STEP, (isJittered ? jittered(delayMs, random()) : delayMs) / 1000), callback);
    }
  }
  return { inVain, peak: Math.max(...bySecond.values()), failed: (calls - delivered.length) / calls, delivered, lost };
}
