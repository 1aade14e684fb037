// Opens a provider's result URL. Each redirect is checked like a user's URL, and no credentials are sent.

import { USER_AGENT } from "../contract/version.ts";
import { reasonOf } from "../core/generation/errors.ts";
import { checkUrl, type UrlRules } from "../core/webhooks/url-rules.ts";
import { withAbortTimeout } from "../outbound/deadlines.ts";
import type { OpenResult, Resume } from "./source.ts";

const MAX_HOPS = 5;

/** Time to receive the answer's headers, for each hop. The body has its own timeout (parts.ts). */
const HEADERS_TIMEOUT_MS = 30_000;

/** Signed URLs of object stores can be long. */
const MAX_URL_LENGTH = 16_384;

/** Temporary 4xx statuses. Any other 4xx means that the URL is dead and a fresh one is needed. */
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
  let call = "";
  for (let hop = 0; hop <= MAX_HOPS; hop++) {
    const verdict = checkUrl(next, rules);
    if (!verdict.safe) return { kind: "rejected", message: `The video's URL ${verdict.reason}.` };
    call = `GET ${verdict.url.host}`;
    let response: Response;
    try {
      response = await fetchHeaders(next, signal, deps, resume);
    } catch (cause) {
      return { kind: "interrupted", message: `${call}: ${reasonOf(cause)}` };
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
      const message = `${call}: status ${status}`;
      const isDead = status >= 400 && status < 500 && !PASSING.has(status) && !(resume !== undefined && status === 416);
      return { kind: isDead ? "gone" : "interrupted", message };
    }
    next = new URL(location, next).href;
  }
  return { kind: "rejected", message: `${call}: more than ${MAX_HOPS} redirects` };
}

async function fetchHeaders(
  url: string,
  signal: AbortSignal,
  { fetch, headersTimeoutMs = HEADERS_TIMEOUT_MS }: DownloadDeps,
  resume: Resume | undefined,
): Promise<Response> {
  // The length of a compressed body cannot be checked.
  const rest = resume && { range: `bytes=${resume.offset}-`, "if-range": resume.tag };
  const headers = { "accept-encoding": "identity", "user-agent": USER_AGENT, ...rest };
  return withAbortTimeout(headersTimeoutMs, (late) =>
    fetch(url, { redirect: "manual", signal: AbortSignal.any([signal, late]), headers }),
  );
}

/** Null for a compressed body: Content-Length then counts compressed bytes, not the bytes that are read. */
function lengthOf(headers: Headers): number | null {
  const length = headers.get("content-length");
  if (length === null || !/^\d+$/.test(length)) return null;
  const encoding = headers.get("content-encoding");
  return encoding === null || encoding === "identity" ? Number(length) : null;
}

/** RFC 9110, section 13.1.5: If-Range requires a strong entity tag. Null if the download cannot be resumed. */
function resumeTagOf(headers: Headers): string | null {
  const tag = headers.get("etag");
  const isEncoded = (headers.get("content-encoding") ?? "identity") !== "identity";
  return tag?.startsWith('"') && !isEncoded && headers.get("accept-ranges") !== "none" ? tag : null;
}

/** Whether a 416 means that all bytes had already arrived. If the tag had changed, If-Range would have given a 200. */
function isAllOf(headers: Headers, { offset, tag }: Resume): boolean {
  return headers.get("content-range") === `bytes */${offset}` && (headers.get("etag") ?? tag) === tag;
}

function emptyBody(): ReadableStream<Uint8Array> {
  return new Blob([]).stream();
}

/** Length of the whole video if the answer is exactly the requested rest of it, otherwise null. */
function wholeLength(headers: Headers, { offset, tag }: Resume): number | null {
  const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers.get("content-range") ?? "");
  if (range === null || headers.get("etag") !== tag) return null;
  const [start, end, length] = range.slice(1).map(Number) as [number, number, number];
  return start === offset && end === length - 1 ? length : null;
}
