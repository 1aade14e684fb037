// The chart of an endpoint's last day. Screen readers read a table instead of it, which everybody can switch to.

import { useState } from "preact/hooks";
import type { EndpointView } from "../../contract/webhook-endpoints.ts";
import { ticksTo } from "../shared/ticks.ts";
import { lastDay, sumOf } from "./hours.ts";

interface Props {
  readonly hours: EndpointView["health"]["hours"];
  readonly now: number;
}

export function HoursChart({ hours, now }: Props) {
  const [isTable, setTable] = useState(false);
  const day = lastDay(hours, now);
  const { succeeded, failed } = sumOf(day);
  return (
    <section class="panel" aria-labelledby="hours-title">
      <div class="panel-title">
        <h2 id="hours-title">Last 24 hours</h2>
        <button type="button" class="quiet" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          Show as table
        </button>
      </div>
      <ul class="legend">
        <li>
          <span class="swatch color-succeeded" /> {succeeded} succeeded
        </li>
        <li>
          <span class="swatch color-failed" /> {failed} failed
        </li>
      </ul>
      {!isTable && <Bars day={day} />}
      <div class={isTable ? undefined : "unseen"}>
        <table class="sums">
          <caption>Attempts by the hour</caption>
          <thead>
            <tr>
              <th scope="col">Hour</th>
              <th scope="col">Succeeded</th>
              <th scope="col">Failed</th>
            </tr>
          </thead>
          <tbody>
            {day
              .filter((hour) => hour.succeeded + hour.failed > 0)
              .map((hour) => (
                <tr key={hour.at}>
                  <th scope="row">
                    <time dateTime={hour.at}>{timeOf(hour.at)}</time>
                  </th>
                  <td>{hour.succeeded}</td>
                  <td>{hour.failed}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Indexes of the hours whose times are on the axis, the current one among them. */
const TIMED = [5, 11, 17, 23];

function Bars({ day }: { day: EndpointView["health"]["hours"] }) {
  const ticks = ticksTo(Math.max(...day.map(({ succeeded, failed }) => succeeded + failed)), 1);
  const top = ticks.at(-1) ?? 1;
  const heightOf = (count: number) => ({ height: `${(count / top) * 100}%` });
  return (
    <div class="picture hours" aria-hidden="true">
      <div class="plot">
        {ticks.map((tick) => (
          <span key={tick} class="line" style={{ bottom: `${(tick / top) * 100}%` }}>
            <span>{tick.toLocaleString("en")}</span>
          </span>
        ))}
        <div class="bars">
          {day.map(({ at, succeeded, failed }) => (
            <div key={at} class="bar" title={`${timeOf(at)}: ${succeeded} succeeded, ${failed} failed`}>
              {succeeded > 0 && <span class="color-succeeded" style={heightOf(succeeded)} />}
              {failed > 0 && <span class="color-failed" style={heightOf(failed)} />}
            </div>
          ))}
        </div>
      </div>
      <div class="dates">
        {TIMED.map((index) => (
          <span
            key={index}
            style={{ left: `${((index + 0.5) / day.length) * 100}%` }}
            class={index === 23 ? "last" : ""}
          >
            {timeOf(day[index]?.at ?? "")}
          </span>
        ))}
      </div>
    </div>
  );
}

/** The beginning of an hour in the user's time. */
function timeOf(at: string): string {
  return new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}
