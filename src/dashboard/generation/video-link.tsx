// Download of the video, and its signed link.

import type { GenerationView } from "../../contract/generation.ts";
import { Copy } from "../shared/ui.tsx";
import { pathOf } from "../shared/video-link.ts";

/** @param video null while there is none: its place is kept, so that the page does not move when the video comes. */
export function VideoLink({ video }: { video: GenerationView["video"] }) {
  return <div class="video-link">{video !== null && <Link video={video} />}</div>;
}

function Link({ video }: { video: NonNullable<GenerationView["video"]> }) {
  const { url, url_expires_at } = video;
  if (url_expires_at === null) return <p class="hint">Without SIGNING_SECRET, the link works with an API key only.</p>;
  const until = new Date(url_expires_at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  return (
    <>
      <a class="button small" href={`${pathOf(video)}&download=1`} download>
        Download
      </a>
      <Copy text={url} label="link" isNamed={true} />
      <span class="hint">The link works until {until}.</span>
    </>
  );
}
