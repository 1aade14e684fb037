// The state of the account's budget: for the day and the month, what is spent, reserved and left.

import { useEffect } from "preact/hooks";
import type { UsageView } from "../../contract/usage.ts";
import { useNow } from "../shared/hooks.ts";
import { dollarsOf, exactDollarsOf } from "../shared/money.ts";
import { ageOf } from "../shared/units.ts";

type Budget = NonNullable<UsageView["budget"]>;
type BudgetPeriod = NonNullable<Budget["day"]>;

interface Props {
  readonly budget: Budget | null;
  /** Called when a budget resets. */
  readonly onReset: () => void;
}

/** One meter for each limit, or a note that there is no budget. */
export function BudgetState({ budget, onReset }: Props) {
  if (budget === null) return <p class="hint">No budget is set for this account.</p>;
  const { day, month, unpriced } = budget;
  return (
    <section aria-label="Budget">
      {unpriced > 0 && (
        <p class="notice" role="note">
          A generation whose price is not known is under way. No other generation is accepted until it ends.
        </p>
      )}
      <div class="budgets">
        {day !== null && <Meter name="Budget today" period={day} onReset={onReset} />}
        {month !== null && <Meter name="Budget this month" period={month} onReset={onReset} />}
      </div>
    </section>
  );
}

/** The meter warns from this part of the limit on. */
const WARN_FROM = 0.8;

function Meter({ name, period, onReset }: { name: string; period: BudgetPeriod; onReset: () => void }) {
  const { limit_usd: limit, spent_usd: spent, reserved_usd: reserved, resets_at } = period;
  const now = useNow();
  const leftMs = Date.parse(resets_at) - now;
  const isOver = leftMs <= 0;
  useEffect(() => {
    if (isOver) onReset();
  }, [isOver]);
  const used = spent + reserved;
  const left = Math.max(0, limit - used);
  const widthOf = (usd: number) => ({ width: `${limit === 0 ? 0 : Math.min(100, (usd / limit) * 100)}%` });
  const reset = new Date(resets_at).toLocaleString("en-GB", RESET);
  return (
    <div class={`card budget ${stateOf(used, limit)}`}>
      <p class="amounts">
        <b>{name}</b>
        <span>
          <b>{dollarsOf(left)}</b> left of {dollarsOf(limit)}
        </span>
      </p>
      {/* biome-ignore lint/a11y/useSemanticElements: a <meter> has only one value to show. */}
      <div
        class="meter"
        role="meter"
        aria-label={name}
        aria-valuemin={0}
        aria-valuemax={limit}
        aria-valuenow={Math.min(used, limit)}
        aria-valuetext={`${exactDollarsOf(spent)} spent and ${exactDollarsOf(reserved)} reserved of ${exactDollarsOf(limit)}`}
      >
        <span class="spent" style={widthOf(spent)} />
        <span class="reserved" style={widthOf(reserved)} />
      </div>
      <ul class="legend">
        <li>
          <span class="swatch spent" /> Spent {dollarsOf(spent)}
        </li>
        <li title="The estimates of generations that are under way">
          <span class="swatch reserved" /> Reserved {dollarsOf(reserved)}
        </li>
        <li>
          Resets <time dateTime={resets_at}>{reset} UTC</time>
          {!isOver && `, in ${ageOf(leftMs)}`}
        </li>
      </ul>
    </div>
  );
}

/** CSS class of the meter. */
function stateOf(used: number, limit: number): string {
  // A difference below a micro-dollar is a floating-point error.
  if (limit - used < 1e-6) return "full";
  return used >= limit * WARN_FROM ? "near" : "";
}

const RESET = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: "UTC" } as const;
