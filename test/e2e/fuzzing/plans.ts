// Plans how the provider and the file host treat a generation. A plan depends only on the seed and the generation's
// number, so that each generation can be run again alone.

import { Dice } from "./dice.ts";

/** A temporary wrong answer of a file host. */
export type WrongFile = "html" | "empty" | "404" | "403" | "410" | "500" | "503" | "cut" | "reset" | "refused-redirect";

/** How a file host sends a video. With `resumable`, it breaks off once, and then sends the rest. */
export type FileWay = "plain" | "chunked" | "moved" | "partial" | "resumable";

export interface Plan {
  readonly number: number;
  readonly dice: Dice;
  /** Probability that an answer is mangled. With 0, all answers are valid, and the generation must end as in `end`. */
  readonly mess: number;
  readonly model: string;
  readonly jobId: string | number;
  /** The job ends after this many polls. */
  readonly runningPolls: number;
  readonly end: "done" | "failed" | "never";
  readonly reason: string;
  /** What the file host answers to the first downloads. */
  readonly wrongFiles: readonly WrongFile[];
  readonly fileWay: FileWay;
  /** Whether the file host never sends the video. */
  readonly isDead: boolean;
}

export interface PlanOptions {
  readonly seed: number;
  /** Maximum number of failed downloads before one succeeds. */
  readonly mostWrongFiles: number;
  /** Whether some hosts never recover, which the Worker waits for several minutes to find out. */
  readonly withDeadHosts: boolean;
}

const MODELS = ["runway/gen4_aleph", "runway/gen4_turbo", "vendor/new-model"];
const WRONG: readonly WrongFile[] = ["html", "empty", "404", "403", "410", "500", "503", "cut", "reset"];

export function planOf(number: number, { seed, mostWrongFiles, withDeadHosts }: PlanOptions): Plan {
  const dice = new Dice(seed * 1_000_003 + number);
  const mess = dice.pick([0, 0.2, 0.5, 0.8, 1]);
  const isDead = withDeadHosts && dice.odds(0.02);
  const wrongs = Math.min(mostWrongFiles, dice.weigh([60, 0], [20, 1], [10, 2], [5, 3], [5, 5]));
  const kinds = mess > 0 ? [...WRONG, "refused-redirect" as const] : WRONG;
  return {
    number,
    dice,
    mess,
    isDead,
    model: dice.pick(MODELS),
    jobId: dice.weigh<string | number>(
      [4, `job-${number}`],
      [2, `kling:v1.6/pro/${number}`],
      [1, number + 1_000_000_000],
    ),
    runningPolls: dice.int(0, 4),
    end: dice.weigh([75, "done"], [20, "failed"], [5, "never"]),
    reason: `reason ${number}: the render node stopped`,
    fileWay: dice.pick<FileWay>(["plain", "chunked", "moved", "partial", "resumable"]),
    wrongFiles: Array.from({ length: wrongs }, () => dice.pick(kinds)),
  };
}
