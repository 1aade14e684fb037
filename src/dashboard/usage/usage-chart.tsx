// The chart of the usage page. Screen readers read a table instead of the chart. Everyone else can switch to the table.

import { useState } from "preact/hooks";
import type { UsageView } from "../../contract/usage.ts";
import { dollarsOf } from "../shared/money.ts";
import { counted } from "../shared/units.ts";
import { daysOf, longDate, type Period, shortDate } from "./periods.ts";
import { chartOf, datedDays, type Measure, type ModelSums, type Stack } from "./stacks.ts";

interface Props {
  readonly rows: UsageView["data"];
  readonly models: readonly ModelSums[];
  readonly period: Period;
  readonly measure: Measure;
}

/** A bar for each day, and the same numbers as a table. */
export function UsageChart({ rows, models, period, measure }: Props) {
  const [isTable, setTable] = useState(false);
  const title = measure === "usd" ? "Charged by day" : "Generations by day";
  return (
    <section class="panel" aria-labelledby="chart-title">
      <div class="panel-title">
        <h2 id="chart-title">{title}</h2>
        <button type="button" class="quiet" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          Show as table
        </button>
      </div>
      {measure === "generations" && (
        <p class="hint">The provider has stated no charges in dollars, so this chart counts generations.</p>
      )}
      {!isTable && <Bars rows={rows} models={models} period={period} measure={measure} />}
      <div class={isTable ? "days-shown" : "unseen"}>
        <table class="sums">
          <caption>By day (UTC) and model</caption>
          <thead>
            <tr>
              <th scope="col">Day</th>
              <th scope="col">Model</th>
              <th scope="col">Generations</th>
              <th scope="col">Charged</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ day, model, generations, usd }) => (
              <tr key={`${day} ${model}`}>
                <th scope="row">{day !== null && <time dateTime={day}>{longDate(day)}</time>}</th>
                <td>{model}</td>
                <td>{generations.toLocaleString("en")}</td>
                <td>{usd === 0 ? "–" : dollarsOf(usd)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Bars({ rows, models, period, measure }: Props) {
  const [pointed, setPointed] = useState<Stack | null>(null);
  const days = daysOf(period);
  const { stacks, ticks } = chartOf(rows, { days, models, measure });
  const top = ticks.at(-1) ?? 1;
  const label = axisLabels(ticks, measure);
  const dated = datedDays(days.length);
  const middleOf = (index: number) => ((index + 0.5) / days.length) * 100;
  return (
    <div class="picture" aria-hidden="true">
      <p class="hint">
        {pointed === null ? `${longDate(period.from)} – ${longDate(period.to)}` : wordsOf(pointed, measure)}
      </p>
      <div class="plot">
        {ticks.map((tick) => (
          <span key={tick} class="line" style={{ bottom: `${(tick / top) * 100}%` }}>
            <span>{label(tick)}</span>
          </span>
        ))}
        <div class="bars" onPointerLeave={() => setPointed(null)}>
          {stacks.map((stack) => (
            <div key={stack.day} class="bar" onPointerEnter={() => setPointed(stack)}>
              {stack.parts.map(({ color, value }) => (
                <span key={color} class={colorClass(color)} style={{ height: `${(value / top) * 100}%` }} />
              ))}
            </div>
          ))}
        </div>
      </div>
      <div class="dates">
        {dated.map((index) => (
          <span key={index} class={edgeOf(middleOf(index))} style={{ left: `${middleOf(index)}%` }}>
            {shortDate(days[index] ?? "")}
          </span>
        ))}
      </div>
    </div>
  );
}

/** CSS class of a color. @param color null for the color that the remaining models share. */
export function colorClass(color: number | null): string {
  return `color-${color ?? "rest"}`;
}

function wordsOf({ day, usd, generations }: Stack, measure: Measure): string {
  const count = counted(generations, "generation");
  return `${longDate(day)}: ${measure === "usd" ? `${dollarsOf(usd)}, ${count}` : count}`;
}

/** All labels have the same number of decimals. */
function axisLabels(ticks: readonly number[], measure: Measure): (tick: number) => string {
  if (measure === "generations") return (tick) => tick.toLocaleString("en");
  const isWhole = ticks.every((tick) => Number.isInteger(tick));
  return (tick) => (isWhole ? `$${tick.toLocaleString("en")}` : dollarsOf(tick));
}

/** Distance from an edge of the chart, in percent. Closer to it, a centered date would overflow. */
const EDGE = 6;

function edgeOf(middle: number): string | undefined {
  if (middle < EDGE) return "first";
  return middle > 100 - EDGE ? "last" : undefined;
}
