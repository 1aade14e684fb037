// The timeline of a generation, drawn to scale: one lane each for the generation, its polls and every webhook.

import type { ComponentChildren } from "preact";
import type { DeliveryView } from "../../contract/deliveries.ts";
import type { TimelineView } from "../../contract/events.ts";
import type { GenerationView } from "../../contract/generation.ts";
import { bytesOf, counted, lengthOf } from "../shared/units.ts";
import { isGood } from "./delivery-state.ts";
import type { PollTicks } from "./polls.ts";
import { type Place, type Scale, scaleOf } from "./scale.ts";

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

/** In percent: narrower bars have no room for their name. */
const NAMED_FROM = 14;

export function TimelineChart({ timeline, polls, deliveries, stored, now }: Props) {
  const timeOf = (type: string) => Date.parse(timeline.data.find((item) => item.type === type)?.timestamp ?? "");
  const begin = timeOf("generation.queued");
  const finish = timeline.data.find(({ type }) => /^generation\.(completed|failed|canceled)$/.test(type));
  // The browser's clock may be behind the server's.
  const newest = finish ?? timeline.data.at(-1);
  const end = Math.max(Date.parse(newest?.timestamp ?? ""), finish === undefined ? now : 0, begin + 1_000);
  const attempts = deliveries.flatMap((delivery) => delivery.attempts.map(spanOf));
  const scale = scaleOf({ begin, end, attempts });
  const starts = PHASES.map(([type, name]) => ({ name, from: timeOf(type) })).filter(({ from }) => !Number.isNaN(from));
  const phases = starts.map(({ name, from }, index) => ({ name, from, until: starts[index + 1]?.from ?? end }));
  const copied =
    stored === null
      ? ""
      : `${bytesOf(stored.bytes)}${stored.total_bytes === null ? "" : ` of ${bytesOf(stored.total_bytes)}`}`;
  const lanes = [...Map.groupBy(deliveries, ({ url }) => url)];
  const left = polls.leftOut === 0 ? "" : `, ${polls.leftOut} skipped after failed polls`;
  return (
    <div class="timeline">
      <ul class="legend">
        {phases.map(({ name, from, until }) => (
          <li key={name}>
            <span class={`swatch phase ${name}`} /> {name} {lengthOf(until - from)}
            {name === "storing" && copied && `, ${copied}`}
          </li>
        ))}
        <li>
          <span class="swatch poll" /> {counted(polls.count, "poll")}
          {left}
        </li>
        {attempts.length > 0 && (
          <li>
            <span class="swatch attempt good" /> webhook delivered
          </li>
        )}
        {attempts.length > 0 && (
          <li>
            <span class="swatch attempt bad" /> webhook failed
          </li>
        )}
      </ul>
      <div
        class="chart"
        role="img"
        aria-label={`Timeline of ${lengthOf(end - begin)}, to scale. The list below has the same events.`}
      >
        <Marks scale={scale} begin={begin} isRunning={finish === undefined} />
        <Lane name="Generation">
          {phases.map(({ name, from, until }) => {
            const place = { left: scale.at(from), width: scale.at(until) - scale.at(from) };
            return (
              <span
                key={name}
                class={`phase ${name}`}
                style={styleOf(place)}
                title={`${name} ${lengthOf(until - from)}`}
              >
                {place.width >= NAMED_FROM && name}
              </span>
            );
          })}
          {finish !== undefined && (
            <span class={`end ${finish.type.slice(11)}`} style={styleOf({ left: scale.at(end) })} />
          )}
        </Lane>
        <Lane name="Polls">
          {polls.ticks.map(({ time, state }) => (
            <span
              key={time}
              class={`poll ${state}`}
              style={styleOf({ left: scale.at(time) })}
              title={`${state === "made" ? "poll" : "poll due"} after ${lengthOf(time - begin)}`}
            />
          ))}
        </Lane>
        {lanes.map(([url, own]) => (
          <Lane
            key={url}
            name={laneName(
              url,
              lanes.map(([each]) => each),
            )}
            title={url}
          >
            {own.flatMap(({ id, event, attempts }) =>
              attempts.map((attempt) => (
                <span
                  key={`${id}${attempt.at}`}
                  class={`attempt ${isGood(attempt.status_code) ? "good" : "bad"}`}
                  style={styleOf(scale.of(spanOf(attempt)))}
                  title={`${event}: ${attempt.status_code ?? attempt.error}, ${lengthOf(Date.parse(attempt.at) - begin)} after acceptance`}
                />
              )),
            )}
          </Lane>
        ))}
        <Axis scale={scale} begin={begin} />
      </div>
      <details>
        <summary>
          {counted(timeline.data.length, "event")}, {counted(polls.count, "poll")}
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

function Lane({ name, title, children }: { name: string; title?: string; children: ComponentChildren }) {
  return (
    <>
      <span class="lane" title={title}>
        {name}
      </span>
      <div class="track">{children}</div>
    </>
  );
}

/** The host, or the last part of the path if several webhooks share the host. */
function laneName(url: string, all: readonly string[]): string {
  const { host, pathname } = new URL(url);
  const isAlone = all.every((each) => each === url || new URL(each).host !== host);
  return isAlone ? host : `…/${pathname.split("/").at(-1)}`;
}

/** In percent: labels beyond this are right-aligned, to stay inside the chart. */
const EDGE = 96;

function Axis({ scale, begin }: { scale: Scale; begin: number }) {
  const { ticks, breakAt } = scale;
  return (
    <div class="axis">
      {ticks.map((tick) => {
        const left = scale.at(begin + tick);
        const side = left === 0 ? "first" : left > EDGE ? "last" : "";
        return (
          <span key={tick} class={side} style={styleOf({ left })}>
            {lengthOf(tick)}
          </span>
        );
      })}
      {breakAt !== null && (
        <span class="last" style={styleOf({ left: 100 })}>
          later (not to scale)
        </span>
      )}
    </div>
  );
}

/** Lines behind all lanes. */
function Marks({ scale, begin, isRunning }: { scale: Scale; begin: number; isRunning: boolean }) {
  return (
    <div class="marks">
      {scale.ticks.map((tick) => (
        <span key={tick} class="mark" style={styleOf({ left: scale.at(begin + tick) })} />
      ))}
      {scale.breakAt !== null && <span class="break" style={styleOf({ left: scale.breakAt })} />}
      {isRunning && <span class="now" style={styleOf({ left: 100 })} />}
    </div>
  );
}

function styleOf({ left, width }: Partial<Place>): Record<string, string> {
  return {
    ...(left === undefined ? {} : { left: `${left.toFixed(3)}%` }),
    ...(width === undefined ? {} : { width: `${width.toFixed(3)}%` }),
  };
}

function spanOf({ at, duration_ms }: DeliveryView["attempts"][number]) {
  return { at: Date.parse(at), durationMs: duration_ms };
}

function describeAttempt(data: Record<string, unknown>): string {
  return `${data["event"]} to ${data["url"]}: ${data["status_code"] ?? data["error"]} after ${data["duration_ms"]} ms`;
}
