// The tables about the provider's key.

import counts from "../counts.json" with { type: "json" };
import { number, percent, seconds, table } from "./format.ts";
import { type Key, simulateKey } from "./key.ts";
import { INTERVAL, JOB, RATES, SETTINGS } from "./life.ts";

const { timeoutMs, queueTimeoutMs } = SETTINGS;
const HOUR = 3_600;
const DAY = 24 * HOUR;
const NO_LIMIT = Number.POSITIVE_INFINITY;

/** Generations for each place of a provider that limits the number of running jobs. */
export const ROUNDS = 20;

const KEY = { intervalSeconds: INTERVAL, jobSeconds: JOB, timeoutSeconds: timeoutMs / 1000 };

export function rates(): string {
  const needed = RATES[0] as number;
  const row = (share: number, hasLine: boolean) => {
    const requestsPerSecond = share * needed * (1 + counts.polls);
    const key = { ...KEY, burst: 0, starts: needed, seconds: HOUR, requestsPerSecond, places: NO_LIMIT };
    const { submissions, polls, accepted, seen, timedOut } = simulateKey(withLine(key, hasLine));
    return [
      `${number(requestsPerSecond)}: ${percent(share)} of the need, ${nameOf(hasLine)}`,
      percent(submissions.refused / submissions.sent),
      percent(polls.refused / polls.sent),
      seconds(accepted, 0.5),
      seconds(accepted, 0.99),
      seconds(seen, 0.5),
      seconds(seen, 0.99),
      number(seen.length),
      number(timedOut),
    ];
  };
  return table(
    [
      "requests per second that the key allows",
      "submissions refused",
      "polls refused",
      "accepted after, p50",
      "p99",
      "end seen after, p50",
      "p99",
      "ended in the hour",
      "timed out",
    ],
    [1.5, 0.5, 0.25, 0.1].flatMap((share) => [row(share, false), row(share, true)]),
  );
}

export function places(): string {
  const row = (limit: number, hasLine: boolean) => {
    const burst = ROUNDS * limit;
    const key = { ...KEY, burst, starts: 0, seconds: DAY, requestsPerSecond: NO_LIMIT, places: limit };
    const { submissions, accepted, seen, timedOut, lastedSeconds } = simulateKey(withLine(key, hasLine));
    const ideal = (accepted.length / limit) * (JOB + INTERVAL / 2);
    // Those that were sent before the first refusal was known, and one probe per poll interval.
    const avoidable = Math.max(0, submissions.refused - (burst - limit) - lastedSeconds / INTERVAL);
    return [
      `${number(limit)}, ${nameOf(hasLine)}`,
      number(burst),
      number(seen.length),
      number(timedOut),
      `${number(lastedSeconds / 60)} min`,
      percent(ideal / lastedSeconds),
      number(submissions.refused),
      (avoidable / accepted.length).toFixed(2),
    ];
  };
  return table(
    [
      "jobs at once that the key allows",
      "generations",
      "completed",
      "timed out",
      "time until the last end",
      "use of the places",
      "submissions refused",
      "avoidable refusals per job",
    ],
    [1, 5, 50].flatMap((limit) => [row(limit, false), row(limit, true)]),
  );
}

/** Without the line, one deadline limited the time until acceptance and the time from there. */
function withLine(key: Omit<Key, "hasLine" | "queueTimeoutSeconds">, hasLine: boolean): Key {
  return { ...key, hasLine, queueTimeoutSeconds: (hasLine ? queueTimeoutMs : timeoutMs) / 1000 };
}

function nameOf(hasLine: boolean): string {
  return hasLine ? "built" : "without the line";
}
