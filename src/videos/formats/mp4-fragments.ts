// Reads the fragments (`moof`) of an MP4, which describe the samples that follow them, and indexes of the fragments.

import { type Box, boxesIn, contentOf, Malformed, parseBox, rowsIn } from "./boxes.ts";
import type { FileReader } from "./file-reader.ts";
import type { Frames } from "./frames.ts";
import type { Track } from "./mp4-movie.ts";

/** The samples of a track read so far. Times are in units of its timescale. */
export interface Timeline {
  readonly track: Track;
  readonly frames: Frames;
  /** Decoding time of the next sample. */
  next: number;
  /** Times at which the first sample is shown and the last sample ends, before edits. Infinite without samples. */
  start: number;
  end: number;
}

/** Timelines by track id. They start with the samples listed in the header. */
export type Timelines = ReadonlyMap<number, Timeline>;

export function timelinesOf(tracks: readonly Track[]): Timelines {
  return new Map(
    tracks.map((track) => {
      const { count, duration } = track.frames;
      const [start, end] = count === 0 ? [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] : [0, duration];
      return [track.id, { track, frames: track.frames, next: duration, start, end }];
    }),
  );
}

/** Adds the samples of a fragment to the timelines. */
export async function readFragment(file: FileReader, moof: Box, timelines: Timelines): Promise<void> {
  for await (const traf of boxesIn(file, moof.start, moof.end)) {
    if (traf.type !== "traf") continue;
    let timeline: Timeline | undefined;
    let defaultDuration = 0;
    for await (const box of boxesIn(file, traf.start, traf.end)) {
      if (box.type === "tfhd") {
        timeline = timelines.get((await contentOf(file, box, 8)).getUint32(4));
        defaultDuration = (await readDefaultDuration(file, box)) ?? timeline?.track.defaultDuration ?? 0;
      }
      if (timeline === undefined) continue;
      if (box.type === "tfdt") {
        const isLong = (await contentOf(file, box, 4)).getUint8(0) === 1;
        const view = await contentOf(file, box, isLong ? 8 : 4, 4);
        timeline.next = isLong ? Number(view.getBigUint64(0)) : view.getUint32(0);
      }
      if (box.type === "trun") await readRun(file, box, timeline, defaultDuration);
    }
  }
}

/** Flags of `tfhd`. Each says that a field is present. */
const HAS_BASE = 0x01;
const HAS_DESCRIPTION = 0x02;
const HAS_DEFAULT_DURATION = 0x08;

async function readDefaultDuration(file: FileReader, tfhd: Box): Promise<number | null> {
  const flags = (await contentOf(file, tfhd, 4)).getUint32(0);
  if ((flags & HAS_DEFAULT_DURATION) === 0) return null;
  const at = 8 + ((flags & HAS_BASE) === 0 ? 0 : 8) + ((flags & HAS_DESCRIPTION) === 0 ? 0 : 4);
  return (await contentOf(file, tfhd, 4, at)).getUint32(0);
}

/** Flags of `trun`. Each says that a field of the run, or of each sample, is present. */
const HAS_OFFSET = 0x001;
const HAS_FIRST_FLAGS = 0x004;
const HAS_DURATIONS = 0x100;
const HAS_SIZES = 0x200;
const HAS_FLAGS = 0x400;
const HAS_SHIFTS = 0x800;

async function readRun(file: FileReader, trun: Box, timeline: Timeline, defaultDuration: number): Promise<void> {
  const view = await contentOf(file, trun, 8);
  const flags = view.getUint32(0);
  const count = view.getUint32(4);
  const bytesOf = (...fields: number[]) => fields.filter((field) => (flags & field) !== 0).length * 4;
  if (bytesOf(HAS_DURATIONS, HAS_SHIFTS) === 0) {
    addSamples(timeline, count, defaultDuration, 0);
    return;
  }
  const rowBytes = bytesOf(HAS_DURATIONS, HAS_SIZES, HAS_FLAGS, HAS_SHIFTS);
  for await (const rows of rowsIn(file, trun, 8 + bytesOf(HAS_OFFSET, HAS_FIRST_FLAGS), count, rowBytes)) {
    for (let at = 0; at < rows.byteLength; at += rowBytes) {
      const duration = bytesOf(HAS_DURATIONS) === 0 ? defaultDuration : rows.getInt32(at);
      // Time from decoding to showing. The last field of a row.
      const shift = bytesOf(HAS_SHIFTS) === 0 ? 0 : rows.getInt32(at + rowBytes - 4);
      addSamples(timeline, 1, duration, shift);
    }
  }
}

function addSamples(timeline: Timeline, count: number, duration: number, shift: number): void {
  if (count === 0) return;
  timeline.start = Math.min(timeline.start, timeline.next + shift);
  timeline.next += count * duration;
  timeline.end = Math.max(timeline.end, timeline.next + shift);
  timeline.frames.add(count, duration);
}

/** Share of the file that an index must cover. The rest can be a header or another index. */
const MIN_INDEXED = 0.9;

/** Duration of the file in seconds according to an index (`sidx`). Null if the index covers only a part of the file. */
export async function readIndex(file: FileReader, sidx: Box): Promise<number | null> {
  const isLong = (await contentOf(file, sidx, 4)).getUint8(0) === 1;
  const timescale = (await contentOf(file, sidx, 4, 8)).getUint32(0);
  const at = isLong ? 28 : 20;
  const count = (await contentOf(file, sidx, 4, at)).getUint16(2);
  let [bytes, duration] = [0, 0];
  for await (const rows of rowsIn(file, sidx, at + 4, count, 12)) {
    for (let row = 0; row < rows.byteLength; row += 12) {
      // The first bit is the type of the reference.
      bytes += rows.getUint32(row) & 0x7fff_ffff;
      duration += rows.getUint32(row + 4);
    }
  }
  return bytes >= MIN_INDEXED * file.size && bytes <= file.size && timescale > 0 ? duration / timescale : null;
}

/**
 * Looks up a track's last fragment in the index at the end of the file (`mfra`), and moves the timeline to its time.
 *
 * @returns the fragment's position, or null if the index does not list one
 */
export async function skipToLastFragment(file: FileReader, timeline: Timeline): Promise<number | null> {
  // The last four bytes of the file are the length of the index.
  const bytes = (await file.read(file.size - 4, 4)).getUint32(0);
  const mfraAt = file.size - bytes;
  if (bytes < 16 || mfraAt < 0) return null;
  const mfra = parseBox(await file.read(mfraAt, 16), mfraAt, file.size);
  if (mfra?.type !== "mfra") return null;
  for await (const box of boxesIn(file, mfra.start, mfra.end)) {
    if (box.type !== "tfra") continue;
    const view = await contentOf(file, box, 16);
    const isLong = view.getUint8(0) === 1;
    const lengths = view.getUint32(8);
    const count = view.getUint32(12);
    if (view.getUint32(4) !== timeline.track.id || count === 0) continue;
    // A row ends with three numbers of one to four bytes each.
    const rowBytes = (isLong ? 16 : 8) + 3 + ((lengths >> 4) & 3) + ((lengths >> 2) & 3) + (lengths & 3);
    const row = await contentOf(file, box, rowBytes, 16 + (count - 1) * rowBytes);
    const field = (index: number) => (isLong ? Number(row.getBigUint64(index * 8)) : row.getUint32(index * 4));
    const [time, position] = [field(0), field(1)];
    if (time < timeline.next || position >= file.size) throw new Malformed("fragments are not in order");
    timeline.next = time;
    return position;
  }
  return null;
}
