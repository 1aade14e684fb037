// The benches of bursts at a provider with limits: the bursts, the contenders and the goals.

import type { Burst } from "./measures/line.ts";
import { bullmqTold } from "./peers.ts";
import { reelhook, type ServerKind } from "./servers.ts";

interface Line {
  readonly name: string;
  readonly title: string;
  readonly burst: Burst;
  readonly kinds: readonly ServerKind[];
  /** Needs Redis. */
  readonly peer: ServerKind;
  readonly goals: readonly { readonly column: string; readonly atLeast?: number; readonly atMost?: number }[];
}

/** Limits the time from acceptance to the end. Shorter than the wait in line, which must not count. */
const DEADLINE = { GENERATION_TIMEOUT_SECONDS: "20" };

const NOTHING_LOST = [
  { column: "submitted twice", atMost: 0 },
  { column: "lost", atMost: 0 },
];

const PLACES_USED = [
  { column: "throughput ÷ ideal", atLeast: 0.9 },
  { column: "avoidable ÷ accepted", atMost: 0.1 },
];

/** @param project folder of the checkout to measure. */
export function linesIn(project: string): readonly Line[] {
  const learning = reelhook({ project, settings: DEADLINE });
  const told = reelhook({
    name: "Reelhook, PROVIDER_MAX_CONCURRENT",
    project,
    settings: { ...DEADLINE, PROVIDER_MAX_CONCURRENT: "5" },
  });
  return [
    {
      name: "line",
      title: "60 generations at once, 5 places, 3 s per job, polled every 0.4 s",
      burst: { generations: 60, places: 5, jobSeconds: 3, intervalSeconds: 0.4 },
      kinds: [learning, told],
      peer: bullmqTold({ PLACES: "5" }),
      goals: [...PLACES_USED, { column: "time ÷ ideal", atMost: 1.5 }, ...NOTHING_LOST],
    },
    {
      name: "line-500",
      title: "500 generations at once, 5 places, 0.5 s per job, polled every 0.3 s",
      burst: { generations: 500, places: 5, jobSeconds: 0.5, intervalSeconds: 0.3 },
      kinds: [learning],
      peer: bullmqTold({ PLACES: "5" }),
      goals: [...PLACES_USED, ...NOTHING_LOST],
    },
    {
      name: "line-rate",
      title: "100 generations at once, 5 submissions and 20 polls a second, 3 s per job, polled every 0.4 s",
      burst: { generations: 100, perSecond: 5, pollsPerSecond: 20, jobSeconds: 3, intervalSeconds: 0.4 },
      kinds: [learning],
      peer: bullmqTold({ PER_SECOND: "5" }),
      goals: NOTHING_LOST,
    },
  ];
}
