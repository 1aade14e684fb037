// Helpers for tests with video files: real files from the folder, and files made of boxes.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { VideoFacts } from "../../../src/core/generation/record.ts";
import { factsOf } from "../../../src/videos/formats/facts.ts";
import { rangeReader } from "../../../src/videos/formats/file-reader.ts";

const FOLDER = join(import.meta.dirname, "files");

/** Names of all videos, without `.gz`. */
export function fileNames(): string[] {
  const names = readdirSync(FOLDER).map((name) => name.replace(/\.gz$/, ""));
  return names.filter((name) => /\.(mp4|mov|webm)$/.test(name));
}

const isPacked = new Set(readdirSync(FOLDER).filter((name) => name.endsWith(".gz")));

export function fileOf(name: string): Uint8Array<ArrayBuffer> {
  const packed = `${name}.gz`;
  return new Uint8Array(
    isPacked.has(packed) ? gunzipSync(readFileSync(join(FOLDER, packed))) : readFileSync(join(FOLDER, name)),
  );
}

export interface ReadFacts {
  readonly facts: VideoFacts;
  readonly requests: number;
  readonly bytes: number;
}

export type Pieces = ReadonlyMap<number, Uint8Array>;

/** Reads the facts of a file by ranges. The file consists of zeros, with these pieces at their positions. */
export async function readPieces(size: number, pieces: Pieces): Promise<ReadFacts> {
  let [requests, bytes] = [0, 0];
  const fetchRange = async (start: number, length: number) => {
    if (start < 0 || start + length > size) throw new RangeError("R2 would refuse this range");
    requests++;
    bytes += length;
    const block = new Uint8Array(length);
    for (const [at, piece] of pieces) {
      if (at >= start + length || at + piece.byteLength <= start) continue;
      block.set(piece.subarray(Math.max(0, start - at), start + length - at), Math.max(0, at - start));
    }
    return block;
  };
  return { facts: await factsOf(rangeReader(fetchRange, size)), requests, bytes };
}

export function readFacts(file: Uint8Array): Promise<ReadFacts> {
  return readPieces(file.byteLength, new Map([[0, file]]));
}

export const ascii = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));

export const uint32 = (value: number): number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff);

export function joined(...parts: ArrayLike<number>[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const box = (type: string, ...content: ArrayLike<number>[]): Uint8Array<ArrayBuffer> =>
  joined(uint32(8 + content.reduce((sum, { length }) => sum + length, 0)), ascii(type), ...content);

interface NamedBox {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The boxes of a file, in order. */
export function boxesOf(file: Uint8Array<ArrayBuffer>): NamedBox[] {
  const view = new DataView(file.buffer);
  const boxes: NamedBox[] = [];
  for (let at = 0; at < file.byteLength; at += view.getUint32(at)) {
    const type = String.fromCharCode(...file.subarray(at + 4, at + 8));
    boxes.push({ type, bytes: file.slice(at, at + view.getUint32(at)) });
  }
  return boxes;
}

/** Random numbers below `limit` that are the same in every run. */
export function randomOf(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

export function noiseOf(random: (limit: number) => number, bytes: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: bytes }, () => random(256));
}
