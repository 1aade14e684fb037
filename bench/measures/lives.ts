// Measures the CPU time of each phase of a generation's life, from acceptance to callback, in a life of 21 polls. The
// polls are a second apart, so that such a life takes 21 seconds instead of three and a half minutes.

import { setTimeout as pause } from "node:timers/promises";
import type { Child } from "../harness/child.ts";
import { drive, first, spread } from "../harness/load.ts";
import { cpuMs } from "../harness/machine.ts";
import type { ServerKind } from "../servers.ts";
import { allCalled, type Figures, reset, seenBy, withServer } from "./figures.ts";

const POLLS = 21;
const INTERVAL_SECONDS = 1;

/** Ends well before the last poll, because the polls of a Workflow drift: each sleep begins after the previous poll. */
const JOB_SECONDS = (POLLS - 0.25) * INTERVAL_SECONDS;

const WARM_UP = 20;
const PATIENCE_MS = 60_000;

/** Time for what follows the last callback, such as reports. */
const SETTLE_MS = 1_000;

/** Submits evenly over one interval: it ends when the first poll begins, so that the phases do not overlap. */
export function lives(kind: ServerKind, standIn: Child, generations: number): Promise<Figures> {
  return withServer(kind, standIn, INTERVAL_SECONDS, async ({ submission, pids }) => {
    await reset(standIn, 0, INTERVAL_SECONDS);
    await drive(8, submission, first(WARM_UP));
    await allCalled(standIn, WARM_UP, PATIENCE_MS);
    await pause(SETTLE_MS);
    await reset(standIn, JOB_SECONDS, INTERVAL_SECONDS);
    const [from, before] = [performance.now(), cpuMs(pids)];
    const { served, refused } = await drive(32, submission, spread(generations, INTERVAL_SECONDS * 1000));
    const accepted = cpuMs(pids);
    await pause(from + JOB_SECONDS * 1000 - performance.now());
    const polled = cpuMs(pids);
    await allCalled(standIn, served, JOB_SECONDS * 1000 + PATIENCE_MS);
    await pause(SETTLE_MS);
    const ended = cpuMs(pids);
    const { jobs, polls, firstCallbacks } = await seenBy(standIn);
    return {
      "CPU ms a life": (ended - before) / served,
      acceptance: (accepted - before) / served,
      "a poll": (polled - accepted) / served / (POLLS - 1),
      "last poll and end": (ended - polled) / served,
      "polls a generation": polls / jobs,
      refused,
      lost: served - firstCallbacks.length,
    };
  });
}
