// Reads the answer of a video's host: which bytes it contains, and whether they belong to the version whose download
// was begun. Bytes of two versions must never be joined.

import { parseContentLength, parseContentRange, parseHttpDate, parseRetryAfter } from "../core/http-fields.ts";
import type { OpenVideo, Resume, Version } from "./source.ts";

export type Answer =
  | ({ readonly kind: "video" } & Pick<OpenVideo, "surplus" | "end" | "length" | "version">)
  /** All bytes of the video have already arrived. */
  | { readonly kind: "complete" }
  | { readonly kind: "gone"; readonly problem: string }
  | { readonly kind: "interrupted"; readonly problem: string; readonly retryAfterMs: number | null };

/** Temporary 4xx statuses. Any other 4xx means that the URL is dead and a fresh one is needed. */
const PASSING = new Set([408, 425, 429]);

/** Allowed difference between the host's clock and ours. Used if the answer has no readable `Date`. */
const CLOCK_TOLERANCE_MS = 60_000;

/** @param now milliseconds since the Unix epoch, when the answer arrived. */
export function readAnswer(
  { status, headers }: Pick<Response, "status" | "headers">,
  resume: Resume | undefined,
  now: number,
): Answer {
  if (status === 206) return readPart(headers, resume, now);
  if (status >= 200 && status < 300) return readWhole(headers, now);
  if (status === 416 && resume !== undefined) {
    return isAllOf(headers, resume) ? { kind: "complete" } : interrupted("status 416");
  }
  if (status >= 300 && status < 400) return { kind: "gone", problem: `status ${status} without a readable Location` };
  if (status >= 400 && status < 500 && !PASSING.has(status)) return { kind: "gone", problem: `status ${status}` };
  return interrupted(`status ${status}`, parseRetryAfter(headers.get("retry-after"), now));
}

function interrupted(problem: string, retryAfterMs: number | null = null): Answer {
  return { kind: "interrupted", problem, retryAfterMs };
}

function readWhole(headers: Headers, now: number): Answer {
  const length = isEncoded(headers) ? null : parseContentLength(headers.get("content-length"));
  return { kind: "video", surplus: null, end: null, length, version: versionOf(headers, now) };
}

/** Some hosts send a part when the whole video was requested, or a larger or smaller part than requested. */
function readPart(headers: Headers, resume: Resume | undefined, now: number): Answer {
  const range = parseContentRange(headers.get("content-range"));
  const isMultipart = /^multipart\//i.test(headers.get("content-type") ?? "");
  if (range?.kind !== "part" || isMultipart) {
    // No part was requested. The length is checked like that of any whole.
    if (resume === undefined && !isMultipart) return readWhole(headers, now);
    return interrupted("status 206 without a readable Content-Range");
  }
  const { first, last, size } = range;
  const offset = resume?.offset ?? 0;
  const version = versionOf(headers, now);
  const isWhole = first === 0 && size === last + 1;
  // The length of a compressed body cannot be checked, and its bytes cannot be joined to those of the video.
  if (isEncoded(headers)) {
    return isWhole
      ? { kind: "video", surplus: null, end: null, length: null, version }
      : interrupted("status 206 with a part of a compressed video");
  }
  // A host that ignores ranges, and does not state the size, has sent the same bytes again: they are the whole video.
  const isSameAgain = first === 0 && last === offset - 1 && size === null && resume?.length === null;
  if (isSameAgain && !isOther(headers, resume)) return { kind: "complete" };
  if (first > offset || last < offset) {
    return interrupted(`got bytes ${first} to ${last} instead of those from ${offset}`);
  }
  const end = size === last + 1 ? null : last + 1;
  if (resume === undefined) return { kind: "video", surplus: null, end, length: size, version };
  if (!isSame(resume, { length: size, version })) {
    return interrupted("the rest may belong to another version of the video");
  }
  const length = size ?? resume.length;
  return { kind: "video", surplus: offset - first, end: end === length ? null : end, length, version: resume.version };
}

/** Whether a 416 means that all bytes of the video have already arrived. */
function isAllOf(headers: Headers, resume: Resume): boolean {
  const { offset, length } = resume;
  const range = parseContentRange(headers.get("content-range"));
  // Some hosts do not say how long the video is. Nothing comes after the last byte that arrived.
  const size = range?.kind === "unsatisfied" ? range.size : length === null ? offset : null;
  return size === offset && !isOther(headers, resume);
}

/** Whether the answer has another ETag than the download that was begun. */
function isOther(headers: Headers, { version }: Resume): boolean {
  const etag = headers.get("etag");
  return etag !== null && version !== null && version.etag !== null && etag !== version.etag;
}

function versionOf(headers: Headers, now: number): Version | null {
  if (isEncoded(headers)) return null;
  const etag = headers.get("etag");
  const lastModified = headers.get("last-modified");
  const canResume = headers.get("accept-ranges")?.trim().toLowerCase() !== "none";
  const strong = etag !== null && isStrong(etag) ? etag : isStrongDate(headers, now) ? lastModified : null;
  return { etag, lastModified, ifRange: canResume ? strong : null };
}

/** Weak tags begin with `W/` and must not be used in `If-Range` (RFC 9110, section 8.8.3). */
function isStrong(etag: string): boolean {
  return /^"[^"]*"$/.test(etag);
}

/** Section 8.8.2.2: strong if at least one second before `Date`, so that no later change can have the same date. */
function isStrongDate(headers: Headers, now: number): boolean {
  const changed = parseHttpDate(headers.get("last-modified"), now);
  const sent = parseHttpDate(headers.get("date"), now) ?? now - CLOCK_TOLERANCE_MS;
  return changed !== null && changed + 1_000 <= sent;
}

/**
 * Whether a part belongs to the version whose download was begun. Hosts may ignore `If-Range`, and may omit headers
 * (section 15.3.7). So all values that both answers have are compared: at least one must exist, and all must match.
 */
function isSame(begun: Pick<Resume, "length" | "version">, part: Pick<Resume, "length" | "version">): boolean {
  const [before, after] = [begun.version, part.version];
  // The request had no `If-Range`: it was only meant to find out whether the video had ended.
  if (before === null || before.ifRange === null) return false;
  const compared = [
    [before.etag, after?.etag],
    // If strong tags match, the dates are not compared: they may differ between the servers of one host.
    ...(before.etag !== null && before.etag === after?.etag && isStrong(before.etag)
      ? []
      : [[before.lastModified, after?.lastModified]]),
    [begun.length, part.length],
  ].filter(([one, other]) => one != null && other != null);
  return compared.length > 0 && compared.every(([one, other]) => one === other);
}

/** Whether the body is compressed. Content-Length and Content-Range then count compressed bytes, not those read. */
function isEncoded(headers: Headers): boolean {
  const encoding = (headers.get("content-encoding") ?? "").trim().toLowerCase();
  return encoding !== "" && encoding !== "identity";
}
