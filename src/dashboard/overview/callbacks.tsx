// Callbacks that fail or are under way, and the endpoints that need attention.

import type { OverviewView } from "../../contract/overview.ts";
import type { EndpointView } from "../../contract/webhook-endpoints.ts";
import { diagnosis } from "../endpoints/diagnosis.ts";
import { addressOf, byUrgency, lastFailure, stateOf } from "../endpoints/state.ts";
import { useNow } from "../shared/hooks.ts";
import { Badge } from "../shared/ui.tsx";
import { ageOf, counted } from "../shared/units.ts";
import { listOf } from "./links.ts";

interface Props {
  readonly overview: OverviewView;
  readonly endpoints: readonly EndpointView[];
}

const COUNTS = [
  ["failed", "with failed callbacks"],
  ["pending", "with callbacks under way"],
] as const;

export function Callbacks({ overview, endpoints }: Props) {
  const now = useNow();
  const troubled = byUrgency(endpoints).filter((each) => ["failing", "disabled"].includes(stateOf(each)));
  return (
    <section class="card" aria-labelledby="callbacks-title">
      <h2 id="callbacks-title">Callbacks</h2>
      <ul class="counts">
        {COUNTS.map(([state, words]) => (
          <li key={state}>
            <a href={listOf(overview, { deliveries: state })}>
              {counted(overview.deliveries[state], "generation")} {words}
            </a>
          </li>
        ))}
      </ul>
      {troubled.length === 0 ? (
        <p class="hint">
          <a href="#/webhooks">{endpoints.length === 0 ? "No endpoints" : counted(endpoints.length, "endpoint")}</a>
          {endpoints.length > 0 && ", none failing or disabled"}
        </p>
      ) : (
        <ul class="rows">
          {troubled.map((endpoint) => (
            <Troubled key={endpoint.id} endpoint={endpoint} now={now} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Troubled({ endpoint, now }: { endpoint: EndpointView; now: number }) {
  const { id, url, enabled, disabled_at, health } = endpoint;
  const since = enabled ? health.failing_since : disabled_at;
  const failure = lastFailure(endpoint);
  return (
    <li>
      <Badge state={stateOf(endpoint)} />
      <span>
        <a class="whole cut url" href={`#/webhooks/${id}`}>
          {addressOf(url)}
        </a>
        {failure !== null && <span class="detail">{diagnosis(failure).title}</span>}
      </span>
      <span class="detail">
        {since !== null && (
          <time dateTime={since} title={new Date(since).toLocaleString()}>
            for {ageOf(now - Date.parse(since))}
          </time>
        )}
      </span>
    </li>
  );
}
