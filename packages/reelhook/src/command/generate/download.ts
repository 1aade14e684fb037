// Saves a video. The file appears under its name only when it is complete and its SHA-256 is right.

import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { pause } from "../../pause.ts";
import type { Generation } from "../../types.ts";
import { partOf, targetOf } from "./output.ts";

/** Failures in a row without a byte in between. The client has repeated each request a few times by then. */
const MAX_FAILURES = 4;

/** A connection that is silent for longer counts as lost. */
const SILENCE_MS = 30_000;

export interface Download {
  readonly video: Pick<NonNullable<Generation["video"]>, "bytes" | "sha256">;
  readonly file: string;
  /** Reads the video. @param range such as `bytes=1024-`; undefined for the whole. */
  readonly read: (range: string | undefined, signal: AbortSignal) => Promise<Response>;
  readonly onProgress: (bytes: number) => void;
  readonly signal: AbortSignal;
  /** Milliseconds until the next try. Default: half a second, doubled with each failure. */
  readonly waitMs?: (failures: number) => number;
}

/** The transfer has failed, and can be tried again. */
class TransferError extends Error {
  override readonly name: string = "TransferError";
}

class WrongBytesError extends TransferError {
  override readonly name = "WrongBytesError";
}

interface Part {
  readonly handle: FileHandle;
  bytes: number;
  hash: Hash;
}

/** @throws if the video cannot be transferred or written. Nothing is left behind then. */
export async function saveVideo(download: Download): Promise<void> {
  const target = await targetOf(download.file);
  const path = partOf(target);
  try {
    const handle = await open(path, "ax");
    try {
      await transfer({ handle, bytes: 0, hash: createHash("sha256") }, download);
    } finally {
      await handle.close();
    }
    download.signal.throwIfAborted();
    await rename(path, target);
  } catch (cause) {
    await rm(path, { force: true });
    throw cause;
  }
}

async function transfer(part: Part, download: Download): Promise<void> {
  const waitMs = download.waitMs ?? ((failures) => 500 * 2 ** (failures - 1));
  let wasWrong = false;
  for (let failures = 0; ; ) {
    const before = part.bytes;
    try {
      await continueTransfer(part, download);
      return;
    } catch (cause) {
      if (!(cause instanceof TransferError)) throw cause;
      failures = part.bytes > before ? 1 : failures + 1;
      if (failures >= MAX_FAILURES || (wasWrong && cause instanceof WrongBytesError)) throw cause;
      wasWrong ||= cause instanceof WrongBytesError;
    }
    await pause(waitMs(failures), download.signal);
  }
}

/** Reads what is missing. @throws TransferError if the connection is lost, or if the bytes are not those of the video. */
async function continueTransfer(part: Part, { video, read, onProgress, signal }: Download): Promise<void> {
  const range = part.bytes === 0 ? undefined : `bytes=${part.bytes}-`;
  if (part.bytes < video.bytes) {
    const stopped = new AbortController();
    const response = await read(range, AbortSignal.any([signal, stopped.signal]));
    // Something in front of the deployment has dropped the range.
    if (range !== undefined && !response.headers.get("content-range")?.startsWith(`bytes ${part.bytes}-`))
      await startOver(part);
    for await (const chunk of chunksOf(response, stopped, signal)) {
      await part.handle.appendFile(chunk);
      part.hash.update(chunk);
      part.bytes += chunk.byteLength;
      onProgress(part.bytes);
    }
  }
  if (part.bytes < video.bytes) throw new TransferError(`the connection was lost after ${part.bytes} bytes`);
  if (part.bytes === video.bytes && part.hash.digest("hex") === video.sha256) return;
  await startOver(part);
  throw new WrongBytesError("the bytes that arrived are not those of the stored video");
}

async function startOver(part: Part): Promise<void> {
  await part.handle.truncate(0);
  part.bytes = 0;
  part.hash = createHash("sha256");
}

async function* chunksOf({ body }: Response, stopped: AbortController, signal: AbortSignal) {
  const reader = body?.getReader();
  try {
    for (;;) {
      const timer = setTimeout(() => stopped.abort(), SILENCE_MS);
      const chunk = await reader?.read().finally(() => clearTimeout(timer));
      if (chunk?.value === undefined) return;
      yield chunk.value;
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw new TransferError(cause instanceof Error ? cause.message : String(cause));
  } finally {
    void reader?.cancel().catch(() => {});
  }
}
