// Reads the header (`moov`) of an MP4 or QuickTime file (ISO/IEC 14496-12, chapter 8). Reads only the rows of `stts`,
// which has one for each run of samples of equal duration, and of edit lists. Other tables can list every sample, which
// can be billions in PCM sound or in a hostile file.

import { ascii, type Box, boxAt, boxesIn, checkRows, contentOf, Malformed, rowsIn } from "./boxes.ts";
import type { FileReader } from "./file-reader.ts";
import { Frames } from "./frames.ts";

/** Durations are in units of the movie's timescale, unless stated otherwise. */
export interface Movie {
  /** Units per second. */
  readonly timescale: number;
  /** Null if unknown. */
  readonly duration: number | null;
  readonly isFragmented: boolean;
  /** Duration of the whole file if it is fragmented. Null if unknown. */
  readonly fragmentedDuration: number | null;
  readonly tracks: readonly Track[];
}

export interface Track {
  id: number;
  isEnabled: boolean;
  isTurned: boolean;
  /** Kind of track: `vide`, `soun`, … */
  handler: string;
  /** Size stated in the header of the track. 0 if missing. */
  width: number;
  height: number;
  /** Size of the coded picture. 0 if missing. */
  codedWidth: number;
  codedHeight: number;
  /** Width of a pixel divided by its height. Null if unknown. */
  pixelAspect: number | null;
  /** Units per second of the track's own times. */
  timescale: number;
  /** In units of the track. Null if unknown. */
  duration: number | null;
  /** Number of samples listed in the header. */
  samples: number;
  frames: Frames;
  /** How long the track is shown, in units of the movie. Null if unknown. */
  shownDuration: number | null;
  edits: Edits | null;
  /** Duration of samples in fragments that do not state their own, in units of the track. */
  defaultDuration: number;
}

export interface Edits {
  /** Sum of all edits, pauses included, in units of the movie. 0 if unknown. */
  readonly duration: number;
  /** Pause before the track, in units of the movie. */
  readonly pause: number;
  /** Time in the track at which it starts to be shown, in units of the track. */
  readonly mediaTime: number;
}

/** Limits memory. Real files have fewer than twenty. */
const MAX_TRACKS = 100;

export async function readMovie(file: FileReader, moov: Box): Promise<Movie> {
  let header = { timescale: 0, duration: null as number | null };
  let isTurned = false;
  let isFragmented = false;
  let fragmentedDuration: number | null = null;
  const tracks: Track[] = [];
  const defaults = new Map<number, number>();
  for await (const box of boxesIn(file, moov.start, moov.end)) {
    if (box.type === "mvhd") {
      header = await readTimes(file, box);
      isTurned = await isTurnedAt(file, box, (await isLong(file, box)) ? 48 : 36);
    }
    if (box.type === "trak") {
      if (tracks.length === MAX_TRACKS) throw new Malformed("too many tracks");
      tracks.push(await readTrack(file, box));
    }
    if (box.type !== "mvex") continue;
    isFragmented = true;
    for await (const child of boxesIn(file, box.start, box.end)) {
      if (child.type === "trex") {
        const view = await contentOf(file, child, 24);
        if (defaults.size < MAX_TRACKS) defaults.set(view.getUint32(4), view.getUint32(12));
      }
      if (child.type === "mehd") fragmentedDuration = await readDuration(file, child, 4);
    }
  }
  for (const track of tracks) {
    track.isTurned = track.isTurned !== isTurned;
    track.defaultDuration = defaults.get(track.id) ?? 0;
  }
  return { ...header, isFragmented, fragmentedDuration, tracks };
}

const CONTAINERS = ["edts", "mdia", "minf", "stbl"];

/** Yields the boxes of a track that are not containers. */
async function* leavesIn(file: FileReader, parent: Box, depth = 0): AsyncGenerator<Box, void, void> {
  for await (const box of boxesIn(file, parent.start, parent.end)) {
    if (!CONTAINERS.includes(box.type)) yield box;
    else if (depth < CONTAINERS.length) yield* leavesIn(file, box, depth + 1);
  }
}

async function readTrack(file: FileReader, trak: Box): Promise<Track> {
  const track: Track = {
    id: 0,
    isEnabled: false,
    isTurned: false,
    handler: "",
    width: 0,
    height: 0,
    codedWidth: 0,
    codedHeight: 0,
    pixelAspect: null,
    timescale: 0,
    duration: null,
    samples: 0,
    frames: new Frames(),
    shownDuration: null,
    edits: null,
    defaultDuration: 0,
  };
  let description: Box | null = null;
  for await (const box of leavesIn(file, trak)) {
    if (box.type === "tkhd") await readTrackHeader(file, box, track);
    else if (box.type === "elst") track.edits = await readEdits(file, box);
    else if (box.type === "mdhd") Object.assign(track, await readTimes(file, box));
    else if (box.type === "hdlr") {
      const view = await contentOf(file, box, 12);
      // QuickTime has a second `hdlr`, for the place of the media data.
      if (ascii(view, 4) !== "dhlr") track.handler = ascii(view, 8);
    } else if (box.type === "stsd") description = box;
    else if (box.type === "stts") track.frames = await readDurations(file, box);
    else if (box.type === "stsz" || box.type === "stz2") track.samples = await readSampleCount(file, box);
    else if (box.type in ROW_BYTES)
      checkRows(box, 8, (await contentOf(file, box, 8)).getUint32(4), ROW_BYTES[box.type]);
  }
  if (track.handler === "vide" && description !== null) await readPicture(file, description, track);
  return track;
}

/** Bytes per row of the tables whose size is checked but whose rows are not read. */
const ROW_BYTES: Readonly<Record<string, number>> = { ctts: 8, stsc: 12, stco: 4, co64: 8, stss: 4 };

async function readSampleCount(file: FileReader, box: Box): Promise<number> {
  const view = await contentOf(file, box, 12);
  const count = view.getUint32(8);
  // Bits per row. 0 if all samples have the same size, because then there are no rows.
  const bits = box.type === "stz2" ? view.getUint8(7) : view.getUint32(4) === 0 ? 32 : 0;
  checkRows(box, 12, count, bits / 8);
  return count;
}

async function readTrackHeader(file: FileReader, box: Box, track: Track): Promise<void> {
  const at = (await isLong(file, box)) ? 12 : 0;
  const view = await contentOf(file, box, 84 + at);
  track.isEnabled = (view.getUint32(0) & 1) === 1;
  track.id = view.getUint32(at === 0 ? 12 : 20);
  track.isTurned = await isTurnedAt(file, box, 40 + at);
  track.shownDuration = await readDuration(file, box, at === 0 ? 20 : 28);
  // 16.16 fixed-point numbers.
  track.width = view.getUint32(76 + at) / 0x10000;
  track.height = view.getUint32(80 + at) / 0x10000;
}

/** Whether a transformation matrix turns the picture by 90 or 270 degrees. Its first numbers are a, b, u, c, d. */
async function isTurnedAt(file: FileReader, box: Box, at: number): Promise<boolean> {
  const view = await contentOf(file, box, 20, at);
  const [a, b, c, d] = [0, 4, 12, 16].map((offset) => view.getInt32(offset)) as [number, number, number, number];
  return a === 0 && d === 0 && b !== 0 && c !== 0;
}

/** @returns null if the list contains only pauses */
async function readEdits(file: FileReader, box: Box): Promise<Edits | null> {
  const long = await isLong(file, box);
  const count = (await contentOf(file, box, 8)).getUint32(4);
  let [duration, pause, mediaTime] = [0, 0, null as number | null];
  for await (const rows of rowsIn(file, box, 8, count, long ? 20 : 12)) {
    for (let at = 0; at < rows.byteLength; at += long ? 20 : 12) {
      const length = long ? Number(rows.getBigUint64(at)) : rows.getUint32(at);
      const time = long ? Number(rows.getBigInt64(at + 8)) : rows.getInt32(at + 4);
      duration += length;
      if (mediaTime === null && time === -1) pause += length;
      else mediaTime ??= time;
    }
  }
  return mediaTime === null ? null : { duration, pause, mediaTime };
}

async function readDurations(file: FileReader, box: Box): Promise<Frames> {
  const count = (await contentOf(file, box, 8)).getUint32(4);
  const frames = new Frames();
  for await (const rows of rowsIn(file, box, 8, count, 8)) {
    for (let at = 0; at < rows.byteLength; at += 8) {
      frames.add(rows.getUint32(at), rows.getInt32(at + 4));
    }
  }
  return frames;
}

/** Size of the fields that all video formats have. Boxes follow them. */
const SAMPLE_ENTRY_BYTES = 78;

async function readPicture(file: FileReader, stsd: Box, track: Track): Promise<void> {
  for await (const entry of boxesIn(file, stsd.start + 8, stsd.end)) {
    const view = await contentOf(file, entry, SAMPLE_ENTRY_BYTES);
    track.codedWidth = view.getUint16(24);
    track.codedHeight = view.getUint16(26);
    // Old formats can have something other than boxes here.
    for (let at = entry.start + SAMPLE_ENTRY_BYTES; at + 8 <= entry.end; ) {
      const box = await boxAt(file, at, entry.end);
      if (box === null || box.end > entry.end) break;
      if (box.type === "pasp") {
        const pixel = await contentOf(file, box, 8);
        const [width, height] = [pixel.getUint32(0), pixel.getUint32(4)];
        if (width > 0 && height > 0) track.pixelAspect = width / height;
      }
      at = box.end;
    }
    // The first entry describes the beginning of the video.
    return;
  }
}

/** Reads the timescale and the duration from `mvhd` or `mdhd`. */
async function readTimes(file: FileReader, box: Box): Promise<{ timescale: number; duration: number | null }> {
  const at = (await isLong(file, box)) ? 20 : 12;
  const timescale = (await contentOf(file, box, 4, at)).getUint32(0);
  return { timescale, duration: await readDuration(file, box, at + 4) };
}

/** @returns null if the duration is 0 or all its bits are set, which both mean unknown. */
async function readDuration(file: FileReader, box: Box, at: number): Promise<number | null> {
  const long = await isLong(file, box);
  const view = await contentOf(file, box, long ? 8 : 4, at);
  const duration = long ? Number(view.getBigUint64(0)) : view.getUint32(0);
  return duration === 0 || duration >= (long ? 2 ** 64 : 2 ** 32 - 1) ? null : duration;
}

/** Whether a box has 64-bit times (version 1) instead of 32-bit times (version 0). */
async function isLong(file: FileReader, box: Box): Promise<boolean> {
  return (await contentOf(file, box, 4)).getUint8(0) === 1;
}
