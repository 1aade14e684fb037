// Copies a video of any size into R2 through one buffer, whether or not its length is known. A video that fits into the
// buffer is a single put; a larger one is a multipart upload. The result is `stored` only after the length is checked
// and the SHA-256 is known.

import { toHex } from "../core/encoding.ts";
import { reasonOf } from "../core/generation/errors.ts";
import type { VideoFacts } from "../core/generation/record.ts";
import type { Progress } from "../core/generation/view.ts";
import { cutUtf8 } from "../core/text.ts";
import type { CopyResult } from "../generation/ports.ts";
import { Lender, type Loan } from "../memory/lender.ts";
import { CHUNK_BYTES } from "./body.ts";
import { factsOfBytes, factsOfStored } from "./formats/facts.ts";
import { sniffVideo } from "./formats/sniff.ts";
import { type Download, memoryFor, PART_BYTES, partsOf, SourceFailed } from "./parts.ts";
import { abortUpload, withR2Timeout } from "./r2.ts";
import type { OpenResult, OpenVideo } from "./source.ts";

const STALL_MS = 30_000;

const MIB = 1024 * 1024;

/** Enough for a source that is open and not yet read. */
const OPEN_BYTES = MIB / 4;

/** For all copies in an isolate: enough for five of any size, or for 82 sources that are open and not yet read. */
export const memory = new Lender({ budget: 5 * (PART_BYTES + CHUNK_BYTES), small: MIB });

export interface CopyOrder extends Download {
  readonly key: string;
  readonly maxBytes: number;
  /** Custom metadata of the object, so that the bucket can be understood without this Worker. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Id of a multipart upload that an earlier try may have left open. It is aborted first. */
  readonly staleUpload: string | null;
  /** Called before the first part of a multipart upload is sent. */
  onUpload(uploadId: string): void;
  onProgress(progress: Progress): void;
}

class Rejected extends Error {}

export async function copyVideo(bucket: R2Bucket, order: CopyOrder, stallMs = STALL_MS): Promise<CopyResult> {
  let loan: Loan | null = null;
  try {
    if (order.staleUpload !== null) await abortUpload(bucket, order.key, order.staleUpload);
    loan = await memory.lend(OPEN_BYTES, order.signal);
    let source = await openSource(order);
    if (source.kind === "open" && !loan.resize(memoryFor(source))) {
      // The copy waits without an open connection, and gives back memory that a small video could use meanwhile.
      await source.body.cancel().catch(() => {});
      loan.release();
      loan = await memory.lend(memoryFor(source), order.signal);
      source = await openSource(order);
    }
    if (source.kind !== "open") return source;
    return await copyOpen(bucket, order, source, { stallMs, loan });
  } catch (cause) {
    if (cause instanceof SourceFailed) return cause.result;
    return { kind: cause instanceof Rejected ? "rejected" : "interrupted", message: reasonOf(cause) };
  } finally {
    loan?.release();
  }
}

/** @throws Rejected if the source says that the video is too large. */
async function openSource({ from, url, signal, maxBytes }: CopyOrder): Promise<OpenResult> {
  const source = await from.open(url, signal);
  if (source.kind === "open" && source.length !== null && source.length > maxBytes) {
    await source.body.cancel().catch(() => {});
    throw new Rejected(`The video has ${source.length} bytes; the limit is ${maxBytes}.`);
  }
  return source;
}

async function copyOpen(
  bucket: R2Bucket,
  order: CopyOrder,
  source: OpenVideo,
  options: { readonly stallMs: number; readonly loan: Loan },
): Promise<CopyResult> {
  const { key, maxBytes, onProgress, onUpload } = order;
  onProgress({ bytes: 0, totalBytes: source.length });
  const parts = partsOf(source, order, options);
  const digest = new crypto.DigestStream("SHA-256");
  const hash = digest.getWriter();
  // The digest is awaited only at the end. A failure before then must not become an unhandled rejection.
  digest.digest.catch(() => {});
  // Renewed after each call: a call may take 50 s, and a loan that is unused for 60 s expires.
  const inUse = <T>(write: Promise<T>) => withR2Timeout(write).finally(() => options.loan.renew());
  let upload: R2MultipartUpload | null = null;
  try {
    const uploaded: R2UploadedPart[] = [];
    let bytes = 0;
    let described: R2PutOptions & R2MultipartOptions = {};
    let contentType = "";
    let facts: VideoFacts | null = null;
    for await (const { part, last } of parts) {
      if (bytes === 0) {
        const sniffed = sniffVideo(part);
        if (sniffed === null) throw new SourceFailed({ kind: "gone", message: `${source.call}: ${kindOf(part)}` });
        contentType = sniffed;
        described = { httpMetadata: { contentType }, customMetadata: { ...order.metadata } };
      }
      bytes += part.byteLength;
      if (bytes > maxBytes) throw new Rejected(`The video is larger than the limit of ${maxBytes} bytes.`);
      await hash.write(part);
      if (last && upload === null) {
        await inUse(bucket.put(key, part, described));
        facts = await factsOfBytes(part);
      } else {
        if (upload === null) {
          upload = await inUse(bucket.createMultipartUpload(key, described));
          onUpload(upload.uploadId);
        }
        if (part.byteLength > 0) uploaded.push(await inUse(uploadPart(upload, uploaded.length + 1, part)));
        if (last) await inUse(upload.complete(uploaded));
      }
      onProgress({ bytes, totalBytes: source.length });
    }
    await hash.close();
    const sha256 = toHex(await digest.digest);
    facts ??= await factsOfStored(bucket, key, bytes);
    return { kind: "stored", video: { key, bytes, contentType, sha256, ...facts } };
  } catch (cause) {
    await hash.abort(cause).catch(() => {});
    if (upload !== null) await withR2Timeout(upload.abort()).catch(() => {});
    throw cause;
  } finally {
    await parts.return(undefined);
  }
}

/** Describes what a host sent instead of a video. Never quotes it, because the content cannot be trusted. */
function kindOf(head: Uint8Array): string {
  if (head.byteLength === 0) return "an empty file";
  const text = cutUtf8(head, 256).trimStart();
  if (text.startsWith("<?xml")) return "an XML document instead of a video";
  if (text.startsWith("<")) return "an HTML page instead of a video";
  return /^[{[]/.test(text) ? "a JSON document instead of a video" : "a file that is not a video";
}

/** Streams the part in chunks. A part passed whole is copied, so ten uploads at once would need twice the memory. */
async function uploadPart(upload: R2MultipartUpload, number: number, part: Uint8Array): Promise<R2UploadedPart> {
  const { readable, writable } = new FixedLengthStream(part.byteLength);
  const uploading = upload.uploadPart(number, readable);
  const [uploaded] = await Promise.all([uploading, pour(part, writable)]);
  return uploaded;
}

async function pour(part: Uint8Array, into: WritableStream<Uint8Array>): Promise<void> {
  const writer = into.getWriter();
  for (let at = 0; at < part.byteLength; at += CHUNK_BYTES) await writer.write(part.subarray(at, at + CHUNK_BYTES));
  await writer.close();
}
