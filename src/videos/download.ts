// Opens a provider's result URL. Each redirect is checked like a user's URL, and no credentials are sent.

import { USER_AGENT } from "../contract/version.ts";
import { reasonOf } from "../core/generation/errors.ts";
import { checkUrl, MAX_VIDEO_URL_LENGTH, type UrlRules } from "../core/webhooks/url-rules.ts";
import { withAbortTimeout } from "../outbound/deadlines.ts";
import { type Answer, readAnswer } from "./answer.ts";
import type { OpenResult, Resume } from "./source.ts";

const MAX_HOPS = 5;

/** Time to receive the answer's headers, for each hop. The body has its own timeout (parts.ts). */
const HEADERS_TIMEOUT_MS = 30_000;

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
  const rules = { ...deps.rules, maxLength: MAX_VIDEO_URL_LENGTH };
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
    const { status, headers, body } = response;
    const location = status >= 300 && status < 400 ? headers.get("location") : null;
    if (location !== null && URL.canParse(location, next)) {
      await body?.cancel().catch(() => {});
      next = new URL(location, next).href;
      continue;
    }
    const answer = readAnswer(response, resume, Date.now());
    if (answer.kind === "video" && body !== null) return { ...answer, kind: "open", call, body };
    await body?.cancel().catch(() => {});
    return withoutVideo(answer, { call, status, resume });
  }
  return { kind: "gone", message: `${call}: more than ${MAX_HOPS} redirects` };
}

async function fetchHeaders(
  url: string,
  signal: AbortSignal,
  { fetch, headersTimeoutMs = HEADERS_TIMEOUT_MS }: DownloadDeps,
  resume: Resume | undefined,
): Promise<Response> {
  const headers = new Headers({
    accept: "*/*",
    // The length of a compressed body cannot be checked.
    "accept-encoding": "identity",
    "user-agent": USER_AGENT,
  });
  if (resume !== undefined) headers.set("range", `bytes=${resume.offset}-`);
  const ifRange = resume?.version?.ifRange ?? null;
  if (ifRange !== null) headers.set("if-range", ifRange);
  return withAbortTimeout(headersTimeoutMs, (late) =>
    fetch(url, { redirect: "manual", signal: AbortSignal.any([signal, late]), headers }),
  );
}

interface Answered {
  readonly call: string;
  readonly status: number;
  readonly resume: Resume | undefined;
}

function withoutVideo(answer: Answer, { call, status, resume }: Answered): OpenResult {
  switch (answer.kind) {
    case "video":
      return { kind: "gone", message: `${call}: status ${status} without a body` };
    case "complete": {
      const whole = { end: null, length: resume?.offset ?? 0, version: resume?.version ?? null };
      return { kind: "open", call, body: new Blob([]).stream(), surplus: 0, ...whole };
    }
    case "gone":
      return { kind: "gone", message: `${call}: ${answer.problem}` };
    case "interrupted":
      return { kind: "interrupted", message: `${call}: ${answer.problem}`, retryAfterMs: answer.retryAfterMs };
  }
}
