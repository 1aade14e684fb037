// Why generations failed in the last 24 hours.

import type { OverviewView } from "../../contract/overview.ts";
import { ERROR_WORDS } from "../shared/errors.ts";
import { listOf } from "./links.ts";

export function Reasons({ overview }: { overview: OverviewView }) {
  const { errors, generations } = overview;
  const most = Math.max(...errors.map(({ count }) => count), 1);
  return (
    <section class="card" aria-labelledby="reasons-title">
      <h2 id="reasons-title">Why generations failed</h2>
      {errors.length === 0 ? (
        <p class="hint">
          {generations.total === 0 ? "No generations in the last 24 hours." : "None failed in the last 24 hours."}
        </p>
      ) : (
        <ul class="reasons">
          {errors.map(({ code, count }) => (
            <li key={code}>
              <a class="whole" href={listOf(overview, { status: "failed", error: code })}>
                {ERROR_WORDS[code]}
              </a>
              <span class="share" aria-hidden="true">
                <span style={{ width: `${(100 * count) / most}%` }} />
              </span>
              <b>{count.toLocaleString("en")}</b>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
