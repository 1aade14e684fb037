// The first frame of a video, which the browser itself takes from the file. Loaded only near the screen, a few at a time.

import { useEffect, useRef, useState } from "preact/hooks";
import type { GenerationSummary } from "../../contract/generation.ts";
import { clockOf } from "../shared/units.ts";
import { pathOf } from "../shared/video-link.ts";
import { Turns } from "./turns.ts";

/** Browsers allow six connections to a host over HTTP/1.1. */
const turns = new Turns(4);

/** A video that has no frame by then makes room for the next one. It may still show up. */
const TURN_MS = 10_000;

/** How near to the screen a video is loaded. */
const NEAR = "100px";

/** Nothing is loaded for rows that only pass by. */
const STAY_MS = 120;

interface Props {
  readonly row: GenerationSummary;
  /** Reads the row again: it may get a link, or a fresh one. */
  readonly refresh: () => void;
}

export function Poster({ row: { status, video }, refresh }: Props) {
  const box = useRef<HTMLSpanElement>(null);
  const isNear = useNear(box);
  const isMissing = status === "completed" && video === null;
  const hasAsked = useRef(false);
  const ask = () => {
    if (hasAsked.current) return;
    hasAsked.current = true;
    refresh();
  };
  useEffect(() => {
    // Events do not have the link.
    if (isNear && isMissing) ask();
  }, [isNear, isMissing]);
  const seconds = video?.duration_seconds ?? null;
  return (
    <span ref={box} class={`poster ${status}`}>
      {video !== null && isNear && <Frame path={pathOf(video)} onError={ask} />}
      {seconds !== null && (
        <span class="length">
          <span class="unseen">Duration </span>
          {clockOf(seconds * 1_000)}
        </span>
      )}
    </span>
  );
}

function useNear(box: { readonly current: Element | null }): boolean {
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    if (box.current === null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        clearTimeout(timer);
        const isHere = entries.at(-1)?.isIntersecting === true;
        if (isHere) timer = setTimeout(() => setNear(true), STAY_MS);
        else setNear(false);
      },
      { rootMargin: NEAR },
    );
    observer.observe(box.current);
    return () => {
      clearTimeout(timer);
      observer.disconnect();
    };
  }, []);
  return isNear;
}

function Frame({ path, onError }: { path: string; onError: () => void }) {
  const video = useRef<HTMLVideoElement>(null);
  // Each read of the list brings a fresh link; a loaded frame keeps its own until that fails.
  const [shown, setShown] = useState(path);
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    if (hasFailed && path !== shown) {
      setShown(path);
      setFailed(false);
    }
  }, [path, hasFailed]);
  useEffect(() => {
    const element = video.current;
    if (element === null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = turns.take(() => {
      element.src = `${shown}#t=0.1`;
      timer = setTimeout(() => end(), TURN_MS);
    });
    const fail = () => {
      end();
      setFailed(true);
      onError();
    };
    element.addEventListener("loadeddata", end);
    element.addEventListener("error", fail);
    return () => {
      element.removeEventListener("loadeddata", end);
      element.removeEventListener("error", fail);
      clearTimeout(timer);
      end();
      // Otherwise the browser keeps the connection and the decoder until it collects the element.
      element.removeAttribute("src");
      element.load();
    };
  }, [shown]);
  return (
    <span class="frame" aria-hidden="true">
      {/* It does not play, so it needs no captions. */}
      <video ref={video} class={hasFailed ? "unavailable" : undefined} preload="metadata" muted playsInline />
    </span>
  );
}
