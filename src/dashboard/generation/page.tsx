// The page of one generation: its video, details, timeline, webhook deliveries and request.

import { useEffect, useRef, useState } from "preact/hooks";
import type { DeliveryView } from "../../contract/deliveries.ts";
import type { TimelineView } from "../../contract/events.ts";
import type { GenerationView } from "../../contract/generation.ts";
import { isTerminalStatus } from "../../contract/words.ts";
import { useEvents, useLoad, useNow, useSession, useShown } from "../shared/hooks.ts";
import { listen } from "../shared/live.ts";
import { currentPlace, type QueueEvent } from "../shared/places.ts";
import { Failure, Heading } from "../shared/ui.tsx";
import { Deliveries } from "./deliveries.tsx";
import { nextLook } from "./delivery-state.ts";
import { Details, Identifiers, ModelEnd, Request } from "./facts.tsx";
import { Header } from "./header.tsx";
import { Json } from "./json-view.tsx";
import { Player } from "./player.tsx";
import { pollTicks } from "./polls.ts";
import { Prompt } from "./prompt.tsx";
import type { Standing } from "./recipients.ts";
import { Timeline } from "./timeline.tsx";
import { VideoLink } from "./video-link.tsx";

interface Life {
  readonly generation: GenerationView;
  readonly timeline: TimelineView;
  readonly deliveries: readonly DeliveryView[];
  /** The webhook endpoints; null if they are not known, or not needed, because the generation has ended. */
  readonly endpoints: readonly Standing[] | null;
  /** Taken before the requests, so the data is at least this recent. */
  readonly loadedAt: number;
}

type Progress = NonNullable<GenerationView["progress"]>;

export function GenerationPage({ id }: { id: string }) {
  const { client, key } = useSession();
  const [progress, setProgress] = useState<Progress | null>(null);
  const [told, setTold] = useState<(QueueEvent & { readonly at: number }) | null>(null);
  const hasEnded = useRef(false);
  const { value, error, reload } = useLoad(id, async (): Promise<Life> => {
    const loadedAt = Date.now();
    const [generation, timeline, deliveries, endpoints] = await Promise.all([
      client.getGeneration(id),
      client.getTimeline(id),
      client.listDeliveries(id),
      hasEnded.current ? null : client.listEndpoints().catch(() => null),
    ]);
    hasEnded.current = isTerminalStatus(generation.status);
    return { generation, timeline, deliveries, endpoints: endpoints?.data ?? null, loadedAt };
  });
  // The generation's own stream ends with the generation. Later events, the deliveries, come from the scope's stream.
  useEffect(
    () =>
      listen(`/v1/generations/${id}/events`, {
        key,
        onEvent: ({ type, data }) => {
          if (type === "progress") setProgress(data as Progress);
          else if (type === "generation.queue") setTold({ ...(data as QueueEvent), at: Date.now() });
          else reload();
        },
      }),
    [id, key],
  );
  useEvents(({ type, data }) => {
    const about = (data as { data?: { id?: string; generation?: string } }).data;
    if (type === "open" || type === "reset" || about?.id === id || about?.generation === id) reload();
  });
  useDueAttempts(value, reload);
  const isQueued = value?.generation.status === "queued";
  const place = isQueued ? currentPlace({ loaded: value.generation.queue, loadedAt: value.loadedAt, told }) : null;
  useSilence(place === null ? null : Math.max(value?.loadedAt ?? 0, told?.at ?? 0), reload);
  if (error?.status === 404) return <NotThere message={error.message} retry={reload} />;
  if (value === null)
    return error === null ? <p class="loading">Loading …</p> : <Failure error={error} retry={reload} />;
  return (
    <>
      <Failure error={error} retry={reload} />
      <Shown life={value} progress={progress} place={place} reload={reload} />
    </>
  );
}

/** Loads again when an attempt should have begun or ended. */
function useDueAttempts(life: Life | null, reload: () => void): void {
  useEffect(() => {
    const at = life === null ? null : nextLook(life.deliveries, Date.now());
    if (at === null) return;
    const timer = setTimeout(reload, Math.max(0, at - Date.now()));
    return () => clearTimeout(timer);
  }, [life]);
}

/** A generation that waits in line tells its place every 5 seconds. This leaves time for the line to answer. */
const SILENCE_MS = 6_500;

/**
 * Reloads when the place in line has not been told for a while: its turn may have come, or the stream may be cut.
 *
 * @param heardAt when the place was last known; null if the generation does not wait in line.
 */
function useSilence(heardAt: number | null, reload: () => void): void {
  const isShown = useShown();
  useEffect(() => {
    if (heardAt === null || !isShown) return;
    const timer = setTimeout(reload, Math.max(0, heardAt + SILENCE_MS - Date.now()));
    return () => clearTimeout(timer);
  }, [heardAt, isShown]);
}

function NotThere({ message, retry }: { message: string; retry: () => void }) {
  return (
    <div class="empty">
      <Heading title="Generation not found" />
      <p>{message} It may have been deleted, or it belongs to another account or mode.</p>
      <button type="button" onClick={retry}>
        Try again
      </button>{" "}
      <a href="#/generations">All generations</a>
    </div>
  );
}

interface ShownProps {
  readonly life: Life;
  readonly progress: Progress | null;
  readonly place: QueueEvent | null;
  readonly reload: () => void;
}

function Shown({ life, progress, place, reload }: ShownProps) {
  const { generation, timeline, deliveries, endpoints, loadedAt } = life;
  const isOver = isTerminalStatus(generation.status) && deliveries.every(({ state }) => state !== "pending");
  const now = useNow(!isOver);
  const prompt = generation.input["prompt"];
  const stored = generation.status === "storing" ? (progress ?? generation.progress) : generation.progress;
  const polls = pollTicks(timeline.polls, { loadedAt, now, until: pollingEnd(timeline) });
  return (
    <>
      <Header generation={generation} reload={reload} />
      <ModelEnd deprecated={generation.deprecated} now={now} />
      {typeof prompt === "string" && <Prompt text={prompt} />}
      <div class="columns">
        <div>
          <Player {...{ generation, place, stored, now, reload }} nextPoll={polls.next} />
          <VideoLink video={generation.video} />
        </div>
        <Details generation={generation} polls={polls.count} />
      </div>
      <section aria-labelledby="timeline-title">
        <h2 id="timeline-title">Timeline</h2>
        <Timeline {...{ timeline, polls, deliveries, stored, now }} />
      </section>
      <section aria-labelledby="deliveries-title">
        <h2 id="deliveries-title">Webhook deliveries</h2>
        <Deliveries {...{ generation, deliveries, endpoints, now, reload }} />
      </section>
      <Request generation={generation} />
      <Identifiers generation={generation} />
      <Json generation={generation} />
    </>
  );
}

function pollingEnd({ data }: TimelineView): number | null {
  const end = data.find(({ type }) => /^generation\.(storing|completed|failed|canceled)$/.test(type));
  return end === undefined ? null : Date.parse(end.timestamp);
}
