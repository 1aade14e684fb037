// Reads the facts of an MP4 or QuickTime file. The file states most values more than once. If they contradict each
// other, the fact is unknown.

import { UNKNOWN_FACTS, type VideoFacts } from "../../core/generation/record.ts";
import { boxAt } from "./boxes.ts";
import { type FileReader, isJunk } from "./file-reader.ts";
import {
  readFragment,
  readIndex,
  skipToLastFragment,
  type Timeline,
  type Timelines,
  timelinesOf,
} from "./mp4-fragments.ts";
import { type Movie, readMovie, type Track } from "./mp4-movie.ts";
import { agree, displaySize } from "./picture.ts";

/** Requests reserved for the end of a file that has too many fragments to read them all. */
const RESERVED_REQUESTS = 8;

/** Requests that even a large fragment needs at most. */
const REQUESTS_PER_FRAGMENT = 3;

/** Boxes that must be complete. Any other box that seems to be cut off can be junk after the last box. */
const ESSENTIAL = ["moov", "moof", "mdat"];

/** `moof` as a number. */
const MOOF = 0x6d6f6f66;

interface Scanned {
  readonly movie: Movie;
  readonly timelines: Timelines;
  /** Whether all fragments are in the timelines. */
  readonly isWhole: boolean;
  /** Whether the last fragment is in the timelines. */
  readonly isEndKnown: boolean;
  /** Duration in seconds according to an index of fragments. Null without an index of the whole file. */
  readonly indexed: number | null;
}

export async function readMp4(file: FileReader): Promise<VideoFacts> {
  const scanned = await scan(file);
  const video = scanned === null ? undefined : videoOf(scanned.timelines);
  if (scanned === null || video === undefined || video.frames.count === 0) return UNKNOWN_FACTS;
  // A frame has at least one byte.
  if (Math.max(video.frames.count, video.track.samples) > file.size) return UNKNOWN_FACTS;
  const { movie } = scanned;
  const seconds = movie.isFragmented ? secondsOfFragments(scanned, video) : secondsOf(movie);
  return {
    ...sizeOf(video.track),
    durationMs: seconds === null ? null : seconds * 1000,
    frameRate: frameRateOf(scanned, video),
  };
}

/** Reads the boxes of the file until its samples are known. @returns null if the file is incomplete. */
async function scan(file: FileReader): Promise<Scanned | null> {
  let movie: Movie | null = null;
  let timelines: Timelines = new Map();
  let hasMedia = false;
  let indexed: number | null = null;
  let isWhole = true;
  let isEndKnown = true;
  for (let at = 0; at + 8 <= file.size; ) {
    if (file.requestsLeft < (isWhole ? RESERVED_REQUESTS : REQUESTS_PER_FRAGMENT)) {
      const video = videoOf(timelines);
      const last = isWhole && video !== undefined ? await skipToLastFragment(file, video) : null;
      isWhole = false;
      isEndKnown = last !== null;
      if (last === null) break;
      at = last;
    }
    const box = await boxAt(file, at, file.size);
    const isCutOff = box !== null && box.end > file.size;
    if (isCutOff && ESSENTIAL.includes(box.type)) return null;
    if (box === null || isCutOff) {
      if (await isJunk(file, at, MOOF)) break;
      return null;
    }
    if (box.type === "mdat") hasMedia = true;
    if (box.type === "moov" && movie === null) {
      movie = await readMovie(file, box);
      timelines = timelinesOf(movie.tracks);
    }
    if (box.type === "sidx") indexed ??= await readIndex(file, box);
    if (box.type === "moof") await readFragment(file, box, timelines);
    if (movie !== null && hasMedia && !movie.isFragmented) break;
    at = box.end;
  }
  return movie === null || !hasMedia ? null : { movie, timelines, isWhole, isEndKnown, indexed };
}

/** The track that a browser shows. */
function videoOf(timelines: Timelines): Timeline | undefined {
  const videos = Array.from(timelines.values()).filter(({ track }) => track.handler === "vide" && track.timescale > 0);
  return videos.find(({ track }) => track.isEnabled) ?? videos[0];
}

/** Maximum difference between the track's stated shape and the shape of its picture. Programs round and crop. */
const MAX_SHAPE_DIFFERENCE = 0.03;

/** Browsers derive the size from the coded picture. The track's own size can be scaled, so only its shape is used. */
function sizeOf(track: Track): Pick<VideoFacts, "width" | "height"> {
  const { isTurned, codedWidth, codedHeight, width, height } = track;
  if (codedWidth === 0 || codedHeight === 0) return displaySize({ width, height, pixelAspect: 1, isTurned });
  const stated = width > 0 && height > 0 ? (width * codedHeight) / (height * codedWidth) : null;
  const pixelAspect = track.pixelAspect ?? stated ?? 1;
  const isLike = (aspect: number) => Math.abs((stated ?? aspect) / aspect - 1) <= MAX_SHAPE_DIFFERENCE;
  // Some programs state the size of the picture as if its pixels were square.
  if (!isLike(pixelAspect) && !isLike(1)) return { width: null, height: null };
  return displaySize({ width: codedWidth, height: codedHeight, pixelAspect, isTurned });
}

/** Seconds of a file without fragments: as its header states, or of its longest track. Null if the two disagree. */
function secondsOf(movie: Movie): number | null {
  const longest = Math.max(...movie.tracks.map((track) => shownSeconds(movie, track) ?? mediaSeconds(track)));
  if (movie.duration === null) return longest;
  const stated = movie.duration / movie.timescale;
  return agree(stated, longest) ? stated : null;
}

/** How long a track is shown, after edits. Null if the header does not state it. */
function shownSeconds({ timescale }: Movie, { edits, shownDuration }: Track): number | null {
  const duration = edits?.duration || shownDuration;
  return duration === null ? null : duration / timescale;
}

/** Duration of a track in seconds, before edits. */
function mediaSeconds({ duration, frames, timescale }: Track): number {
  return timescale === 0 ? 0 : (duration ?? frames.duration) / timescale;
}

function secondsOfFragments({ movie, timelines, isWhole, isEndKnown, indexed }: Scanned, video: Timeline) {
  const isAllFragments = movie.tracks.every(({ samples }) => samples === 0);
  const duration = movie.fragmentedDuration ?? (isAllFragments ? movie.duration : null);
  const stated = duration === null ? null : duration / movie.timescale;
  if (!isEndKnown) return stated ?? indexed;
  const shown = Array.from(timelines.values(), (timeline) => shownOf(movie, timeline));
  const seconds = Math.max(...shown.map(({ end }) => end)) - Math.min(...shown.map(({ start }) => start));
  const { start, end } = shownOf(movie, video);
  const isGapless = !isWhole || agree(end - start, video.frames.duration / video.track.timescale);
  return isGapless && agree(seconds, stated ?? indexed ?? seconds) ? seconds : null;
}

/** When a track of a fragmented file begins and ends, in seconds. An edit can add a pause or skip the beginning. */
function shownOf(movie: Movie, { track, start, end }: Timeline): { readonly start: number; readonly end: number } {
  const { pause, mediaTime } = track.edits ?? { pause: 0, mediaTime: 0 };
  const at = (time: number) => pause / movie.timescale + (time - mediaTime) / track.timescale;
  return { start: at(Math.max(start, mediaTime)), end: at(end) };
}

/** Maximum difference between how long a track is shown and the duration of its frames, to use all frames. */
const MAX_DIFFERENCE = 0.02;

/** Frames per second. Null if the file contradicts itself, or if the rate varies and not all frames are shown. */
function frameRateOf({ movie, isWhole }: Scanned, video: Timeline): number | null {
  const { track, frames } = video;
  const seconds = frames.duration / track.timescale;
  let shown = seconds;
  if (movie.isFragmented) {
    const { start, end } = shownOf(movie, video);
    shown = end - start;
  } else {
    shown = (shownSeconds(movie, track) ?? seconds) - (track.edits?.pause ?? 0) / movie.timescale;
    const isShort = shown > seconds && !agree(shown, seconds);
    if (frames.count !== track.samples || isShort || !agree(mediaSeconds(track), seconds)) return null;
  }
  const isAllShown = isWhole && Math.abs(shown - seconds) <= MAX_DIFFERENCE * seconds;
  const steadyRate = frames.steadyRate();
  const rate = isAllShown ? frames.averageRate() : steadyRate;
  return rate === null ? null : rate * track.timescale;
}
