// Formats a bench's results as Markdown tables with ratios and spread, and checks its goals.

import type { Bench, Goal } from "./bench.ts";
import { median, noise, told } from "./harness/stats.ts";
import type { Figures } from "./measures/figures.ts";

/** Rounds that vary by more than this fraction of their median reflect the machine rather than the contender. */
const TOO_NOISY = 0.5;

/** If the calibration varies by more than this fraction of its median, the machine's speed changed during the bench. */
const TOO_UNEVEN = 0.3;

/** Results of one bench, as stored in bench/results. */
export interface Result {
  readonly at: string;
  readonly machine: string;
  readonly title: string;
  /** Figures of each contender, one entry per round. */
  readonly contenders: readonly { readonly name: string; readonly figures: readonly Figures[] }[];
  /** Milliseconds that a fixed amount of work took before each round. */
  readonly calibrations: readonly number[];
}

function valuesOf(result: Result, name: string, column: string): number[] {
  const contender = result.contenders.find((each) => each.name === name);
  return contender?.figures.map((figures) => figures[column] ?? Number.NaN) ?? [];
}

/** The highest figure of all contenders but the first, in each round. */
function highestOfOthers({ contenders: [first, ...others] }: Result, column: string): number[] {
  return Array.from({ length: first?.figures.length ?? 0 }, (_, round) =>
    Math.max(...others.map(({ figures }) => figures[round]?.[column] ?? Number.NaN)),
  );
}

/** Compares within each round, so that a slow moment of the machine affects both sides. */
function compared(result: Result, column: string, beside: string, as: Goal["as"] = "ratio"): number[] {
  const others = valuesOf(result, beside, column);
  const first = result.contenders[0]?.name ?? "";
  return valuesOf(result, first, column).map((own, round) => {
    const other = others[round] ?? Number.NaN;
    return as === "difference" ? own - other : own / other;
  });
}

export function tableOf({ isCompared = true }: Pick<Bench, "isCompared">, result: Result): string {
  const [first, ...rest] = result.contenders;
  const others = isCompared ? rest : [];
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

/** Warnings about noise in the column of the first goal. */
export function troublesOf({ goals }: Pick<Bench, "goals">, { contenders, calibrations }: Result): string[] {
  const column = goals[0]?.column ?? Object.keys(contenders[0]?.figures[0] ?? {})[0] ?? "";
  const noisy = contenders.filter(
    ({ figures }) => noise(figures.map((each) => each[column] ?? Number.NaN)) > TOO_NOISY,
  );
  const troubles = noisy.map(({ name }) => `Inconclusive: the rounds of ${name} vary too much.`);
  if (noise(calibrations) > TOO_UNEVEN) {
    troubles.push(`Inconclusive: the machine's speed changed; fixed work took ${told(calibrations)} ms.`);
  }
  return troubles;
}

export interface Verdict {
  /** The name of the bench. */
  readonly bench: string;
  readonly measure: string;
  readonly goal: string;
  readonly figure: string;
  readonly isReached: boolean;
}

export function verdictsOf({ name, goals }: Pick<Bench, "name" | "goals">, result: Result): Verdict[] {
  return goals.map((goal) => {
    const { column, of, beside, as = "ratio", atLeast, atMost } = goal;
    const first = result.contenders[0]?.name ?? "";
    const own = of === "others" ? highestOfOthers(result, column) : valuesOf(result, first, column);
    const values = beside === undefined ? own : compared(result, column, beside, as);
    const middle = median(values);
    const bound = atLeast === undefined ? `at most ${shown(atMost)}` : `at least ${shown(atLeast)}`;
    const relation = { ratio: `÷ ${beside}`, difference: `− ${beside}` }[as];
    return {
      bench: name,
      measure: `${of === "others" ? "highest " : ""}${column}${beside === undefined ? "" : ` ${relation}`}`,
      goal: bound,
      figure: told(values.map((value) => Number(value.toFixed(2)))),
      isReached: middle >= (atLeast ?? Number.NEGATIVE_INFINITY) && middle <= (atMost ?? Number.POSITIVE_INFINITY),
    };
  });
}

const shown = (value = 0) => String(Number(value.toFixed(2)));

export function verdictTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(
    ({ bench, measure, goal, figure, isReached }) =>
      `| ${bench} | ${measure} | ${goal} | ${figure} | ${isReached ? "yes" : "**no**"} |`,
  );
  return ["| bench | measure | goal | median (min to max) | reached |", "|---|---|---|---:|---|", ...rows].join("\n");
}
