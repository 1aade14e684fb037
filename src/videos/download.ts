// Opens a provider's result URL. Each hop is checked like a user's URL, and no header of ours goes along.

import { reasonOf } from "../core/generation/errors.ts";
import { checkUrl, type UrlRules } from "../core/webhooks/url-rules.ts";
import { withAbortTimeout } from "../outbound/deadlines.ts";
import type { OpenResult, Resume } from "./source.ts";

const MAX_HOPS = 5;

/** Until the answer's headers are there, at each hop. What comes after has a timeout of its own (parts.ts). */
const HEADERS_TIMEOUT_MS = 30_000;

/** Signed URLs of object stores can be long. */
const MAX_URL_LENGTH = 16_384;

/** Of the 4xx, those that may pass by themselves; any other means that this URL is dead and a fresh one is needed. */
const PASSING = new Set([408, 425, 429]);

export interface DownloadDeps {
  readonly fetch: typeof fetch;
  readonly rules: UrlRules;
  readonly headersTimeoutMs?: number;
}

export async function openRemoteVideo(
  first: string,
  signal: AbortSignal,
  deps: DownloadDeps,
  resume?: Resume,
): Promise<OpenResult> {
  const rules = { ...deps.rules, maxLength: MAX_URL_LENGTH };
  let next = URL.canParse(first) ? new URL(first).href : first;
  for (let hop = 0; hop <= MAX_HOPS; hop++) {
    const verdict = checkUrl(next, rules);
    if (!verdict.safe) return { kind: "rejected", message: `The video's URL ${verdict.reason}.` };
    let response: Response;
    try {
      response = await fetchHeaders(next, signal, deps, resume);
    } catch (cause) {
      return { kind: "interrupted", message: `The video could not be fetched: ${reasonOf(cause)}` };
    }
    const { status, headers } = response;
    if (status === 200 && resume === undefined && response.body !== null) {
      return { kind: "open", body: response.body, length: lengthOf(headers), resumeTag: resumeTagOf(headers) };
    }
    if (status === 206 && resume !== undefined && response.body !== null) {
      const length = wholeLength(headers, resume);
      if (length !== null) return { kind: "open", body: response.body, length, resumeTag: resume.tag };
    }
    await response.body?.cancel().catch(() => {});
    if (status === 416 && resume !== undefined && isAllOf(headers, resume)) {
      return { kind: "open", body: emptyBody(), length: resume.offset, resumeTag: resume.tag };
    }
    const location = headers.get("location");
    if (status < 300 || status >= 400 || location === null || !URL.canParse(location, next)) {
      const message = `The video's URL answered with status ${status}.`;
      const isDead = status >= 400 && status < 500 && !PASSING.has(status) && !(resume !== undefined && status === 416);
      return { kind: isDead ? "gone" : "interrupted", message };
    }
    next = new URL(location, next).href;
  }
  return { kind: "rejected", message: `The video's URL redirects more than ${MAX_HOPS} times.` };
}

async function fetchHeaders(
  url: string,
  signal: AbortSignal,
  { fetch, headersTimeoutMs = HEADERS_TIMEOUT_MS }: DownloadDeps,
  resume: Resume | undefined,
): Promise<Response> {
  // A compressed body would come without a length that can be checked.
  const rest = resume && { range: `bytes=${resume.offset}-`, "if-range": resume.tag };
  const headers = { "accept-encoding": "identity", ...rest };
  return withAbortTimeout(headersTimeoutMs, (late) =>
    fetch(url, { redirect: "manual", signal: AbortSignal.any([signal, late]), headers }),
  );
}

/** Content-Length counts what was sent: once it has been decompressed it says nothing about what is read. */
function lengthOf(headers: Headers): number | null {
  const length = headers.get("content-length");
  if (length === null || !/^\d+$/.test(length)) return null;
  const encoding = headers.get("content-encoding");
  return encoding === null || encoding === "identity" ? Number(length) : null;
}

/** RFC 9110, section 13.1.5: only a strong validator says that the rest fits what came before. */
function resumeTagOf(headers: Headers): string | null {
  const tag = headers.get("etag");
  const isEncoded = (headers.get("content-encoding") ?? "identity") !== "identity";
  return tag?.startsWith('"') && !isEncoded && headers.get("accept-ranges") !== "none" ? tag : null;
}

/** The connection broke just when all had come: there is no rest. Had the tag changed, If-Range would have given the whole. */
function isAllOf(headers: Headers, { offset, tag }: Resume): boolean {
  return headers.get("content-range") === `bytes */${offset}` && (headers.get("etag") ?? tag) === tag;
}

function emptyBody(): ReadableStream<Uint8Array> {
  return new Blob([]).stream();
}

/** Of the whole video, when this is the rest of it that was asked for; null when it is anything else. */
function wholeLength(headers: Headers, { offset, tag }: Resume): number | null {
  const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers.get("content-range") ?? "");
  if (range === null || headers.get("etag") !== tag) return null;
  const [start, end, length] = range.slice(1).map(Number) as [number, number, number];
  return start === offset && end === length - 1 ? length : null;
}
