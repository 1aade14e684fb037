// Reads a video's dimensions, duration and frame rate from its header, which can be at either end of the file. These
// facts are optional: any error leaves them unknown.

import { CustomSource, Input, MP4, QTFF, WEBM } from "mediabunny";
import { UNKNOWN_FACTS, type VideoFacts } from "../core/generation/record.ts";
import { withTimeout } from "../outbound/deadlines.ts";

/** Limits on what a malformed or hostile file can cost. */
const MAX_READS = 64;
const MAX_READ_BYTES = 16 * 1024 * 1024;
const TIMEOUT_MS = 10_000;

/**
 * The parser creates an object for every sample that an MP4 lists, and a few bytes can list billions. So headers are
 * checked before parsing. 200,000 samples are over two hours of silent video at 24 frames a second.
 */
const MAX_SAMPLES = 200_000;
const MAX_HEADER_BYTES = 8 * 1024 * 1024;
const MAX_BOXES = 256;

/** Minimum size of a read from R2. The parser asks for a few bytes at a time. */
const BLOCK_BYTES = 64 * 1024;

/** Enough to distinguish 24 from 25 frames a second. */
const PACKETS_FOR_FRAME_RATE = 50;

/** Facts of a video in R2, read by ranges. */
export function factsOfStored(bucket: R2Bucket, key: string, bytes: number): Promise<VideoFacts> {
  return readFacts(blockReader(bucket, key, bytes), bytes);
}

/** Facts of a video in memory, read without requests. */
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

/** Whether an MP4's headers are small enough to parse. Other formats list no samples and always pass. */
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
    // The header of the file, or of a fragment.
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

/** Counts the samples that a header's tables claim. Most samples are in two tables, so the sum is halved. */
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
      if (reads > MAX_READS || total > MAX_READ_BYTES) throw new Error("header too large");
      const object = await bucket.get(key, { range: { offset: start, length } });
      if (object === null) throw new Error("video not found");
      block = { start, bytes: await object.bytes() };
    }
    return block.bytes.subarray(start - block.start, end - block.start);
  };
}
