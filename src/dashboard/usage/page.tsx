// The usage page: what the account's generations have cost, by day and model, and the state of its budget.

import type { UsageView } from "../../contract/usage.ts";
import { useLoad, useReloadOnEvents, useSession } from "../shared/hooks.ts";
import { dollarsOf, exactDollarsOf } from "../shared/money.ts";
import { Empty, Failure, Heading } from "../shared/ui.tsx";
import { bytesOf } from "../shared/units.ts";
import { BudgetState } from "./budget-meters.tsx";
import { defaultPeriod, type Period, periodIn, problemOf } from "./periods.ts";
import { type Measure, type ModelSums, modelsOf } from "./stacks.ts";
import { colorClass, UsageChart } from "./usage-chart.tsx";
import { PeriodChoice } from "./usage-period.tsx";

/** @param query the query of the address. */
export function UsagePage({ query }: { query: string }) {
  const { mode } = useSession().account;
  return (
    <>
      <Heading title="Usage" />
      {mode === "test" ? <TestMode /> : <LiveUsage query={query} />}
    </>
  );
}

function TestMode() {
  return (
    <div class="usage">
      <Empty title="Test mode costs nothing and is not counted">
        <p>Sign in with a live key to see what an account has been charged.</p>
      </Empty>
    </div>
  );
}

function LiveUsage({ query }: { query: string }) {
  const { client } = useSession();
  const period = periodIn(query, Date.now());
  const problem = problemOf(period);
  // The budget does not depend on the period, so it is shown even if the period is invalid.
  const { from, to } = problem === null ? period : defaultPeriod(Date.now());
  const { value, error, isOld, reload } = useLoad(`usage ${from} ${to}`, () => client.getUsage(from, to));
  useReloadOnEvents(reload, "generation.");
  if (value === null && error === null) return <p class="loading">Loading …</p>;
  return (
    <div class={isOld ? "usage old" : "usage"} aria-busy={isOld}>
      {value !== null && <BudgetState budget={value.budget} onReset={reload} />}
      <PeriodChoice period={period} />
      {problem !== null && (
        <p class="failure" role="alert">
          {problem}
        </p>
      )}
      <Failure error={error} retry={reload} />
      {value !== null && problem === null && <Shown usage={value} period={period} />}
    </div>
  );
}

function Shown({ usage: { data, total }, period }: { usage: UsageView; period: Period }) {
  if (total.generations === 0) {
    return (
      <Empty title="No generations in this period">
        <p>
          Choose other days, or create one in the <a href="#/playground">playground</a>.
        </p>
      </Empty>
    );
  }
  const measure: Measure = total.usd > 0 ? "usd" : "generations";
  const models = modelsOf(data, measure);
  return (
    <>
      <Totals total={total} />
      <UsageChart rows={data} models={models} period={period} measure={measure} />
      <Models models={models} />
    </>
  );
}

function Totals({ total }: { total: UsageView["total"] }) {
  const { generations, completed, failed, canceled, credits, usd, bytes } = total;
  const counts = [
    [completed, "completed"],
    [failed, "failed"],
    [canceled, "canceled"],
    [generations - completed - failed - canceled, "under way"],
  ] as const;
  const outcomes = counts
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count.toLocaleString("en")} ${word}`);
  return (
    <dl class="stats">
      <div>
        <dt>Charged</dt>
        <dd title={exactDollarsOf(usd)}>{usd === 0 ? "–" : dollarsOf(usd)}</dd>
        <dd class="note">{usd === 0 ? "No amount stated" : "As stated by the provider"}</dd>
      </div>
      <div>
        <dt>Generations</dt>
        <dd>{generations.toLocaleString("en")}</dd>
        <dd class="note">{outcomes.join(" · ")}</dd>
      </div>
      <div>
        <dt>Credits</dt>
        <dd title={credits.toLocaleString("en")}>{credits === 0 ? "–" : shortCount(credits)}</dd>
        <dd class="note">The provider’s own unit</dd>
      </div>
      <div>
        <dt>Stored</dt>
        <dd>{bytesOf(bytes)}</dd>
        <dd class="note">Deleted videos included</dd>
      </div>
    </dl>
  );
}

/** Shortens large numbers: sums of credits can be long. */
function shortCount(count: number): string {
  return count.toLocaleString("en", count < 1e7 ? {} : { notation: "compact", maximumFractionDigits: 1 });
}

function Models({ models }: { models: readonly ModelSums[] }) {
  return (
    <section class="panel">
      <table class="sums models">
        <caption>By model</caption>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Generations</th>
            <th scope="col">Failed</th>
            <th scope="col">Stored</th>
            <th scope="col">Credits</th>
            <th scope="col">Charged</th>
          </tr>
        </thead>
        <tbody>
          {models.map(({ model, color, generations, failed, bytes, credits, usd }) => (
            <tr key={model}>
              <th scope="row">
                <span class="named">
                  <span class={`swatch ${colorClass(color)}`} /> <span>{model}</span>
                </span>
              </th>
              <td>{generations.toLocaleString("en")}</td>
              <td>{failed.toLocaleString("en")}</td>
              <td>{bytesOf(bytes)}</td>
              <td>{credits === 0 ? "–" : credits.toLocaleString("en")}</td>
              <td title={exactDollarsOf(usd)}>{usd === 0 ? "–" : dollarsOf(usd)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
