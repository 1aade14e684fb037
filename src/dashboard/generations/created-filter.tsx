import { useState } from "preact/hooks";
import { dayStartingAt, startOf } from "./days.ts";
import { type Filter, PERIODS, type Period } from "./filter.ts";

const WORDS: Readonly<Record<Period, string>> = {
  today: "today",
  "24h": "last 24 hours",
  "7d": "last 7 days",
  "30d": "last 30 days",
};

const DAYS = "days";
const TIMES = "times";

interface Props {
  readonly filter: Filter;
  readonly onChange: (filter: Filter) => void;
}

/** Chooses when generations were created: a period that ends now, or days. An address can also have exact times. */
export function CreatedFilter({ filter, onChange }: Props) {
  const { period, after, before } = filter;
  const [isChoosing, setChoosing] = useState(false);
  const from = after === "" ? "" : dayStartingAt(after);
  // The last day is part of what was chosen.
  const to = before === "" ? "" : dayStartingAt(before, 1);
  const isExact = from === null || to === null;
  const hasDays = !isExact && period === "" && (isChoosing || from !== "" || to !== "");
  const choose = (value: string) => {
    setChoosing(value === DAYS);
    if (value === TIMES) return;
    const chosen = PERIODS.find((each) => each === value) ?? "";
    onChange({ ...filter, period: chosen, after: "", before: "" });
  };
  return (
    <>
      <label>
        Created
        <select
          value={period !== "" ? period : isExact ? TIMES : hasDays ? DAYS : ""}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          <option value="">any time</option>
          {PERIODS.map((each) => (
            <option key={each} value={each}>
              {WORDS[each]}
            </option>
          ))}
          <option value={DAYS}>choose days</option>
          {isExact && <option value={TIMES}>{exactly(after, before)}</option>}
        </select>
      </label>
      {hasDays && (
        <>
          <label>
            From
            <input
              type="date"
              min="2000-01-01"
              max={to || "9998-12-31"}
              value={from ?? ""}
              onChange={(event) => onChange({ ...filter, after: startOf(event.currentTarget.value) })}
            />
          </label>
          <label>
            To
            <input
              type="date"
              min={from || "2000-01-01"}
              max="9998-12-31"
              value={to ?? ""}
              onChange={(event) => onChange({ ...filter, before: startOf(event.currentTarget.value, 1) })}
            />
          </label>
        </>
      )}
    </>
  );
}

const SHORT = { dateStyle: "medium", timeStyle: "short" } as const;

function exactly(after: string, before: string): string {
  const told = (time: string) => new Date(time).toLocaleString(undefined, SHORT);
  const parts = [after === "" ? "" : `since ${told(after)}`, before === "" ? "" : `until ${told(before)}`];
  return parts.filter((part) => part !== "").join(" ");
}
