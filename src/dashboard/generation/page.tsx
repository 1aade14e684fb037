// The page of one generation: its video, details, timeline, webhook deliveries and request.

import { useEffect, useState } from "preact/hooks";
import type { DeliveryView } from "../../contract/deliveries.ts";
import type { TimelineView } from "../../contract/events.ts";
import type { GenerationView } from "../../contract/generation.ts";
import { isTerminalStatus } from "../../contract/words.ts";
import { useAction, useEvents, useLoad, useNow, useReadOnly, useSession, useShown } from "../shared/hooks.ts";
import { listen } from "../shared/live.ts";
import { currentPlace, type QueueEvent } from "../shared/places.ts";
import { Badge, Confirm, Copy, Failure, Heading } from "../shared/ui.tsx";
import { Deliveries } from "./deliveries.tsx";
import { Details, Identifiers, ModelEnd, Request } from "./facts.tsx";
import { Player } from "./player.tsx";
import { pollTicks } from "./polls.ts";
import { TimelineChart } from "./timeline.tsx";

interface Life {
  readonly generation: GenerationView;
  readonly timeline: TimelineView;
  readonly deliveries: readonly DeliveryView[];
  /** Taken before the requests, so the data is at least this recent. */
  readonly loadedAt: number;
}

type Progress = NonNullable<GenerationView["progress"]>;

export function GenerationPage({ id }: { id: string }) {
  const { client, key } = useSession();
  const [progress, setProgress] = useState<Progress | null>(null);
  const [told, setTold] = useState<(QueueEvent & { readonly at: number }) | null>(null);
  const { value, error, reload } = useLoad(id, async (): Promise<Life> => {
    const loadedAt = Date.now();
    const [generation, timeline, deliveries] = await Promise.all([
      client.getGeneration(id),
      client.getTimeline(id),
      client.listDeliveries(id),
    ]);
    return { generation, timeline, deliveries, loadedAt };
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
  useDueAttempts(value?.deliveries, reload);
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

/** An attempt takes at most 15 seconds; one more for the result to be saved. */
const ATTEMPT_OVER_MS = 16_000;

/** Reloads after an attempt was due, because the event that reports it can be lost. */
function useDueAttempts(deliveries: readonly DeliveryView[] | undefined, reload: () => void): void {
  useEffect(() => {
    const due = deliveries?.flatMap((each) =>
      each.next_attempt_at === null ? [] : [Date.parse(each.next_attempt_at)],
    );
    if (due === undefined || due.length === 0) return;
    const timer = setTimeout(reload, Math.max(Math.min(...due) - Date.now(), 0) + ATTEMPT_OVER_MS);
    return () => clearTimeout(timer);
  }, [deliveries]);
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
  const isReadOnly = useReadOnly();
  const { generation, timeline, deliveries, loadedAt } = life;
  const isOver = isTerminalStatus(generation.status) && deliveries.every(({ state }) => state !== "pending");
  const now = useNow(!isOver);
  const prompt = generation.input["prompt"];
  const stored = generation.status === "storing" ? (progress ?? generation.progress) : generation.progress;
  const polls = pollTicks(timeline.polls, { loadedAt, now, until: pollingEnd(timeline) });
  return (
    <>
      <p class="crumbs">
        <a href="#/generations">Generations</a> /
      </p>
      <div class="title">
        <div class="name">
          <Heading title={generation.id} isCode={true} />
          <Copy text={generation.id} label="ID" />
          <Badge state={generation.status} />
        </div>
        {!isReadOnly && <Actions generation={generation} reload={reload} />}
      </div>
      <ModelEnd deprecated={generation.deprecated} now={now} />
      {typeof prompt === "string" && (
        <p class="prompt" title={prompt}>
          {prompt}
        </p>
      )}
      <div class="columns">
        <Player generation={generation} place={place} stored={stored} nextPoll={polls.next} now={now} reload={reload} />
        <Details generation={generation} polls={polls.count} />
      </div>
      <section aria-labelledby="timeline-title">
        <h2 id="timeline-title">Timeline</h2>
        <TimelineChart timeline={timeline} polls={polls} deliveries={deliveries} stored={stored} now={now} />
      </section>
      <section aria-labelledby="deliveries-title">
        <h2 id="deliveries-title">Webhook deliveries</h2>
        <Deliveries generation={generation} deliveries={deliveries} now={now} reload={reload} />
      </section>
      <Request generation={generation} />
      <Identifiers generation={generation} />
    </>
  );
}

function pollingEnd({ data }: TimelineView): number | null {
  const end = data.find(({ type }) => /^generation\.(storing|completed|failed|canceled)$/.test(type));
  return end === undefined ? null : Date.parse(end.timestamp);
}

function Actions({ generation: { id, status }, reload }: { generation: GenerationView; reload: () => void }) {
  const { client } = useSession();
  const [asked, setAsked] = useState<"cancel" | "delete" | null>(null);
  const { isBusy, error, run, clear } = useAction();
  const cancel = async () => {
    if (!(await run(() => client.cancelGeneration(id)))) return;
    setAsked(null);
    reload();
  };
  const remove = async () => {
    if (!(await run(() => client.deleteGeneration(id)))) return;
    location.hash = "#/generations";
  };
  const ask = (what: "cancel" | "delete") => {
    clear();
    setAsked(what);
  };
  const dialog = { isBusy, error, onClose: () => setAsked(null) };
  return (
    <div class="actions">
      <a class="button small" href={`#/playground/${id}`}>
        Run again with changes
      </a>
      {isTerminalStatus(status) ? (
        <button type="button" class="small risky" onClick={() => ask("delete")}>
          Delete
        </button>
      ) : (
        <button type="button" class="small risky" onClick={() => ask("cancel")}>
          Cancel
        </button>
      )}
      {asked === "cancel" && (
        <Confirm {...dialog} title="Cancel this generation?" action="Cancel generation" onConfirm={cancel}>
          <p>It ends immediately. While it waits in line, nothing is billed.</p>
          <p>The provider cannot stop a job that it has accepted, so it may still finish the video and bill it.</p>
        </Confirm>
      )}
      {asked === "delete" && (
        <Confirm {...dialog} title="Delete this generation?" action="Delete permanently" onConfirm={remove}>
          <p>This permanently deletes its record, its webhook deliveries and its video in R2.</p>
        </Confirm>
      )}
    </div>
  );
}
