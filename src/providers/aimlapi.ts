// The provider for live mode: a client of the AI/ML API. Its answers vary in shape; aimlapi-answers.ts normalizes them.

import type { Clock } from "../clock.ts";
import { USER_AGENT } from "../contract/version.ts";
import type { JobStatus, PollResult, ReconcileResult, SubmitResult } from "../core/generation/action.ts";
import { reasonOf } from "../core/generation/errors.ts";
import { parseDecimal, parseRetryAfter } from "../core/http-fields.ts";
import { microUsd } from "../core/money/micro-usd.ts";
import type { Usage } from "../core/money/usage.ts";
import { checkUrl, MAX_VIDEO_URL_LENGTH, type UrlRules } from "../core/webhooks/url-rules.ts";
import type { Provider, Submission } from "../generation/ports.ts";
import { answerBytes } from "../outbound/bounded-answers.ts";
import { withAbortTimeout } from "../outbound/deadlines.ts";
import { failureOf, type Job, readId, readJob, readLogPage, readReason, refusalCode } from "./aimlapi-answers.ts";
import { type AnswerBody, readBody } from "./answer-body.ts";
import { outlineOf } from "./answer-outline.ts";
import { saysUnpaid } from "./job-status.ts";
import { urlsIn } from "./sent-texts.ts";

/** Covers sending an input of up to 32 MiB. */
const SUBMIT_TIMEOUT_MS = 60_000;
const READ_TIMEOUT_MS = 15_000;
/** Large, because some answers contain a preview of the video. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** Allowed difference between the provider's clock and ours when searching its log. */
const LOG_WINDOW_MS = 2 * 60_000;
const LOG_PAGE_SIZE = 100;
const MAX_LOG_PAGES = 50;

const NOT_CONFIGURED = "AIMLAPI_KEY or AIMLAPI_BASE_URL is missing or invalid";

export interface AimlapiDeps {
  readonly apiKey: string | null;
  /** Null if the setting is invalid. */
  readonly baseUrl: string | null;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** Rules for links to videos. */
  readonly rules: UrlRules;
  /** Called with each unknown status word. */
  readonly onUnknownStatus: (status: string) => void;
  /**
   * Called when a job is done without a link to its video, unless its generation was deleted. `outline` is the answer,
   * cut and without the prompt.
   */
  readonly onMissingLink: (jobId: string, outline: string) => void;
  readonly timeouts?: { readonly submitMs: number; readonly readMs: number };
}

/** A shorter key is not removed from messages, because its text may occur in any of them. */
const MIN_SECRET_LENGTH = 8;

interface Answer extends AnswerBody {
  /** Method and host, for messages. */
  readonly call: () => string;
  readonly status: number;
  readonly headers: Headers;
  readonly isEmpty: boolean;
}

type Call = { readonly kind: "answer"; readonly answer: Answer } | { readonly kind: "lost"; readonly message: string };

export function aimlapi(deps: AimlapiDeps): Provider {
  const { apiKey, baseUrl, clock, timeouts = { submitMs: SUBMIT_TIMEOUT_MS, readMs: READ_TIMEOUT_MS } } = deps;
  const isConfigured = apiKey !== null && baseUrl !== null;

  async function call(path: string, timeoutMs: number, init: RequestInit): Promise<Call> {
    const headers = {
      ...init.headers,
      accept: "application/json",
      "user-agent": USER_AGENT,
      authorization: `Bearer ${apiKey}`,
    };
    // Made only for messages, because parsing a URL takes a noticeable part of the time of a poll.
    const name = () => `${init.method} ${new URL(`${baseUrl}`).host}`;
    try {
      return await withAbortTimeout(timeoutMs, async (signal) => {
        // Do not follow redirects: that would send the API key to another host.
        const response = await deps.fetch(`${baseUrl}${path}`, { ...init, headers, redirect: "manual", signal });
        const bytes = await answerBytes(response, MAX_ANSWER_BYTES + 1);
        const { status, headers: answered } = response;
        const { body, flaw } = readBody(bytes, MAX_ANSWER_BYTES);
        const isEmpty = bytes.byteLength === 0;
        return { kind: "answer", answer: { call: name, status, headers: answered, body, isEmpty, flaw } };
      });
    } catch (cause) {
      return { kind: "lost", message: `${name()}: ${reasonOf(cause)}` };
    }
  }

  const retryAfterOf = ({ headers }: Answer) => parseRetryAfter(headers.get("retry-after"), clock.now());
  const unavailable = (found: Call) =>
    found.kind === "lost"
      ? { kind: "unavailable" as const, retryAfterMs: null, message: found.message }
      : {
          kind: "unavailable" as const,
          isRefused: isBusy(found.answer.status),
          retryAfterMs: retryAfterOf(found.answer),
          message: readReason(found.answer.body).message ?? shortOf(found.answer),
        };

  async function submit(submission: Submission): Promise<SubmitResult> {
    if (!isConfigured) return { kind: "unsent", message: NOT_CONFIGURED };
    const found = await call(submission.path, timeouts.submitMs, {
      method: "POST",
      body: bodyOf(submission),
      headers: { "content-type": "application/json", "x-client-request-id": submission.requestId },
    });
    if (found.kind === "lost") return { kind: "unknown", message: found.message };
    const { call: name, status, headers, body, isEmpty } = found.answer;
    if (status >= 200 && status < 300) {
      const job = readJob(body, () => false);
      const jobId = job?.id ?? readId(headers.get("x-inference-id"));
      if (jobId === null) return { kind: "unknown", message: `${name()}: no job id in the answer` };
      return { kind: "accepted", jobId, status: job?.status ?? "queued", ...usageOf(job, headers) };
    }
    const message = readReason(body).message ?? shortOf(found.answer);
    if (isBusy(status)) return { kind: "busy", retryAfterMs: retryAfterOf(found.answer), message };
    if (status >= 500 || MAYBE_ACCEPTED.has(status)) return { kind: "unknown", message };
    return { kind: "refused", code: refusalCode({ status, body, isEmpty }), message };
  }

  const videoRules = { ...deps.rules, maxLength: MAX_VIDEO_URL_LENGTH };

  async function poll(job: Parameters<Provider["poll"]>[0]): Promise<PollResult> {
    if (!isConfigured) return { kind: "unavailable", retryAfterMs: null, message: NOT_CONFIGURED };
    const query = `?generation_id=${encodeURIComponent(job.id)}`;
    const found = await call(`${job.path}${query}`, timeouts.readMs, { method: "GET" });
    if (found.kind === "lost") return unavailable(found);
    const { status, headers, body } = found.answer;
    // An HTML page comes from something in between, such as a firewall, and says nothing about the job.
    if (status === 404) return isPage(headers) ? unavailable(found) : { kind: "missing" };
    let sent: ReadonlySet<string> | null = null;
    const isSent = (url: string) => {
      sent ??= urlsIn(job.input ?? {});
      return sent.has(url);
    };
    const isUsable = (url: string) => checkUrl(url, videoRules).safe && !isSent(url);
    const read = readJob(body, isUsable);
    // If the answer has no status word or has an error status, only the job's own id shows that its error is about the
    // job and not about the request.
    const isOwn = read !== null && read.id === job.id;
    if (status < 200 || status > 299) {
      const isFailure = isOwn && read.stage === "failed" && ABOUT_A_JOB.has(status);
      return isFailure ? failed(read, headers, { isUnpaid: false }) : unavailable(found);
    }
    if (read === null || (read.status === null && read.videoUrl === null)) {
      if (!isOwn || !read.hasError) return unavailable(found);
      return failed(read, headers, { isUnpaid: false });
    }
    const { stage, videoUrl: url } = read;
    const report = reportOf(read, headers);
    const word = report.status;
    switch (stage) {
      case "done":
        // Without the input, nothing shows which parts of the answer repeat the prompt.
        if (url === null && job.input !== null) deps.onMissingLink(job.id, outlineOf(body, job.input));
        return { kind: "done", url, ...report };
      case "failed":
        return failed(read, headers, { isUnpaid: saysUnpaid(word) && read.id !== null && url === null });
      case "unknown":
        deps.onUnknownStatus(word);
        return { kind: "running", started: false, ...report };
      default:
        return { kind: "running", started: read.stage === "generating", ...report };
    }
  }

  async function reconcile({ requestId, sentAt }: { requestId: string; sentAt: number }): Promise<ReconcileResult> {
    if (!isConfigured) return { kind: "unavailable", retryAfterMs: null, message: NOT_CONFIGURED };
    const start = new Date(sentAt - LOG_WINDOW_MS).toISOString();
    const end = new Date(sentAt + SUBMIT_TIMEOUT_MS + LOG_WINDOW_MS).toISOString();
    for (let page = 0; page < MAX_LOG_PAGES; page++) {
      const offset = page * LOG_PAGE_SIZE;
      const query = new URLSearchParams({ start, end, limit: String(LOG_PAGE_SIZE), offset: String(offset) });
      const found = await call(`/v2/logs?${query}`, timeouts.readMs, { method: "GET" });
      const log =
        found.kind === "answer" && found.answer.status === 200 ? readLogPage(found.answer.body, LOG_PAGE_SIZE) : null;
      if (log === null) return unavailable(found);
      const rows = log.rows.filter(({ clientRequestId }) => clientRequestId === requestId);
      const jobId = rows.find((row) => !row.hasFailed && row.jobId !== null)?.jobId;
      if (jobId != null) return { kind: "found", jobId };
      if (rows.length > 0 && rows.every(({ hasFailed }) => hasFailed)) return { kind: "failed" };
      if (!log.hasMore) return { kind: "absent" };
    }
    return { kind: "absent" };
  }

  /** Removes the key from a message, which callers see: some servers repeat the key that they refuse. */
  function withoutKey<R extends object>(result: R): R {
    const isSecret = apiKey !== null && apiKey.length >= MIN_SECRET_LENGTH;
    if (!isSecret || !("message" in result) || typeof result.message !== "string") return result;
    return { ...result, message: result.message.replaceAll(apiKey, "[API key]") };
  }

  return {
    submit: async (submission) => withoutKey(await submit(submission)),
    poll: async (job) => withoutKey(await poll(job)),
    reconcile: async (lost) => withoutKey(await reconcile(lost)),
  };
}

/** Describes an answer that gives no reason. */
function shortOf({ call, status, flaw }: Answer): string {
  return `${call()}: status ${status}${flaw}`;
}

/** Whether the provider refuses the request as one too many. */
function isBusy(status: number): boolean {
  return status === 429 || status === 503;
}

/** Statuses below 500 after which the job may exist: the result is at another URL (303), or a timeout (408, 499). */
const MAYBE_ACCEPTED = new Set([303, 408, 499]);

/** Statuses with which a provider may answer a poll for a job that has failed. */
const ABOUT_A_JOB = new Set([400, 410, 422]);

function isPage(headers: Headers): boolean {
  return /^text\/html/i.test(headers.get("content-type") ?? "");
}

function isPaid(headers: Headers): boolean {
  const prices = [headers.get("x-aimlapi-credits-used"), headers.get("x-aimlapi-usd-spent")];
  return prices.some((price) => price !== null && Number(price) !== 0);
}

/** @param isUnpaid whether the job is not charged if the answer states no price. */
function failed(job: Job, headers: Headers, { isUnpaid }: { readonly isUnpaid: boolean }): PollResult {
  const isCharged = job.isCharged || isPaid(headers);
  const failure = failureOf({ reason: job.reason, isUnpaid: isUnpaid && !isCharged });
  return { kind: "failed", isCharged, ...failure, ...reportOf(job, headers) };
}

function reportOf(job: Job, headers: Headers): JobStatus {
  return { status: job.status ?? "unknown", ...usageOf(job, headers) };
}

function usageOf(job: Job | null, headers: Headers): Usage {
  const usd = parseDecimal(headers.get("x-aimlapi-usd-spent"));
  return {
    credits: job?.credits ?? parseDecimal(headers.get("x-aimlapi-credits-used")),
    usd: job?.usd ?? (usd === null ? null : microUsd(usd)),
  };
}

function bodyOf({ model, input, staged }: Submission): BodyInit {
  if (staged === null) return JSON.stringify({ model, ...input });
  // With a known length, the request has a Content-Length instead of being chunked.
  return staged.body.pipeThrough(new FixedLengthStream(staged.bytes));
}
