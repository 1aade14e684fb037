// Measures many concurrent generations, from acceptance to callback.

import { setTimeout as pause } from "node:timers/promises";
import type { Child } from "../harness/child.ts";
import { drive, first, spread } from "../harness/load.ts";
import { cpuMs, memoryKb, mostObjects } from "../harness/machine.ts";
import { percentile } from "../harness/stats.ts";
import type { ServerKind } from "../servers.ts";
import { type Figures, progressOf, reset, seenBy, withServer } from "./figures.ts";

const INTERVAL_SECONDS = 10;
const JOB_SECONDS = 35;

/** A callback that has not arrived by then counts as lost. */
const PATIENCE_SECONDS = 300;

/** How long the memory of generations is watched that are only accepted, after the last one. */
const ACCEPTED_SECONDS = 5;

export interface InFlight {
  readonly generations: number;
  /** Time that a video takes until its headers; 0 if absent. */
  readonly videoMs?: number;
}

/** Submits evenly over one poll interval, so that polls are spread over time. A slow server takes longer to accept. */
export function inFlight(kind: ServerKind, standIn: Child, { generations, videoMs = 0 }: InFlight): Promise<Figures> {
  const { isAcceptingOnly = false } = kind;
  return withServer(kind, standIn, INTERVAL_SECONDS, async ({ submission, pids }) => {
    if (generations > mostObjects(pids)) throw new Error("too few open files for so many objects: raise `ulimit -Hn`");
    // Warm up, so that what is loaded once is not counted for the generations.
    await reset(standIn, 3_600, INTERVAL_SECONDS);
    await drive(8, submission, first(20));
    await reset(standIn, JOB_SECONDS, INTERVAL_SECONDS, { video_ms: String(videoMs) });
    const [memory, cpu] = [memoryKb(pids, "VmRSS"), cpuMs(pids)];
    const { served, refused } = await drive(64, submission, spread(generations, INTERVAL_SECONDS * 1000));
    let peak = memoryKb(pids, "VmRSS");
    const patience = performance.now() + (isAcceptingOnly ? ACCEPTED_SECONDS : PATIENCE_SECONDS) * 1000;
    while ((await progressOf(standIn)).called < served && performance.now() < patience) {
      await pause(1_000);
      peak = Math.max(peak, memoryKb(pids, "VmRSS"));
    }
    const spent = cpuMs(pids) - cpu;
    const { jobs, polls, lateness, firstCallbacks } = await seenBy(standIn);
    const ifPolled = (figure: number) => (isAcceptingOnly ? Number.NaN : figure);
    return {
      "lateness p50 ms": percentile(lateness, 0.5),
      "lateness p99 ms": percentile(lateness, 0.99),
      "tick to callback p50 ms": percentile(firstCallbacks, 0.5),
      "tick to callback p99 ms": percentile(firstCallbacks, 0.99),
      "kB a generation": (peak - memory) / generations,
      "CPU ms a generation": ifPolled(spent / generations),
      "polls a generation": polls / jobs,
      refused,
      lost: ifPolled(served - firstCallbacks.length),
    };
  });
}
