// What happened, drawn to scale: a row for the generation, one for its polls, one for each webhook.

import type { Delivery, Generation, Timeline } from "./api.ts";
import { bytesOf, lengthOf } from "./ui.tsx";

interface Props {
  readonly timeline: Timeline;
  readonly deliveries: readonly Delivery[];
  /** Bytes of the copy, so far. */
  readonly stored: Generation["progress"];
  readonly isOver: boolean;
  readonly now: number;
}

const PHASES = [
  ["generation.queued", "queued"],
  ["generation.started", "generating"],
  ["generation.storing", "storing"],
] as const;

const ROW = 28;
const AXIS = 22;

/** More would be one grey bar. */
const MOST_TICKS = 2_000;

export function TimelineChart({ timeline, deliveries, stored, isOver, now }: Props) {
  const at = (type: string) => timeline.data.find((item) => item.type === type)?.timestamp;
  const begin = Date.parse(at("generation.queued") ?? timeline.data[0]?.timestamp ?? "");
  const last = timeline.data.at(-1);
  const finish = timeline.data.find(({ type }) => /^generation\.(completed|failed|canceled)$/.test(type));
  // The clock here may be behind the server's.
  const end = Math.max(Date.parse(last?.timestamp ?? ""), isOver ? 0 : now, begin + 1_000);
  const x = (time: number) => `${(((time - begin) / (end - begin)) * 100).toFixed(3)}%`;
  const starts = PHASES.flatMap(([type, name]) => {
    const time = at(type);
    return time === undefined ? [] : [{ name, time: Date.parse(time) }];
  });
  const lifeEnd = finish === undefined ? end : Date.parse(finish.timestamp);
  const polls = pollTimes(timeline, lifeEnd);
  const copied =
    stored === null
      ? ""
      : `: ${bytesOf(stored.bytes)}${stored.total_bytes === null ? "" : ` of ${bytesOf(stored.total_bytes)}`}`;
  const rows = [...Map.groupBy(deliveries, ({ url }) => url)];
  const height = ROW * (2 + rows.length) + AXIS;
  return (
    <div class="timeline">
      <div class="lanes" aria-hidden="true">
        <span>Generation</span>
        <span>Polls</span>
        {rows.map(([url]) => (
          <span key={url} title={url}>
            {new URL(url).host}
          </span>
        ))}
      </div>
      <svg
        height={height}
        role="img"
        aria-label={`What happened in ${lengthOf(end - begin)}; the list below says it all.`}
      >
        {starts.map(({ name, time }, index) => {
          const until = starts[index + 1]?.time ?? lifeEnd;
          return (
            <rect
              key={name}
              class={`phase ${name}`}
              x={x(time)}
              y={6}
              width={`${(((until - time) / (end - begin)) * 100).toFixed(3)}%`}
              height={ROW - 12}
              rx={3}
            >
              <title>{`${name} for ${lengthOf(until - time)}${name === "storing" ? copied : ""}`}</title>
            </rect>
          );
        })}
        {finish !== undefined && (
          <line class={`end ${finish.type.slice(11)}`} x1={x(lifeEnd)} x2={x(lifeEnd)} y1={2} y2={ROW - 2} />
        )}
        {polls.map((time) => (
          <line key={time} class="poll" x1={x(time)} x2={x(time)} y1={ROW + 8} y2={2 * ROW - 8}>
            <title>{`poll after ${lengthOf(time - begin)}`}</title>
          </line>
        ))}
        {rows.map(([url, own], row) =>
          own.flatMap(({ id, event, attempts }) =>
            attempts.map((attempt) => {
              const isGood = attempt.status_code !== null && attempt.status_code >= 200 && attempt.status_code < 300;
              return (
                <circle
                  key={`${url}${id}${attempt.at}`}
                  class={isGood ? "attempt good" : "attempt bad"}
                  cx={x(Date.parse(attempt.at) + attempt.duration_ms)}
                  cy={(2 + row) * ROW + ROW / 2}
                  r={5}
                >
                  <title>{`${event}: ${attempt.status_code ?? attempt.error}`}</title>
                </circle>
              );
            }),
          ),
        )}
        {[0, 0.25, 0.5, 0.75, 1].map((part) => (
          <text
            key={part}
            class="axis"
            x={`${part * 100}%`}
            y={height - 6}
            text-anchor={part === 0 ? "start" : part === 1 ? "end" : "middle"}
          >
            {lengthOf((end - begin) * part)}
          </text>
        ))}
      </svg>
      <details>
        <summary>
          {timeline.data.length} events, {timeline.polls?.count ?? 0} polls
        </summary>
        <ol class="events">
          {timeline.data.map(({ id, type, timestamp, data }) => (
            <li key={id}>
              <time dateTime={timestamp}>+{((Date.parse(timestamp) - begin) / 1000).toFixed(1)} s</time> {type}{" "}
              {type === "delivery.attempted" && describeAttempt(data)}
              {type === "generation.storing" && copied}
            </li>
          ))}
        </ol>
      </details>
    </div>
  );
}

function describeAttempt(data: Record<string, unknown>): string {
  return `${data["event"]} to ${data["url"]}: ${data["status_code"] ?? data["error"]} after ${data["duration_ms"]} ms`;
}

/** On the grid that begins with the provider's acceptance. */
function pollTimes({ polls }: Timeline, lifeEnd: number): number[] {
  if (polls === null) return [];
  const since = Date.parse(polls.since);
  const count = Math.min(polls.count, MOST_TICKS);
  return Array.from({ length: count }, (_, index) => since + (index + 1) * polls.interval_seconds * 1000).filter(
    (time) => time <= lifeEnd + 1_000,
  );
}
