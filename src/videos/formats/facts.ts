// Reads a video's dimensions, duration and frame rate. These facts are optional: if the file contradicts itself, or
// reading fails, they stay unknown.

import { UNKNOWN_FACTS, type VideoFacts } from "../../core/generation/record.ts";
import { withTimeout } from "../../outbound/deadlines.ts";
import { EBML_MAGIC } from "./ebml.ts";
import { type FileReader, memoryReader, rangeReader } from "./file-reader.ts";
import { readMp4 } from "./mp4.ts";
import { readWebm } from "./webm.ts";

const TIMEOUT_MS = 10_000;

/** Chromium's limits. https://source.chromium.org/chromium/chromium/src/+/main:media/base/limits.h */
const MAX_DIMENSION = 32_767;
const MAX_FRAME_RATE = 1_000;

const MAX_DURATION_MS = 1_000 * 60 * 60 * 1000;

/** Facts of a video in R2, read with range requests. */
export function factsOfStored(bucket: R2Bucket, key: string, bytes: number): Promise<VideoFacts> {
  const fetchRange = async (offset: number, length: number) => {
    const object = await bucket.get(key, { range: { offset, length } });
    if (object === null) throw new Error("video not found");
    return object.bytes();
  };
  return factsOf(rangeReader(fetchRange, bytes));
}

/** Facts of a video in memory, read without requests. */
export function factsOfBytes(video: Uint8Array): Promise<VideoFacts> {
  return factsOf(memoryReader(video));
}

export async function factsOf(file: FileReader): Promise<VideoFacts> {
  try {
    return plausible(await withTimeout(read(file), TIMEOUT_MS));
  } catch {
    return UNKNOWN_FACTS;
  }
}

async function read(file: FileReader): Promise<VideoFacts> {
  const isWebm = (await file.read(0, 4)).getUint32(0) === EBML_MAGIC;
  return isWebm ? readWebm(file) : readMp4(file);
}

function plausible({ width, height, durationMs, frameRate }: VideoFacts): VideoFacts {
  const isSize = isWithin(width, 1, MAX_DIMENSION) && isWithin(height, 1, MAX_DIMENSION);
  const rate = frameRate === null ? null : Math.round(frameRate * 1000) / 1000;
  const duration = durationMs === null ? null : Math.round(durationMs);
  return {
    width: isSize ? width : null,
    height: isSize ? height : null,
    durationMs: isWithin(duration, 1, MAX_DURATION_MS) ? duration : null,
    frameRate: isWithin(rate, 0.001, MAX_FRAME_RATE) && isFrame(rate, duration) ? rate : null,
  };
}

/** Whether the rate gives at least one frame, but for rounding. */
function isFrame(rate: number | null, durationMs: number | null): boolean {
  return rate === null || durationMs === null || (rate * durationMs) / 1000 >= 0.5;
}

function isWithin(value: number | null, min: number, max: number): boolean {
  return value !== null && value >= min && value <= max;
}
