// What was made in the last 24 hours, and what it cost.

import type { OverviewView } from "../../contract/overview.ts";
import { useSession } from "../shared/hooks.ts";
import { dollarsOf, exactDollarsOf } from "../shared/money.ts";
import { listOf, usageOf } from "./links.ts";

const ENDED = [
  ["completed", "Completed"],
  ["failed", "Failed"],
  ["canceled", "Canceled"],
] as const;

const UNDER_WAY = ["queued", "generating", "storing"] as const;

export function Numbers({ overview }: { overview: OverviewView }) {
  const { generations } = overview;
  const running = UNDER_WAY.filter((status) => generations[status] > 0);
  return (
    <section aria-labelledby="day-title">
      <h2 id="day-title">Last 24 hours</h2>
      <dl class="stats numbers">
        <div>
          <dt>Generations</dt>
          <dd>
            <a class="whole" href={listOf(overview)}>
              {generations.total.toLocaleString("en")}
            </a>
          </dd>
        </div>
        {ENDED.map(([status, name]) => (
          <div key={status}>
            <dt>{name}</dt>
            <dd>
              <a class="whole" href={listOf(overview, { status })}>
                {generations[status].toLocaleString("en")}
              </a>
            </dd>
          </div>
        ))}
        <div>
          <dt>Under way</dt>
          <dd>{UNDER_WAY.reduce((sum, status) => sum + generations[status], 0).toLocaleString("en")}</dd>
          {running.length > 0 && (
            <dd class="note under-way">
              {running.map((status) => (
                <a key={status} href={listOf(overview, { status })}>
                  {generations[status].toLocaleString("en")} {status}
                </a>
              ))}
            </dd>
          )}
        </div>
        <Spend overview={overview} />
      </dl>
    </section>
  );
}

function Spend({ overview }: { overview: OverviewView }) {
  const { mode } = useSession().account;
  const { usd } = overview.usage;
  if (mode === "test") {
    return (
      <div>
        <dt>Charged</dt>
        <dd>Nothing</dd>
        <dd class="note">Test mode is free</dd>
      </div>
    );
  }
  return (
    <div>
      <dt>Charged</dt>
      <dd title={usd === null ? undefined : exactDollarsOf(usd)}>{usd === null ? "–" : dollarsOf(usd)}</dd>
      <dd class="note">
        {usd === null ? "No amount stated" : "As stated by the provider"} · <a href={usageOf(overview)}>Usage by day</a>
      </dd>
    </div>
  );
}
