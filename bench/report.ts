// What a bench came to, as a Markdown table with ratios and spread, and whether its goals were reached.

import type { Bench, Goal } from "./benches.ts";
import { median, noise, told } from "./harness/stats.ts";
import type { Figures } from "./measures/figures.ts";

/** Repetitions that lie further apart, in parts of their median, say more of the machine than of what is measured. */
const TOO_NOISY = 0.5;

/** So far apart the same work took at different moments of the bench: the machine was not the same machine. */
const TOO_UNEVEN = 0.3;

/** One bench, as it stands in bench/results. */
export interface Result {
  readonly at: string;
  readonly machine: string;
  readonly title: string;
  /** By contender, round by round. */
  readonly contenders: readonly { readonly name: string; readonly figures: readonly Figures[] }[];
  /** Milliseconds that a fixed piece of work took before each round. */
  readonly calibrations: readonly number[];
}

function valuesOf(result: Result, name: string, column: string): number[] {
  const contender = result.contenders.find((each) => each.name === name);
  return contender?.figures.map((figures) => figures[column] ?? Number.NaN) ?? [];
}

/** Round by round, so that a slow minute of the machine counts on both sides. */
function compared(result: Result, column: string, beside: string, as: Goal["as"] = "ratio"): number[] {
  const others = valuesOf(result, beside, column);
  const first = result.contenders[0]?.name ?? "";
  return valuesOf(result, first, column).map((own, round) => {
    const other = others[round] ?? Number.NaN;
    return as === "difference" ? own - other : own / other;
  });
}

export function tableOf(result: Result): string {
  const [first, ...others] = result.contenders;
  const columns = Object.keys(first?.figures[0] ?? {});
  const row = (name: string, cells: readonly string[]) => `| ${name} | ${cells.join(" | ")} |`;
  return [
    row(result.title, columns),
    `|---|${columns.map(() => "---:|").join("")}`,
    ...result.contenders.map(({ name }) =>
      row(
        name,
        columns.map((column) => told(valuesOf(result, name, column))),
      ),
    ),
    ...others.map(({ name }) =>
      row(
        `*${first?.name} ÷ ${name}*`,
        columns.map((column) => {
          const ratios = compared(result, column, name).filter(Number.isFinite);
          return ratios.length === 0 ? "" : told(ratios.map((ratio) => Number(ratio.toFixed(2))));
        }),
      ),
    ),
  ].join("\n");
}

/** Of the column that the first goal is about. */
export function troublesOf({ goals }: Pick<Bench, "goals">, { contenders, calibrations }: Result): string[] {
  const column = goals[0]?.column ?? Object.keys(contenders[0]?.figures[0] ?? {})[0] ?? "";
  const noisy = contenders.filter(
    ({ figures }) => noise(figures.map((each) => each[column] ?? Number.NaN)) > TOO_NOISY,
  );
  const troubles = noisy.map(({ name }) => `Too noisy to tell: repetitions of ${name} lie far apart.`);
  if (noise(calibrations) > TOO_UNEVEN) {
    troubles.push(`Too noisy to tell: the same work took ${told(calibrations)} ms at different moments.`);
  }
  return troubles;
}

export interface Verdict {
  readonly measure: string;
  readonly goal: string;
  readonly figure: string;
  readonly isReached: boolean;
}

export function verdictsOf({ goals }: Pick<Bench, "goals">, result: Result): Verdict[] {
  return goals.map((goal) => {
    const { column, beside, as = "ratio", atLeast, atMost } = goal;
    const first = result.contenders[0]?.name ?? "";
    const values = beside === undefined ? valuesOf(result, first, column) : compared(result, column, beside, as);
    const middle = median(values);
    const bound = atLeast === undefined ? `at most ${shown(atMost)}` : `at least ${shown(atLeast)}`;
    const relation = { ratio: `÷ ${beside}`, difference: `− ${beside}` }[as];
    return {
      measure: `${result.title}: ${column}${beside === undefined ? "" : ` ${relation}`}`,
      goal: bound,
      figure: told(values.map((value) => Number(value.toFixed(2)))),
      isReached: middle >= (atLeast ?? Number.NEGATIVE_INFINITY) && middle <= (atMost ?? Number.POSITIVE_INFINITY),
    };
  });
}

const shown = (value = 0) => String(Number(value.toFixed(2)));

export function verdictTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(
    ({ measure, goal, figure, isReached }) => `| ${measure} | ${goal} | ${figure} | ${isReached ? "yes" : "**no**"} |`,
  );
  return ["| measure | goal | median (least to most) | reached |", "|---|---|---:|---|", ...rows].join("\n");
}
