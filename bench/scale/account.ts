// Simulates an account's object: each generation reports its changes, and repeats a report until it is accepted.

import { backoff } from "../../src/core/backoff.ts";
import { REPORT_BACKOFF } from "../../src/core/generation/report.ts";
import { chanceFrom } from "../../test/simulation/plan.ts";
import { Agenda, Gate, STEP } from "./steps.ts";

export interface Account {
  /** Generations per second that report to this object. */
  readonly starts: number;
  /** Calls per second that the object accepts; it rejects the rest. */
  readonly limit: number;
  /** Time of each reported change, in seconds after acceptance. */
  readonly changes: readonly number[];
}

export interface AccountFigures {
  /** Seconds from each change until the account knew of it, or of a later one. */
  readonly known: readonly number[];
  /** Fraction of the calls that were rejected. */
  readonly refused: number;
}

interface Reporter {
  readonly createdAt: number;
  /** Times of the changes that the account does not know of yet. */
  unknown: number[];
  failures: number;
  isWaiting: boolean;
}

const SECONDS = 1_200;

export function simulateAccount({ starts, limit, changes }: Account): AccountFigures {
  const random = chanceFrom(2);
  const happening = new Agenda<Reporter>();
  const reporting = new Agenda<Reporter>();
  const gate = new Gate(limit);
  const known: number[] = [];
  let [calls, refused, born] = [0, 0, 0];

  function report(reporter: Reporter, now: number): void {
    calls++;
    reporter.isWaiting = !gate.pass();
    if (reporter.isWaiting) {
      refused++;
      reporting.add(now + Math.max(STEP, backoff(REPORT_BACKOFF, ++reporter.failures, random()) / 1000), reporter);
      return;
    }
    known.push(...reporter.unknown.map((at) => now - at));
    reporter.unknown = [];
    reporter.failures = 0;
  }

  for (let step = 0; step * STEP < SECONDS; step++) {
    const now = step * STEP;
    for (; born <= starts * now; born++) {
      const reporter = { createdAt: now, unknown: [], failures: 0, isWaiting: false };
      for (const at of changes) happening.add(now + at, reporter);
    }
    gate.nextStep();
    for (const reporter of reporting.take(step)) report(reporter, now);
    for (const reporter of happening.take(step)) {
      reporter.unknown.push(now);
      // A report that waits for its retry will carry the newest state anyway.
      if (!reporter.isWaiting) report(reporter, now);
    }
  }
  return { known, refused: refused / calls };
}
