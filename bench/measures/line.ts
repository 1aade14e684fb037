// Measures a burst of generations from two accounts at a provider with limits: how well its places are used, how many
// submissions it refuses, and in which order it accepts them.

import type { Child } from "../harness/child.ts";
import type { DoorSeen } from "../harness/door.ts";
import { drive, first } from "../harness/load.ts";
import { cpuMs } from "../harness/machine.ts";
import { AUTHORIZED, OTHER_AUTHORIZED, type Server, type ServerKind } from "../servers.ts";
import { allCalled, type Figures, reset, seenBy, withServer } from "./figures.ts";

export interface Burst {
  readonly generations: number;
  /** Duration of a job. */
  readonly jobSeconds: number;
  readonly intervalSeconds: number;
  /** Limits of the provider: jobs at once, submissions a second, polls a second. No limit if absent. */
  readonly places?: number;
  readonly perSecond?: number;
  readonly pollsPerSecond?: number;
}

const CONNECTIONS = 64;
const WARM_UP = 3;
const WARM_UP_PATIENCE_MS = 30_000;

/** A generation without a callback after this multiple of the ideal time counts as lost. */
const PATIENCE = 2.5;

/**
 * The time in which all jobs can be done if every place is always in use. A job holds its place until the first poll
 * after its end. Choose an interval that does not divide the duration of a job; otherwise a millisecond decides which
 * poll that is.
 */
export function idealSeconds({ generations, jobSeconds, intervalSeconds, places, perSecond }: Burst): number {
  const held = Math.ceil(jobSeconds / intervalSeconds) * intervalSeconds;
  const byPlaces = Math.ceil(generations / (places ?? generations)) * held;
  const byRate = Math.ceil(generations / (perSecond ?? generations)) - 1 + held;
  return Math.max(byPlaces, byRate);
}

/**
 * `throughput ÷ ideal` is measured from the first acceptance to the poll that sees the last job done, `time ÷ ideal`
 * from the first request to the last callback. If generations were lost, both are measured over the whole run.
 */
export function line(kind: ServerKind, standIn: Child, burst: Burst): Promise<Figures> {
  const { generations, jobSeconds, intervalSeconds } = burst;
  const idealMs = idealSeconds(burst) * 1000;
  return withServer(kind, standIn, intervalSeconds, async (server) => {
    await reset(standIn, 0, intervalSeconds);
    await drive(1, server.submission, first(WARM_UP));
    await allCalled(standIn, WARM_UP, WARM_UP_PATIENCE_MS);
    await reset(standIn, jobSeconds, intervalSeconds, limitsOf(burst));
    const cpu = cpuMs(server.pids);
    const from = performance.now();
    const [created] = await Promise.all([
      submit(server, generations),
      allCalled(standIn, generations, PATIENCE * idealMs),
    ]);
    const ms = performance.now() - from;
    const { spanMs, firstCallbacks, door } = await seenBy(standIn);
    const done = firstCallbacks.length;
    const { accepted, refused, onTheWay, probes, refusedPolls, order } = door;
    return {
      "throughput ÷ ideal": (done / generations) * (idealMs / (done < generations ? ms : spanMs)),
      "time ÷ ideal": ms / idealMs,
      accepted,
      refused,
      "on the way": onTheWay,
      probes,
      "avoidable ÷ accepted": (refused - onTheWay - probes) / accepted,
      "refused polls": refusedPolls,
      "most at once": door.most,
      inversions: inversionsIn(door, created),
      "CPU ms a generation": (cpuMs(server.pids) - cpu) / generations,
      "submitted twice": order.length - new Set(order).size,
      lost: generations - done,
    };
  });
}

const limitsOf = ({ places, perSecond, pollsPerSecond }: Burst): Readonly<Record<string, string>> => ({
  ...(places === undefined ? {} : { places: String(places) }),
  ...(perSecond === undefined ? {} : { per_second: String(perSecond), retry_after: "yes" }),
  ...(pollsPerSecond === undefined ? {} : { polls_per_second: String(pollsPerSecond) }),
});

interface Created {
  readonly account: number;
  readonly at: number;
}

/** Submits as fast as the server answers, from two accounts in turn. @returns the generations by their prompts. */
async function submit({ submission }: Server, generations: number): Promise<ReadonlyMap<string, Created>> {
  const created = new Map<string, Created>();
  const input = JSON.parse(submission.body ?? "{}") as object;
  const accounts = [AUTHORIZED, OTHER_AUTHORIZED];
  let sent = 0;
  const connection = async () => {
    for (let index = sent++; index < generations; index = sent++) {
      const account = index % accounts.length;
      const prompt = `Number ${index} in the park, at dawn.`;
      const answer = await fetch(submission.url, {
        method: "POST",
        headers: { ...submission.headers, ...accounts[account] },
        body: JSON.stringify({ ...input, prompt }),
      });
      if (answer.status !== 202) throw new Error(`POST /v1/generations: ${answer.status} ${await answer.text()}`);
      const { created_at } = (await answer.json()) as { created_at: string };
      created.set(prompt, { account, at: Date.parse(created_at) });
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  return created;
}

/**
 * Pairs of generations of one account that were accepted in reverse order of creation. Leaves out generations that were
 * accepted early (`acceptedEarly`), and pairs created in the same millisecond.
 */
function inversionsIn({ order, acceptedEarly }: DoorSeen, created: ReadonlyMap<string, Created>): number {
  const inLine = order.slice(acceptedEarly).flatMap((prompt) => created.get(prompt) ?? []);
  return inLine.reduce((sum, { account, at }, index) => {
    const overtaken = inLine.slice(0, index).filter((earlier) => earlier.account === account && earlier.at > at);
    return sum + overtaken.length;
  }, 0);
}
