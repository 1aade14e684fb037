// Reads the facts of a WebM file. The format has no table of frames, so the frames are counted.

import { UNKNOWN_FACTS, type VideoFacts } from "../../core/generation/record.ts";
import { type FileReader, MAX_BYTES, MAX_REQUESTS } from "./file-reader.ts";
import { agree, displaySize } from "./picture.ts";
import { type Recording, readRecording, type WebmTrack } from "./webm-blocks.ts";

/** Reads allowed for a file larger than `MAX_BYTES`: enough for its header and first frames. Its frames are not counted. */
const HEADER_REQUESTS = 16;

const VIDEO = 1;

/** Maximum rounding error of the time between the first and the last frame, in units of the file. */
const MAX_ROUNDING = 1;

export async function readWebm(file: FileReader): Promise<VideoFacts> {
  const recording = await readRecording(file, file.size > MAX_BYTES ? MAX_REQUESTS - HEADER_REQUESTS : 0);
  const video = recording?.tracks.find(({ fields }) => fields.type === VIDEO);
  if (recording === null || video === undefined || video.frames === 0) return UNKNOWN_FACTS;
  const durationMs = durationOf(recording);
  const frameRate = durationMs === null ? null : frameRateOf(recording, video);
  return { ...sizeOf(video), durationMs, frameRate };
}

function sizeOf({ fields }: WebmTrack): Pick<VideoFacts, "width" | "height"> {
  const { cropLeft = 0, cropRight = 0, cropTop = 0, cropBottom = 0, displayUnit = 0, roll = 0 } = fields;
  const width = (fields.width ?? 0) - cropLeft - cropRight;
  const height = (fields.height ?? 0) - cropTop - cropBottom;
  const { displayWidth = width, displayHeight = height } = fields;
  // 0 to 3: pixels, centimeters, inches or a ratio. 4: unknown.
  const pixelAspect = displayUnit < 4 ? (displayWidth * height) / (displayHeight * width) : 1;
  return displaySize({ width, height, pixelAspect, isTurned: Math.abs(roll) === 90 });
}

/** Duration in milliseconds: as stated in the file, or of its blocks. Null if the two disagree. */
function durationOf({ duration, tracks, scale, isWhole }: Recording): number | null {
  const msPerUnit = scale / 1_000_000;
  if (!isWhole) return duration === null ? null : duration * msPerUnit;
  const end = Math.max(...tracks.map((track) => track.last + lastDurationOf(track, scale)));
  // Sound can begin before 0 with samples that only prepare the decoder.
  const start = Math.max(0, Math.min(...tracks.map(({ first }) => first)));
  if (duration === null) return (end - start) * msPerUnit;
  const seconds = (units: number) => (units * msPerUnit) / 1000;
  const isLikely = [end, end - start].some((other) => agree(seconds(duration), seconds(other)));
  return isLikely ? duration * msPerUnit : null;
}

/** Duration of the last frame in units of `scale`: as the file states it, or else the average of the other frames. */
function lastDurationOf({ frames, first, last, lastDuration, fields }: WebmTrack, scale: number): number {
  if (lastDuration !== null) return lastDuration;
  if (fields.frameDuration !== undefined) return fields.frameDuration / scale;
  return frames > 1 ? (last - first) / (frames - 1) : 0;
}

/**
 * Frames per second. The times of frames are rounded, usually to milliseconds. So a stated or common rate that fits
 * these times is more exact than a rate computed from them. A stated rate that does not fit is ignored, because
 * programs also state one if the rate varies.
 */
function frameRateOf({ scale, isWhole }: Recording, video: WebmTrack): number | null {
  const { first, last, frames, fields } = video;
  const unitsPerSecond = 1e9 / scale;
  const counted = (frames / (last - first + lastDurationOf(video, scale))) * unitsPerSecond;
  const whole = Math.round(counted);
  const stated = fields.frameDuration ? 1e9 / fields.frameDuration : null;
  const rates = isWhole ? [stated, whole, (whole * 1000) / 1001] : [stated];
  const explains = (rate: number | null) =>
    rate !== null && Math.abs(last - first - ((frames - 1) / rate) * unitsPerSecond) <= MAX_ROUNDING;
  return rates.find(explains) ?? (isWhole ? counted : null);
}
