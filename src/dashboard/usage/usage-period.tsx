// Chooses the days that the usage page shows.

import { useEffect, useState } from "preact/hooks";
import { replaceQuery } from "../shared/address.ts";
import { type Period, PRESETS, presetOf, queryOf } from "./periods.ts";

/** No release before this day counted usage. Also keeps half-typed years out of the address. */
const FIRST_DAY = "2026-01-01";

/** Puts the chosen period into the address, from which the page reads it. */
export function PeriodChoice({ period }: { period: Period }) {
  const { choice, from, to } = period;
  const [typed, setTyped] = useState({ from, to });
  useEffect(() => setTyped({ from, to }), [from, to]);
  const onPreset = (chosen: string) => {
    const preset = PRESETS.find(([name]) => name === chosen)?.[0];
    show(preset === undefined ? { choice: "dates", from, to } : presetOf(preset, Date.now()));
  };
  const onDate = (changed: Partial<typeof typed>, isValid: boolean) => {
    const next = { ...typed, ...changed };
    setTyped(next);
    if (isValid && next.from !== "" && next.to !== "") show({ choice: "dates", ...next });
  };
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()}>
      <label>
        Period (UTC){" "}
        <select value={choice} onChange={(event) => onPreset(event.currentTarget.value)}>
          {PRESETS.map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
          <option value="dates">Other days</option>
        </select>
      </label>
      {choice === "dates" &&
        (["from", "to"] as const).map((end) => (
          <label key={end}>
            {end === "from" ? "First day" : "Last day"}{" "}
            <input
              type="date"
              min={FIRST_DAY}
              value={typed[end]}
              onChange={({ currentTarget: { value, validity } }) => onDate({ [end]: value }, validity.valid)}
            />
          </label>
        ))}
    </form>
  );
}

function show(period: Period): void {
  replaceQuery("usage", queryOf(period));
}
