// The timeline of a generation: how long it took, in words, as a chart and as a list of events.

import type { DeliveryView } from "../../contract/deliveries.ts";
import type { TimelineView } from "../../contract/events.ts";
import type { GenerationView } from "../../contract/generation.ts";
import { bytesOf, counted, lengthOf, lengthWithin, partsOf } from "../shared/units.ts";
import { Chart, type Phase } from "./chart.tsx";
import type { PollTicks } from "./polls.ts";

interface Props {
  readonly timeline: TimelineView;
  readonly polls: PollTicks;
  readonly deliveries: readonly DeliveryView[];
  /** Progress of the copy to R2. */
  readonly stored: GenerationView["progress"];
  readonly now: number;
}

const PHASES = [
  ["generation.queued", "queued"],
  ["generation.started", "generating"],
  ["generation.storing", "storing"],
] as const;

export function Timeline({ timeline, polls, deliveries, stored, now }: Props) {
  const timeOf = (type: string) => Date.parse(timeline.data.find((item) => item.type === type)?.timestamp ?? "");
  const begin = timeOf("generation.queued");
  const finish = timeline.data.find(({ type }) => /^generation\.(completed|failed|canceled)$/.test(type));
  // The browser's clock may be behind the server's.
  const newest = Date.parse((finish ?? timeline.data.at(-1))?.timestamp ?? "");
  const end = finish === undefined ? Math.max(newest, now) : newest;
  const starts = PHASES.map(([type, name]) => ({ name, from: timeOf(type) })).filter(({ from }) => !Number.isNaN(from));
  const lengths = partsOf([...starts.map(({ from }) => from), finish === undefined ? ticked(starts.at(-1), end) : end]);
  const phases = starts.map(({ name, from }, index): Phase => {
    return { name, from, until: starts[index + 1]?.from ?? end, length: lengths[index] ?? "" };
  });
  const copied =
    stored === null
      ? ""
      : `${bytesOf(stored.bytes)}${stored.total_bytes === null ? "" : ` of ${bytesOf(stored.total_bytes)}`}`;
  return (
    <div class="timeline">
      <Legend phases={phases} polls={polls} deliveries={deliveries} copied={copied} />
      <Chart
        {...{ begin, end, phases, polls, deliveries, now }}
        status={finish === undefined ? null : finish.type.slice("generation.".length)}
      />
      <details>
        <summary>
          {counted(timeline.data.length, "event")}, {counted(polls.count, "poll")}
        </summary>
        <ol class="events">
          {timeline.data.map(({ id, type, timestamp, data }) => (
            <li key={id}>
              <time dateTime={timestamp}>+{lengthWithin(end - begin, Date.parse(timestamp) - begin)}</time> {type}{" "}
              {type === "delivery.attempted" && describeAttempt(data)}
              {type === "generation.storing" && copied}
            </li>
          ))}
        </ol>
      </details>
    </div>
  );
}

/** The end of a running phase in whole seconds of that phase, which is how the clock above counts. */
function ticked(phase: { readonly from: number } | undefined, end: number): number {
  return phase === undefined ? end : end - (Math.max(0, end - phase.from) % 1_000);
}

interface LegendProps extends Pick<Props, "polls" | "deliveries"> {
  readonly phases: readonly Phase[];
  readonly copied: string;
}

function Legend({ phases, polls, deliveries, copied }: LegendProps) {
  const left = polls.leftOut === 0 ? "" : `, ${polls.leftOut} skipped after failed polls`;
  const swatches = [
    ...(deliveries.some(({ attempts }) => attempts.length > 0)
      ? [["good", "webhook delivered"] as const, ["bad", "webhook failed"] as const]
      : []),
    ...(deliveries.some(({ attempting_since }) => attempting_since !== null)
      ? [["going", "waiting for an answer"] as const]
      : []),
  ];
  return (
    <ul class="legend">
      {phases.map(({ name, length }) => (
        <li key={name}>
          <span class={`swatch phase ${name}`} /> {name} {length}
          {name === "storing" && copied && `, ${copied}`}
        </li>
      ))}
      <li>
        <span class="swatch poll" /> {counted(polls.count, "poll")}
        {left}
      </li>
      {swatches.map(([kind, words]) => (
        <li key={kind}>
          <span class={`swatch attempt ${kind}`} /> {words}
        </li>
      ))}
    </ul>
  );
}

function describeAttempt(data: Record<string, unknown>): string {
  const { event, url, status_code, error, duration_ms } = data;
  return `${event} to ${url}: ${status_code ?? error} after ${lengthOf(Number(duration_ms))}`;
}
