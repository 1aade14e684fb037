// One generation: its video, its facts, what happened, and who was told.

import { useEffect, useRef, useState } from "preact/hooks";
import { answerOf, type Delivery, type Generation, isFinal, type Timeline } from "./api.ts";
import { Deliveries } from "./deliveries.tsx";
import { useAction, useEvents, useLoad, useNow, useSigned } from "./hooks.ts";
import { listen } from "./live.ts";
import { TimelineChart } from "./timeline.tsx";
import { Age, Badge, bytesOf, Confirm, Copy, Failure, lengthOf } from "./ui.tsx";

interface Life {
  readonly generation: Generation;
  readonly timeline: Timeline;
  readonly deliveries: readonly Delivery[];
}

type Progress = NonNullable<Generation["progress"]>;

export function GenerationPage({ id }: { id: string }) {
  const { client, key } = useSigned();
  const [progress, setProgress] = useState<Progress | null>(null);
  const one = client.v1.generations[":id"];
  const { value, error, reload } = useLoad(id, async (): Promise<Life> => {
    const param = { id };
    const [generation, timeline, deliveries] = await Promise.all([
      answerOf(one.$get({ param })),
      answerOf(one.events.$get({ param })),
      answerOf(one.deliveries.$get({ param })),
    ]);
    return { generation, timeline: timeline as Timeline, deliveries: deliveries.data };
  });
  // The generation's own stream tells all until its end; what comes after that, deliveries, the scope's stream tells.
  useEffect(
    () =>
      listen(`/v1/generations/${id}/events`, {
        key,
        onEvent: ({ type, data }) => (type === "progress" ? setProgress(data as Progress) : reload()),
      }),
    [id, key],
  );
  useEvents(({ type, data }) => {
    const about = (data as { data?: { id?: string; generation?: string } }).data;
    if (type === "open" || type === "reset" || about?.id === id || about?.generation === id) reload();
  });
  if (value === null) {
    return error === null ? <p class="loading">Loading …</p> : <NotThere message={error.message} retry={reload} />;
  }
  if (error?.status === 404) return <NotThere message={error.message} retry={reload} />;
  return (
    <>
      <Failure error={error} retry={reload} />
      <Shown life={value} progress={progress} reload={reload} />
    </>
  );
}

function NotThere({ message, retry }: { message: string; retry: () => void }) {
  return (
    <div class="empty">
      <h1>Nothing to show</h1>
      <p>{message} It may have been deleted, or belong to another account or mode.</p>
      <button type="button" onClick={retry}>
        Try again
      </button>{" "}
      <a href="#/generations">All generations</a>
    </div>
  );
}

function Shown({ life, progress, reload }: { life: Life; progress: Progress | null; reload: () => void }) {
  const { generation, timeline, deliveries } = life;
  const isOver = isFinal(generation.status) && deliveries.every(({ state }) => state !== "pending");
  const now = useNow(!isOver);
  return (
    <>
      <p class="crumbs">
        <a href="#/generations">Generations</a> /
      </p>
      <div class="title">
        <h1 class="id">
          {generation.id} <Copy text={generation.id} label="id" />
        </h1>
        <Badge state={generation.status} />
        <Actions generation={generation} reload={reload} />
      </div>
      <div class="columns">
        <Player generation={generation} progress={progress} now={now} />
        <Facts generation={generation} now={now} />
      </div>
      <section aria-labelledby="timeline-title">
        <h2 id="timeline-title">Timeline</h2>
        <TimelineChart
          timeline={timeline}
          deliveries={deliveries}
          stored={progress ?? generation.progress}
          isOver={isOver}
          now={now}
        />
      </section>
      <section aria-labelledby="deliveries-title">
        <h2 id="deliveries-title">Callbacks</h2>
        <Deliveries generationId={generation.id} deliveries={deliveries} now={now} reload={reload} />
      </section>
    </>
  );
}

function Actions({ generation: { id, status }, reload }: { generation: Generation; reload: () => void }) {
  const { client } = useSigned();
  const [asked, setAsked] = useState<"cancel" | "delete" | null>(null);
  const { isBusy, error, run } = useAction();
  const one = client.v1.generations[":id"];
  const cancel = async () => {
    if (!(await run(() => answerOf(one.cancel.$post({ param: { id } }))))) return;
    setAsked(null);
    reload();
  };
  const remove = async () => {
    if (!(await run(() => answerOf(one.$delete({ param: { id } }))))) return;
    location.hash = "#/generations";
  };
  const dialog = { isBusy, error, onClose: () => setAsked(null) };
  return (
    <div class="actions">
      {isFinal(status) ? (
        <button type="button" class="danger" onClick={() => setAsked("delete")}>
          Delete
        </button>
      ) : (
        <button type="button" class="danger" onClick={() => setAsked("cancel")}>
          Cancel
        </button>
      )}
      {asked === "cancel" && (
        <Confirm {...dialog} title="Cancel this generation?" action="Cancel the generation" onConfirm={cancel}>
          <p>It ends here at once. The provider has no way to stop a job: it may still finish there, and bill it.</p>
        </Confirm>
      )}
      {asked === "delete" && (
        <Confirm {...dialog} title="Delete this generation?" action="Delete for ever" onConfirm={remove}>
          <p>Its record, its callbacks and its video in R2 are removed. There is no way back.</p>
        </Confirm>
      )}
    </div>
  );
}

interface PlayerProps {
  readonly generation: Generation;
  readonly progress: Progress | null;
  readonly now: number;
}

function Player({ generation: { status, video, error, created_at, progress: atLoad }, progress, now }: PlayerProps) {
  // Each reading brings a fresh link; a video that plays keeps the one that it began with.
  const kept = useRef("");
  if (video !== null) {
    const { pathname, search } = new URL(video.url);
    if (kept.current === "") kept.current = pathname + search;
    return (
      <div class="player">
        {/* From here, whatever address the link was made for: the page may load from its own origin only. */}
        {/* biome-ignore lint/a11y/useMediaCaption: nobody has made captions for it. */}
        <video
          controls
          playsInline
          preload="metadata"
          src={kept.current}
          onError={() => {
            kept.current = "";
          }}
          width={video.width ?? 1280}
          height={video.height ?? 720}
        />
      </div>
    );
  }
  if (error !== null) {
    return (
      <div class="player ended">
        <p class="error-code">{error.code}</p>
        <p>{error.message}</p>
        {error.retryable && <p>Another try may succeed.</p>}
      </div>
    );
  }
  const copied = progress ?? atLoad;
  return (
    <div class="player waiting">
      <p role="status">{WAITING[status] ?? status}</p>
      {copied === null ? (
        <p class="hint">for {lengthOf(now - Date.parse(created_at))}</p>
      ) : (
        <>
          <progress
            aria-label="Stored"
            {...(copied.total_bytes === null ? {} : { value: copied.bytes, max: copied.total_bytes })}
          />
          <p class="hint">
            {bytesOf(copied.bytes)}
            {copied.total_bytes !== null && ` of ${bytesOf(copied.total_bytes)}`}
          </p>
        </>
      )}
    </div>
  );
}

const WAITING: Readonly<Record<string, string>> = {
  queued: "Waiting at the provider",
  generating: "The provider is working on it",
  storing: "Copying the video to your R2",
};

function Facts({ generation, now }: { generation: Generation; now: number }) {
  const { model, created_at, finished_at, provider, video, usage, metadata, input, expires_at } = generation;
  const facts: [string, preact.ComponentChildren][] = [
    ["Model", model],
    ["Accepted", <Age key="age" since={created_at} now={now} />],
    ["Took", finished_at && lengthOf(Date.parse(finished_at) - Date.parse(created_at))],
    ["Provider", `${provider.name}, ${provider.polls} polls${provider.status ? `, says ${provider.status}` : ""}`],
    ["Provider's id", provider.id && <WithCopy text={provider.id} label="the provider's id" />],
    ["Size", video && bytesOf(video.bytes)],
    ["Picture", video?.width && `${video.width} × ${video.height}, ${video.frame_rate} frames a second`],
    ["Length", video?.duration_seconds && `${video.duration_seconds} s`],
    ["In R2", video && <WithCopy text={video.key} label="the key in R2" />],
    ["SHA-256", video && <WithCopy text={video.sha256} label="the SHA-256" />],
    ["Link", video && <WithCopy text={video.url} label="the signed link" />],
    ["Credits", usage && String(usage.credits)],
    ["Deleted on", expires_at && new Date(expires_at).toLocaleString()],
    ...Object.entries(metadata).map(([name, value]): [string, string] => [name, value]),
    ...Object.entries(input).map(([name, value]): [string, string] => [
      name,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value]) =>
        value ? (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ) : null,
      )}
    </dl>
  );
}

function WithCopy({ text, label }: { text: string; label: string }) {
  return (
    <span class="with-copy">
      <code>{text}</code> <Copy text={text} label={label} />
    </span>
  );
}
