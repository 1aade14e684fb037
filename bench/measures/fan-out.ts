// Measures the time from the poll that reported a job done to the call of its last webhook.

import { setTimeout as pause } from "node:timers/promises";
import type { Child } from "../harness/child.ts";
import { drive, first, spread } from "../harness/load.ts";
import { cpuMs } from "../harness/machine.ts";
import { percentile } from "../harness/stats.ts";
import type { ServerKind } from "../servers.ts";
import { type Figures, progressOf, reset, seenBy, withServer } from "./figures.ts";

const INTERVAL_SECONDS = 1;
const JOB_SECONDS = 1.5;

export interface FanOut {
  readonly webhooks: number;
  readonly generations: number;
  /** Time between generations. If fan-outs overlap, they measure the throughput of the machine instead. */
  readonly everyMs: number;
}

export function fanOut(kind: ServerKind, standIn: Child, { webhooks, generations, everyMs }: FanOut): Promise<Figures> {
  return withServer(kind, standIn, INTERVAL_SECONDS, async ({ submission, pids }) => {
    await reset(standIn, 0, INTERVAL_SECONDS);
    const until = async (calls: number) => {
      const patience = performance.now() + 60_000;
      while ((await progressOf(standIn)).calls < calls && performance.now() < patience) await pause(100);
    };
    await drive(1, submission, first(3));
    await until(3 * webhooks);
    await reset(standIn, JOB_SECONDS, INTERVAL_SECONDS);
    const cpu = cpuMs(pids);
    await drive(8, submission, spread(generations, generations * everyMs));
    await until(generations * webhooks);
    const { calls } = await progressOf(standIn);
    const { lastCallbacks } = await seenBy(standIn);
    return {
      "p50 ms": percentile(lastCallbacks, 0.5),
      "p99 ms": percentile(lastCallbacks, 0.99),
      "CPU ms a generation": (cpuMs(pids) - cpu) / generations,
      lost: generations * webhooks - calls,
    };
  });
}
