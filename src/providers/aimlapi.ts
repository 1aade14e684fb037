// The provider for live mode: a client of the AI/ML API. Its answers vary in shape; aimlapi-answers.ts normalizes them.

import type { Clock } from "../clock.ts";
import { USER_AGENT } from "../contract/version.ts";
import type { PollResult, ReconcileResult, SubmitResult } from "../core/generation/action.ts";
import { reasonOf } from "../core/generation/errors.ts";
import { parseDecimal, parseRetryAfter } from "../core/http-fields.ts";
import type { Provider, Submission } from "../generation/ports.ts";
import { answerBytes } from "../outbound/bounded-answers.ts";
import { withAbortTimeout } from "../outbound/deadlines.ts";
import { messageOf, readJob, readLogPage, refusal } from "./aimlapi-answers.ts";
import { pathOf } from "./models.ts";

/** Covers sending an input of up to 32 MiB. */
const SUBMIT_TIMEOUT_MS = 60_000;
const READ_TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 1024 * 1024;

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
  readonly onUnknownStatus: (status: string) => void;
  readonly timeouts?: { readonly submitMs: number; readonly readMs: number };
}

interface Answer {
  /** Method and host, for messages. */
  readonly call: string;
  readonly status: number;
  readonly headers: Headers;
  /** Undefined if the body is not JSON. */
  readonly body: unknown;
}

type Call = { readonly kind: "answer"; readonly answer: Answer } | { readonly kind: "lost"; readonly message: string };

export function aimlapi(deps: AimlapiDeps): Provider {
  const { apiKey, baseUrl, clock, timeouts = { submitMs: SUBMIT_TIMEOUT_MS, readMs: READ_TIMEOUT_MS } } = deps;
  const isConfigured = apiKey !== null && baseUrl !== null;
  const host = baseUrl === null ? "" : new URL(baseUrl).host;

  async function call(path: string, timeoutMs: number, init: RequestInit): Promise<Call> {
    const headers = {
      ...init.headers,
      accept: "application/json",
      "user-agent": USER_AGENT,
      authorization: `Bearer ${apiKey}`,
    };
    const name = `${init.method} ${host}`;
    try {
      return await withAbortTimeout(timeoutMs, async (signal) => {
        // Do not follow redirects: that would send the API key to another host.
        const response = await deps.fetch(`${baseUrl}${path}`, { ...init, headers, redirect: "manual", signal });
        const text = new TextDecoder().decode(await answerBytes(response, MAX_ANSWER_BYTES));
        const { status, headers: answered } = response;
        return { kind: "answer", answer: { call: name, status, headers: answered, body: parseJson(text) } };
      });
    } catch (cause) {
      return { kind: "lost", message: `${name}: ${reasonOf(cause)}` };
    }
  }

  const retryAfterOf = ({ headers }: Answer) => parseRetryAfter(headers.get("retry-after"), clock.now());
  const unavailable = (found: Call) =>
    found.kind === "lost"
      ? { kind: "unavailable" as const, retryAfterMs: null, message: found.message }
      : {
          kind: "unavailable" as const,
          retryAfterMs: retryAfterOf(found.answer),
          message: messageOf(found.answer.body) ?? `${found.answer.call}: status ${found.answer.status}`,
        };

  async function submit(submission: Submission): Promise<SubmitResult> {
    if (!isConfigured) return { kind: "busy", retryAfterMs: null, message: NOT_CONFIGURED };
    const found = await call(pathOf(submission.model), timeouts.submitMs, {
      method: "POST",
      body: bodyOf(submission),
      headers: { "content-type": "application/json", "x-client-request-id": submission.requestId },
    });
    if (found.kind === "lost") return { kind: "unknown", message: found.message };
    const { call: name, status, headers, body } = found.answer;
    if (status >= 200 && status < 300) {
      const job = readJob(body);
      const jobId = job?.id ?? headers.get("x-inference-id");
      if (jobId === null || jobId === "") return { kind: "unknown", message: `${name}: no job id in the answer` };
      const credits = job?.credits ?? parseDecimal(headers.get("x-aimlapi-credits-used"));
      return { kind: "accepted", jobId, status: job?.status ?? "queued", credits };
    }
    const reason = messageOf(body);
    const message = reason ?? `${name}: status ${status}`;
    if (status === 429 || status === 503) return { kind: "busy", retryAfterMs: retryAfterOf(found.answer), message };
    // 408: the provider stopped waiting for the request, so it is unknown whether it accepted the job.
    if (status >= 500 || status === 408) return { kind: "unknown", message };
    // Classify the provider's own words only: a host name could contain a word such as "safety".
    return { kind: "refused", ...refusal(status, reason ?? ""), message };
  }

  async function poll(job: { readonly id: string; readonly model: string }): Promise<PollResult> {
    if (!isConfigured) return { kind: "unavailable", retryAfterMs: null, message: NOT_CONFIGURED };
    const query = `?generation_id=${encodeURIComponent(job.id)}`;
    const found = await call(`${pathOf(job.model)}${query}`, timeouts.readMs, { method: "GET" });
    if (found.kind === "lost") return unavailable(found);
    const { status, body } = found.answer;
    if (status === 404) return { kind: "missing" };
    const read = status >= 200 && status < 300 ? readJob(body) : null;
    if (read === null || read.status === null) return unavailable(found);
    const report = { status: read.status, credits: read.credits };
    switch (read.stage) {
      case "done":
        return { kind: "done", url: read.videoUrl, ...report };
      case "failed":
        return { kind: "failed", code: read.failure.code, message: read.failure.message, ...report };
      case "unknown":
        deps.onUnknownStatus(read.status);
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
      const log = found.kind === "answer" && found.answer.status === 200 ? readLogPage(found.answer.body) : null;
      if (log === null) return unavailable(found);
      const row = log.rows.find(({ client_request_id }) => client_request_id === requestId);
      if (row !== undefined) {
        if (row.status === "failed") return { kind: "failed" };
        if (row.inference_id != null) return { kind: "found", jobId: String(row.inference_id) };
      }
      if (!log.hasMore) return { kind: "absent" };
    }
    return { kind: "absent" };
  }

  return { submit, poll, reconcile };
}

function bodyOf({ model, input, staged }: Submission): BodyInit {
  if (staged === null) return JSON.stringify({ model, ...input });
  // With a known length, so that the request has a Content-Length instead of being chunked.
  return staged.body.pipeThrough(new FixedLengthStream(staged.bytes));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
