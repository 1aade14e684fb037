// What is measured of a server, beside a provider that stands in for the real one.

import { setTimeout as pause } from "node:timers/promises";
import type { Child } from "./harness/child.ts";
import { drive } from "./harness/load.ts";
import { cpuMs, residentKb } from "./harness/machine.ts";
import { percentile } from "./harness/stats.ts";
import type { Server, ServerKind } from "./servers.ts";

export type Figures = Readonly<Record<string, number>>;

export interface Seen {
  readonly jobs: number;
  readonly polls: readonly number[];
  readonly lateness: readonly number[];
  readonly callbacks: readonly number[];
  readonly delivered: number;
  readonly hooks: readonly { readonly job: string; readonly at: number }[];
}

const SUBMIT_SECONDS = 8;
const WARM_UP = 200;

/** For each run a server of its own. */
export async function withServer<T>(
  kind: ServerKind,
  standIn: Child,
  intervalSeconds: number,
  measure: (server: Server) => Promise<T>,
): Promise<T> {
  const server = await kind.start(standIn.address, intervalSeconds);
  try {
    return await measure(server);
  } finally {
    await server.stop();
  }
}

const reset = (standIn: Child, query: string) => fetch(`${standIn.address}/reset?${query}`, { method: "POST" });
const seenBy = async (standIn: Child) => (await (await fetch(`${standIn.address}/stats`)).json()) as Seen;

/** How fast generations are accepted, over 32 connections. No job is polled meanwhile. */
export function submission(kind: ServerKind, standIn: Child): Promise<Figures> {
  return withServer(kind, standIn, 600, async ({ submission, pids }) => {
    await reset(standIn, "seconds=3600&interval=600");
    await drive(32, submission, (sent) => sent < WARM_UP);
    const cpu = cpuMs(pids);
    const until = performance.now() + SUBMIT_SECONDS * 1000;
    const load = await drive(32, submission, () => performance.now() < until);
    return {
      "requests a second": load.perSecond,
      "p50 ms": load.p50,
      "p99 ms": load.p99,
      "CPU ms a request": (cpuMs(pids) - cpu) / load.answered,
      refused: load.refused,
    };
  });
}

interface InFlight {
  readonly generations: number;
  readonly intervalSeconds: number;
  readonly jobSeconds: number;
}

/** So many at once, from acceptance to callback. They are accepted evenly over one interval. */
export function inFlight(
  kind: ServerKind,
  standIn: Child,
  { generations, intervalSeconds, jobSeconds }: InFlight,
): Promise<Figures> {
  return withServer(kind, standIn, intervalSeconds, async ({ submission, pids }) => {
    await drive(8, submission, (sent) => sent < 20);
    await reset(standIn, `seconds=${jobSeconds}&interval=${intervalSeconds}`);
    const [memory, cpu] = [residentKb(pids), cpuMs(pids)];
    const from = performance.now();
    let refused = 0;
    for (let sent = 0; sent < generations; ) {
      const due = Math.min(generations, ((performance.now() - from) / (intervalSeconds * 1000)) * generations);
      const now = Math.max(0, Math.floor(due) - sent);
      if (now > 0) refused += (await drive(Math.min(now, 32), submission, (made) => made < now)).refused;
      sent += now;
      await pause(10);
    }
    let peak = residentKb(pids);
    const patience = performance.now() + (jobSeconds + 4 * intervalSeconds + 60) * 1000;
    let seen = await seenBy(standIn);
    while (seen.delivered < generations - refused && performance.now() < patience) {
      await pause(1_000);
      peak = Math.max(peak, residentKb(pids));
      seen = await seenBy(standIn);
    }
    const polls = seen.polls.reduce((sum, each) => sum + each, 0);
    const expected = Math.ceil(jobSeconds / intervalSeconds);
    return {
      "lateness p50 ms": percentile(seen.lateness, 0.5),
      "lateness p99 ms": percentile(seen.lateness, 0.99),
      "tick to callback p50 ms": percentile(seen.callbacks, 0.5),
      "tick to callback p99 ms": percentile(seen.callbacks, 0.99),
      "kB a generation": (peak - memory) / generations,
      "CPU ms a generation": (cpuMs(pids) - cpu) / generations,
      polls,
      "polls missed": Math.max(0, expected * seen.jobs - polls),
      refused,
      lost: generations - refused - seen.delivered,
    };
  });
}

/** How long after a job was seen done its last webhook was called, generation by generation. */
export function fanOut(kind: ServerKind, standIn: Child, webhooks: number): Promise<Figures> {
  const generations = 100;
  return withServer(kind, standIn, 2, async ({ submission }) => {
    await drive(8, submission, (sent) => sent < 10);
    await reset(standIn, "seconds=3&interval=2");
    await drive(8, submission, (sent) => sent < generations);
    const patience = performance.now() + 60_000;
    let seen = await seenBy(standIn);
    while (seen.hooks.length < generations * webhooks && performance.now() < patience) {
      await pause(200);
      seen = await seenBy(standIn);
    }
    const perJob = Map.groupBy(seen.hooks, ({ job }) => job);
    const spans = [...perJob.values()].map((calls) => {
      const times = calls.map(({ at }) => at);
      return Math.max(...times) - Math.min(...times);
    });
    return {
      "p50 ms": percentile(spans, 0.5),
      "p99 ms": percentile(spans, 0.99),
      missing: generations * webhooks - seen.hooks.length,
    };
  });
}
