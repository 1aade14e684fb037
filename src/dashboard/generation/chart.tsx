// The chart of the timeline, drawn to scale: one lane each for the generation, its polls and every webhook.

import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import type { DeliveryView } from "../../contract/deliveries.ts";
import { lengthOf, lengthWithin } from "../shared/units.ts";
import { isGood } from "./delivery-state.ts";
import { laneNames } from "./lanes.ts";
import type { PollTicks } from "./polls.ts";
import { type Place, type Scale, type Span, scaleOf } from "./scale.ts";

export interface Phase {
  readonly name: string;
  readonly from: number;
  readonly until: number;
  readonly length: string;
}

interface Props {
  readonly begin: number;
  /** Until now, while it is running. */
  readonly end: number;
  /** The final status; null while it is running. */
  readonly status: string | null;
  readonly phases: readonly Phase[];
  readonly polls: PollTicks;
  readonly deliveries: readonly DeliveryView[];
  readonly now: number;
}

/** In percent: narrower bars have no room for their name. */
const NAMED_FROM = 14;

/** A shorter generation has a chart of this length, because the axis has whole seconds. */
const SHORTEST_MS = 1_000;

export function Chart({ begin, end, status, phases, polls, deliveries, now }: Props) {
  const attempts = deliveries.flatMap((delivery) => [...delivery.attempts.map(spanOf), ...underWay(delivery, now)]);
  const scale = scaleOf({ begin, end: Math.max(end, begin + SHORTEST_MS), attempts });
  const lanes = [...Map.groupBy(deliveries, ({ url }) => url)];
  const urls = lanes.map(([url]) => url);
  const names = useMemo(() => laneNames(urls), [urls.join(" ")]);
  const since = (time: number) => lengthWithin(end - begin, time - begin);
  return (
    <div
      class="chart"
      role="img"
      aria-label={`Timeline of ${lengthOf(end - begin)}, to scale. The list below has the same events.`}
    >
      <Marks scale={scale} begin={begin} isRunning={status === null} />
      <Lane name="Generation">
        {phases.map(({ name, from, until, length }) => {
          const place = { left: scale.at(from), width: scale.at(until) - scale.at(from) };
          return (
            <span key={name} class={`phase ${name}`} style={styleOf(place)} title={`${name} ${length}`}>
              {place.width >= NAMED_FROM && name}
            </span>
          );
        })}
        {status !== null && <span class={`end ${status}`} style={styleOf({ left: scale.at(end) })} />}
      </Lane>
      <Lane name="Polls">
        {polls.ticks.map(({ time, state }) => (
          <span
            key={time}
            class={`poll ${state}`}
            style={styleOf({ left: scale.at(time) })}
            title={`${state === "made" ? "poll" : "poll due"} after ${since(time)}`}
          />
        ))}
      </Lane>
      {lanes.map(([url, own], index) => (
        <Lane key={url} name={names[index] ?? url} title={url}>
          {own.flatMap((delivery) => [
            ...delivery.attempts.map((attempt) => (
              <span
                key={`${delivery.id}${attempt.at}`}
                class={`attempt ${isGood(attempt.status_code) ? "good" : "bad"}`}
                style={styleOf(scale.of(spanOf(attempt)))}
                title={`${delivery.event}: ${attempt.status_code ?? attempt.error}, ${since(Date.parse(attempt.at))} after acceptance`}
              />
            )),
            ...underWay(delivery, now).map((span) => (
              <span
                key={`${delivery.id} under way`}
                class="attempt going"
                style={styleOf(scale.of(span))}
                title={`${delivery.event}: waiting for an answer`}
              />
            )),
          ])}
        </Lane>
      ))}
      <Axis scale={scale} begin={begin} />
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
          later<span class="aside"> (not to scale)</span>
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

function spanOf({ at, duration_ms }: DeliveryView["attempts"][number]): Span {
  return { at: Date.parse(at), durationMs: duration_ms };
}

/** The attempt under way, if there is one. The browser's clock may be behind the server's. */
function underWay({ attempting_since }: DeliveryView, now: number): readonly Span[] {
  if (attempting_since === null) return [];
  const at = Date.parse(attempting_since);
  return [{ at, durationMs: Math.max(0, now - at) }];
}
