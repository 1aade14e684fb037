// Shows the video, the progress while it is being made, or the reason why there is none.

import { useEffect, useState } from "preact/hooks";
import type { GenerationView } from "../../contract/generation.ts";
import { type QueueEvent, waitWords } from "../shared/places.ts";
import { bytesOf, clockOf, countdownOf } from "../shared/units.ts";
import { pathOf } from "../shared/video-link.ts";
import { Ended } from "./ended.tsx";

interface Props {
  readonly generation: GenerationView;
  /** Null if the generation does not wait in line. */
  readonly place: QueueEvent | null;
  /** Progress of the copy to R2. */
  readonly stored: GenerationView["progress"];
  readonly nextPoll: number | null;
  readonly now: number;
  readonly reload: () => void;
}

export function Player({ generation, place, stored, nextPoll, now, reload }: Props) {
  const { video, error } = generation;
  if (video !== null) return <Video video={video} reload={reload} />;
  if (error !== null) return <Ended generation={generation} error={error} />;
  return <Waiting generation={generation} place={place} stored={stored} nextPoll={nextPoll} now={now} />;
}

/** Links expire and connections break: the first failure loads a fresh link, a second one shows a message. */
function Video({ video, reload }: { video: NonNullable<GenerationView["video"]>; reload: () => void }) {
  // Each reload of the generation brings a fresh link; a playing video keeps its first one.
  const [shown, setShown] = useState({ video, failures: 0 });
  useEffect(() => {
    setShown((before) => (before.failures === 1 && before.video !== video ? { video, failures: 2 } : before));
  }, [video]);
  const onError = () => {
    setShown((before) => ({ ...before, failures: before.failures + 1 }));
    if (shown.failures === 0) reload();
  };
  if (shown.failures > 2) {
    return (
      <div class="player ended" role="alert">
        <p>This browser cannot play the video.</p>
        <p>Download it and play it with another program.</p>
      </div>
    );
  }
  return (
    <div class="player">
      {/* biome-ignore lint/a11y/useMediaCaption: generated videos have no captions. */}
      <video
        key={shown.failures > 1 ? "again" : "first"}
        controls
        playsInline
        preload="metadata"
        src={pathOf(shown.video)}
        onError={onError}
        width={video.width ?? 1280}
        height={video.height ?? 720}
      />
    </div>
  );
}

const STEPS = [
  ["queued", "Queued"],
  ["generating", "Generating"],
  ["storing", "Storing"],
  ["delivered", "Delivered"],
] as const;

const WAITING: Readonly<Record<string, string>> = {
  queued: "Waiting for the provider",
  generating: "The provider is generating the video",
  storing: "Copying the video to R2",
};

const IN_LINE = "The provider takes only so many jobs at once.";

function Waiting({ generation, place, stored, nextPoll, now }: Omit<Props, "reload">) {
  const { status, created_at, started_at } = generation;
  const current = STEPS.findIndex(([name]) => name === status);
  const since = status === "queued" ? created_at : started_at;
  return (
    <div class="player waiting">
      <ol class="steps">
        {STEPS.map(([name, label], index) => (
          <li
            key={name}
            class={index < current ? "done" : index === current ? "current" : ""}
            aria-current={index === current ? "step" : undefined}
          >
            {label}
            {index < current && <span class="tick"> ✓</span>}
            {index === current && status !== "storing" && since !== null && (
              <span> {clockOf(now - Date.parse(since))}</span>
            )}
          </li>
        ))}
      </ol>
      {place !== null && <p class="place">{waitWords(place)}</p>}
      {/* Screen readers announce each change, so it does not have the place, which moves every few seconds. */}
      <p role="status" class={place === null ? undefined : "hint"}>
        {place === null ? (WAITING[status] ?? status) : IN_LINE}
      </p>
      {place === null && <Activity stored={stored} nextPoll={nextPoll} now={now} />}
    </div>
  );
}

/** How far the copy to R2 is, or when the provider is asked next. */
function Activity({ stored, nextPoll, now }: Pick<Props, "stored" | "nextPoll" | "now">) {
  if (stored === null) {
    return <p class="hint">{nextPoll === null ? " " : `Next poll in ${countdownOf(nextPoll - now)}`}</p>;
  }
  const { bytes, total_bytes } = stored;
  return (
    <>
      <progress aria-label="Stored" {...(total_bytes === null ? {} : { value: bytes, max: total_bytes })} />
      <p class="hint">
        {bytesOf(bytes)}
        {total_bytes !== null && ` of ${bytesOf(total_bytes)}`}
      </p>
    </>
  );
}
