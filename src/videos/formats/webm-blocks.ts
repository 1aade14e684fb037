// Reads a WebM file (https://www.matroska.org/technical/elements.html) from start to end. Ids are unique in the format,
// so the tree of elements is read as a list. This also works for live recordings, whose elements have no length.

import { numberAt, parseElement, uintAt } from "./ebml.ts";
import { type FileReader, isJunk } from "./file-reader.ts";

/** Numbers of the file, of a cluster and of a block, by id. */
const FIELDS = new Map([
  [0x2ad7b1, "scale"],
  [0x4489, "duration"],
  [0xe7, "clusterTime"],
  [0x9b, "blockDuration"],
] as const);
/** Numbers of a track, by id. */
const TRACK_FIELDS = new Map([
  [0xd7, "number"],
  [0x83, "type"],
  [0x23e383, "frameDuration"],
  [0xb0, "width"],
  [0xba, "height"],
  [0x54bb, "cropTop"],
  [0x54aa, "cropBottom"],
  [0x54cc, "cropLeft"],
  [0x54dd, "cropRight"],
  [0x54b0, "displayWidth"],
  [0x54ba, "displayHeight"],
  [0x54b2, "displayUnit"],
  [0x7675, "roll"],
] as const);

/** Numbers stored as floats: `duration` and `roll`. */
const FLOATS = [0x4489, 0x7675];

const SEGMENT = 0x18538067;
const CLUSTER = 0x1f43b675;
const TRACK_ENTRY = 0xae;
const SIMPLE_BLOCK = 0xa3;
const BLOCK = 0xa1;

/** Elements whose content is read: these, and Info, Tracks, Video, Projection and BlockGroup. */
const PARENTS = [SEGMENT, CLUSTER, TRACK_ENTRY, 0x1549a966, 0x1654ae6b, 0xe0, 0x7670, 0xa0];

/** Size of the longest element header plus the content that is read: a number, or the header of a block. */
const ELEMENT_BYTES = 32;

/** Real files have fewer. */
const MAX_TRACKS = 100;
const MAX_DEPTH = 10;

/** Times are in units of `scale`. */
export interface Recording {
  /** Nanoseconds per unit. */
  readonly scale: number;
  /** Null if unknown. */
  readonly duration: number | null;
  readonly tracks: readonly WebmTrack[];
  /** Whether all blocks are counted. */
  readonly isWhole: boolean;
}

type Fields<T> = T extends ReadonlyMap<number, infer Name extends string> ? Partial<Record<Name, number>> : never;

export interface WebmTrack {
  readonly fields: Fields<typeof TRACK_FIELDS>;
  frames: number;
  /** Times of the first and the last frame. Infinite without frames. */
  first: number;
  last: number;
  /** Duration of the last frame. Null if its block does not state it. */
  lastDuration: number | null;
}

/**
 * Reads the tracks and counts their frames.
 *
 * @param requestsKept stops reading when only this many requests are left
 * @returns null if the file is cut off or contradicts itself
 */
export async function readRecording(file: FileReader, requestsKept: number): Promise<Recording | null> {
  const known: Known = { fields: {}, tracks: [], latest: undefined };
  let isLive = false;
  /** Ends of the open elements that have a length. */
  const ends = [file.size];
  let at = 0;
  while (ends.length > 0 && file.requestsLeft > requestsKept) {
    const end = ends.at(-1) ?? 0;
    if (at === end) {
      ends.pop();
      continue;
    }
    const view = await file.read(at, Math.min(ELEMENT_BYTES, end - at));
    const element = parseElement(view);
    if (element === null || at + element.start + (element.bytes ?? 0) > end) {
      // A live recording has no length, so zeros may follow it.
      if (isLive && ends.length === 1 && (await isJunk(file, at, null))) break;
      return null;
    }
    const { id, start, bytes } = element;
    const isParent = PARENTS.includes(id);
    if (id === SEGMENT && bytes === null) isLive = true;
    // The end of the segment replaces the end of the file: anything after it is not part of the recording.
    if (id === SEGMENT && bytes !== null) ends.pop();
    if (isParent && bytes !== null) ends.push(at + start + bytes);
    if (ends.length > MAX_DEPTH || (!isParent && bytes === null)) return null;
    if (!add(known, id, view, start, bytes ?? 0)) return null;
    at += isParent ? start : start + (bytes ?? 0);
  }
  const { scale = 1_000_000, duration = 0 } = known.fields;
  return { scale, duration: duration || null, tracks: known.tracks, isWhole: file.requestsLeft > requestsKept };
}

interface Known {
  readonly fields: Fields<typeof FIELDS>;
  readonly tracks: WebmTrack[];
  /** Track of the latest block. */
  latest: WebmTrack | undefined;
}

/** Adds an element. @returns false if it contradicts earlier elements. */
function add(known: Known, id: number, view: DataView, start: number, bytes: number): boolean {
  const { fields, tracks } = known;
  if (id === TRACK_ENTRY) tracks.push(newTrack());
  if (tracks.length > MAX_TRACKS) return false;
  if (id === SIMPLE_BLOCK || id === BLOCK) {
    known.latest = addBlock(view, start, fields.clusterTime ?? 0, tracks);
    return known.latest !== undefined;
  }
  const name = FIELDS.get(id as never);
  const trackName = TRACK_FIELDS.get(id as never);
  if (name === undefined && trackName === undefined) return true;
  if (bytes > 8) return false;
  const value = FLOATS.includes(id) ? floatAt(view, start, bytes) : uintAt(view, start, bytes);
  if (name !== undefined) {
    if (name === "clusterTime" && value < (fields.clusterTime ?? 0)) return false;
    if (name === "blockDuration" && known.latest !== undefined) known.latest.lastDuration = value;
    fields[name] = value;
    return true;
  }
  const track = tracks.at(-1);
  // Tracks come before all blocks.
  if (trackName === undefined || track === undefined || known.latest !== undefined) return false;
  track.fields[trackName] = value;
  return true;
}

function newTrack(): WebmTrack {
  return { fields: {}, frames: 0, first: Number.POSITIVE_INFINITY, last: Number.NEGATIVE_INFINITY, lastDuration: null };
}

/** Flags of a block with several frames. The number of frames minus one follows. */
const LACED = 0x06;

/** Counts the frames of a block. @returns its track; undefined if there is none. */
function addBlock(
  view: DataView,
  at: number,
  clusterTime: number,
  tracks: readonly WebmTrack[],
): WebmTrack | undefined {
  const number = numberAt(view, at);
  if (number === null || at + number.bytes + 4 > view.byteLength) return undefined;
  const track = tracks.find(({ fields }) => fields.number === number.value);
  if (track === undefined) return undefined;
  const time = clusterTime + view.getInt16(at + number.bytes);
  const isLaced = (view.getUint8(at + number.bytes + 2) & LACED) !== 0;
  track.frames += isLaced ? view.getUint8(at + number.bytes + 3) + 1 : 1;
  track.first = Math.min(track.first, time);
  if (time >= track.last) {
    track.last = time;
    track.lastDuration = null;
  }
  return track;
}

function floatAt(view: DataView, at: number, bytes: number): number {
  return bytes === 4 ? view.getFloat32(at) : bytes === 8 ? view.getFloat64(at) : 0;
}
