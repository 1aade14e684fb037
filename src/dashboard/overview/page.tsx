// The start page: the last day at a glance. Each number leads to what it counts.

import { useEffect } from "preact/hooks";
import type { GenerationSummary } from "../../contract/generation.ts";
import type { OverviewView } from "../../contract/overview.ts";
import type { EndpointView } from "../../contract/webhook-endpoints.ts";
import { useLoad, useLooks, useReadOnly, useReloadOnEvents, useSession, useShown } from "../shared/hooks.ts";
import { Failure, Heading } from "../shared/ui.tsx";
import { Callbacks } from "./callbacks.tsx";
import { FirstSteps } from "./first-steps.tsx";
import { LatestFailures, Line } from "./generations.tsx";
import { Numbers } from "./numbers.tsx";
import { Reasons } from "./reasons.tsx";

interface Seen {
  readonly overview: OverviewView;
  readonly endpoints: readonly EndpointView[];
  /** The latest, whenever that was. */
  readonly failures: readonly GenerationSummary[];
  readonly queued: readonly GenerationSummary[];
  /** Whether the account has ever made anything in this mode. */
  readonly isNew: boolean;
}

const SHOWN_FAILURES = 5;

/** A page of the list has at most as many. */
const MOST_QUEUED = 100;

/** The numbers count the last 24 hours, so they also change without an event. */
const AGING_MS = 60_000;

export function OverviewPage() {
  const { client } = useSession();
  const isReadOnly = useReadOnly();
  const isShown = useShown();
  // Loaded together, so that the layout does not shift when the last response arrives.
  const { value, error, reload } = useLoad("overview", async (): Promise<Seen> => {
    const [overview, { data: endpoints }, { data: failures }, { data: queued }] = await Promise.all([
      client.getOverview(),
      client.listEndpoints(),
      client.listGenerations({ status: "failed", limit: String(SHOWN_FAILURES) }),
      client.listGenerations({ status: "queued", limit: String(MOST_QUEUED) }),
    ]);
    const mayBeNew = overview.generations.total === 0 && endpoints.length === 0;
    const isNew = mayBeNew && (await client.listGenerations({ limit: "1" })).data.length === 0;
    return { overview, endpoints, failures, queued, isNew };
  });
  useReloadOnEvents(reload, "generation.", "delivery.");
  useLooks(value?.queued.some(({ queue }) => queue !== null) ?? false, async () => reload());
  useEffect(() => {
    if (!isShown) return;
    const timer = setInterval(reload, AGING_MS);
    return () => clearInterval(timer);
  }, [isShown]);
  return (
    <>
      <div class="title">
        <Heading title="Overview" />
        {!isReadOnly && (
          <a class="button primary" href="#/playground">
            New generation
          </a>
        )}
      </div>
      <Failure error={error} retry={reload} />
      {value === null ? error === null && <p class="loading">Loading …</p> : <Shown seen={value} />}
    </>
  );
}

function Shown({ seen: { overview, endpoints, failures, queued, isNew } }: { seen: Seen }) {
  if (isNew) return <FirstSteps />;
  return (
    <div class="overview">
      <Numbers overview={overview} />
      <Reasons overview={overview} />
      <Callbacks overview={overview} endpoints={endpoints} />
      <LatestFailures failures={failures} />
      <Line queued={queued} />
    </div>
  );
}
