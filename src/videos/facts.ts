// What a video says of itself: its header may be at either end. Nice to have, never a reason to fail: whatever goes wrong
// leaves the facts unknown.

import { CustomSource, Input, MP4, QTFF, WEBM } from "mediabunny";
import { UNKNOWN_FACTS, type VideoFacts } from "../core/generation/record.ts";
import { withTimeout } from "../outbound/deadlines.ts";

/** Bounds of what a strange or hostile file can cost. */
const MAX_READS = 64;
const MAX_READ_BYTES = 16 * 1024 * 1024;
const TIMEOUT_MS = 10_000;

/**
 * The parser makes an object of every sample that an MP4 lists, and a few bytes can list billions: headers are looked at
 * before it gets them. Hours of video have fewer samples than these.
 */
const MAX_SAMPLES = 200_000;
const MAX_HEADER_BYTES = 8 * 1024 * 1024;
const MAX_BOXES = 256;

/** Parsers ask for a few bytes at a time; a request to R2 gives at least so many. */
const BLOCK_BYTES = 64 * 1024;

/** Enough to tell 24 from 25 frames a second. */
const PACKETS_FOR_FRAME_RATE = 50;

/** Of a video that is in R2, by ranges. */
export function factsOfStored(bucket: R2Bucket, key: string, bytes: number): Promise<VideoFacts> {
  return readFacts(blockReader(bucket, key, bytes), bytes);
}

/** Of a video that is all in memory, which needs no request. */
export function factsOfBytes(video: Uint8Array): Promise<VideoFacts> {
  return readFacts(async (start, end) => video.subarray(start, end), video.byteLength);
}

async function readFacts(read: Read, bytes: number): Promise<VideoFacts> {
  const source = new CustomSource({ getSize: () => bytes, read, handleUnhandledError: () => {} });
  const input = new Input({ source, formats: [MP4, QTFF, WEBM] });
  try {
    return await withTimeout(
      (async () => ((await isReasonable(read, bytes)) ? factsOf(input) : UNKNOWN_FACTS))(),
      TIMEOUT_MS,
    );
  } catch {
    return UNKNOWN_FACTS;
  } finally {
    input.dispose();
  }
}

async function factsOf(input: Input): Promise<VideoFacts> {
  const track = await input.getPrimaryVideoTrack();
  if (track === null) return UNKNOWN_FACTS;
  const [width, height] = [await track.getDisplayWidth(), await track.getDisplayHeight()];
  const seconds = (await input.getDurationFromMetadata()) ?? (await input.computeDuration());
  const { averagePacketRate } = await track.computePacketStats(PACKETS_FOR_FRAME_RATE, { metadataOnly: true });
  return {
    width: positive(width),
    height: positive(height),
    durationMs: positive(Math.round(seconds * 1000)),
    frameRate: positive(Math.round(averagePacketRate * 1000) / 1000),
  };
}

type Read = (start: number, end: number) => Promise<Uint8Array>;

/** Whether an MP4's header lists no more samples than can be. Other formats list none. */
async function isReasonable(read: Read, size: number): Promise<boolean> {
  let samples = 0;
  for (let at = 0, boxes = 0; at + 16 <= size; boxes++) {
    const head = await read(at, at + 16);
    const view = new DataView(head.buffer, head.byteOffset);
    const name = ascii(head, 4);
    if (!/^[a-z0-9 ]{4}$/i.test(name)) return boxes === 0;
    const short = view.getUint32(0);
    const bytes = short === 1 ? Number(view.getBigUint64(8)) : short === 0 ? size - at : short;
    if (boxes === MAX_BOXES || bytes < 8) return false;
    // The header, and that of each fragment.
    if (name === "moov" || name === "moof") {
      if (bytes > MAX_HEADER_BYTES || at + bytes > size) return false;
      samples += samplesIn(await read(at, at + bytes));
      if (samples > MAX_SAMPLES) return false;
    }
    at += bytes;
  }
  return true;
}

const FIRST_LETTERS = new Set(Array.from("sct", (letter) => letter.charCodeAt(0)));

/** Counts what the tables of a header claim, wherever they are in it; most samples stand in two of them. */
function samplesIn(header: Uint8Array): number {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  let samples = 0;
  for (let at = 4; at + 16 <= header.byteLength; at++) {
    const name = FIRST_LETTERS.has(header[at] ?? 0) ? ascii(header, at) : "";
    if (name === "stsz" || name === "stz2") samples += view.getUint32(at + 12);
    if (name === "trun") samples += 2 * view.getUint32(at + 8);
    if (name !== "stts" && name !== "ctts") continue;
    const entries = view.getUint32(at + 8);
    for (let entry = 0; entry < entries && samples <= MAX_SAMPLES; entry++) {
      const from = at + 12 + entry * 8;
      if (from + 4 > header.byteLength) break;
      samples += view.getUint32(from);
    }
  }
  return samples / 2;
}

function ascii(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function positive(value: number): number | null {
  return Number.isFinite(value) && value > 0 ? value : null;
}

function blockReader(bucket: R2Bucket, key: string, size: number): Read {
  let block: { readonly start: number; readonly bytes: Uint8Array } | null = null;
  let reads = 0;
  let total = 0;
  return async (start: number, end: number): Promise<Uint8Array> => {
    if (block === null || start < block.start || end > block.start + block.bytes.byteLength) {
      const length = Math.min(Math.max(end - start, BLOCK_BYTES), size - start);
      reads += 1;
      total += length;
      if (reads > MAX_READS || total > MAX_READ_BYTES) throw new Error("the header is too large");
      const object = await bucket.get(key, { range: { offset: start, length } });
      if (object === null) throw new Error("the video is gone");
      block = { start, bytes: await object.bytes() };
    }
    return block.bytes.subarray(start - block.start, end - block.start);
  };
}
