// Reads the provider's answers, every shape of them that its documents or its users have met, into one.

import * as z from "zod";
import type { Failure } from "../core/generation/errors.ts";

const STAGES: Readonly<Record<string, Stage>> = {
  queued: "queued",
  waiting: "queued",
  pending: "queued",
  generating: "generating",
  active: "generating",
  processing: "generating",
  running: "generating",
  in_progress: "generating",
  completed: "done",
  complete: "done",
  succeeded: "done",
  success: "done",
  error: "failed",
  failed: "failed",
};

type Stage = "queued" | "generating" | "done" | "failed" | "unknown";

const MAX_ID_LENGTH = 1024;

/** A number beyond 2^53 has lost digits when it comes out of JSON. */
const jobId = z
  .union([z.string().min(1).max(MAX_ID_LENGTH), z.int()])
  .optional()
  .catch(undefined);

/** Each field is read on its own: an odd one must not make the others unreadable. */
const answer = z.looseObject({
  id: jobId,
  generation_id: jobId,
  status: z.string().min(1).optional().catch(undefined),
  video: z.unknown().optional(),
  error: z.unknown().optional(),
  meta: z
    .looseObject({ usage: z.looseObject({ credits_used: z.number() }) })
    .optional()
    .catch(undefined),
});

export interface Job {
  readonly id: string | null;
  /** As the provider says it. */
  readonly status: string | null;
  readonly stage: Stage;
  readonly videoUrl: string | null;
  readonly credits: number | null;
  readonly failure: Failure;
}

/** Upper bounds of what is kept, so that a record stays small; beyond them nothing can be meant. */
const MAX_STATUS_LENGTH = 100;
const MAX_URL_LENGTH = 16_384;

/** Null when the answer is not a JSON object at all. */
export function readJob(body: unknown): Job | null {
  const parsed = answer.safeParse(body);
  if (!parsed.success) return null;
  const { id, generation_id, status, video, error, meta } = parsed.data;
  const name = id ?? generation_id;
  return {
    id: name === undefined ? null : String(name),
    status: status?.slice(0, MAX_STATUS_LENGTH) ?? null,
    stage: stageOf(status),
    videoUrl: firstUrl(video),
    credits: meta?.usage.credits_used ?? null,
    failure: readFailure(error),
  };
}

function stageOf(status = ""): Stage {
  const name = status.toLowerCase();
  return Object.hasOwn(STAGES, name) ? (STAGES[name] ?? "unknown") : "unknown";
}

/** `{url}`, `[url, null, …]`, `[{url}, …]`, a bare URL, or null. */
function firstUrl(video: unknown): string | null {
  if (typeof video === "string") return video === "" || video.length > MAX_URL_LENGTH ? null : video;
  if (Array.isArray(video)) return video.map(firstUrl).find((url) => url !== null) ?? null;
  if (typeof video === "object" && video !== null && "url" in video) return firstUrl(video.url);
  return null;
}

/** Providers tell moderation apart by wording only, so here, where their answers are read, wording decides. */
const MODERATED = /moderat|safety|content.?policy|nsfw|inappropriate/i;

function readFailure(error: unknown): Failure {
  const name = typeof error === "object" && error !== null && "name" in error ? String(error.name) : "";
  const message = messageOf(error) ?? (name || "The provider gave no reason.");
  return { code: MODERATED.test(`${name} ${message}`) ? "moderated" : "provider_error", message };
}

/** The text in an error: a string, `{message}`, `{error: …}`, or `{detail: [{loc, msg}]}`. Null when there is none. */
export function messageOf(error: unknown): string | null {
  if (typeof error === "string") return error === "" ? null : error;
  if (Array.isArray(error))
    return (
      error
        .map(messageOf)
        .filter((text) => text !== null)
        .join("; ") || null
    );
  if (typeof error !== "object" || error === null) return null;
  if ("msg" in error && typeof error.msg === "string") {
    const where = "loc" in error && Array.isArray(error.loc) ? `${error.loc.join(".")}: ` : "";
    return `${where}${error.msg}`;
  }
  for (const field of ["message", "detail", "error"] as const) {
    const found = field in error ? messageOf((error as Record<string, unknown>)[field]) : null;
    if (found !== null) return found;
  }
  return null;
}

/** What a definite refusal of a submission means. Out of credits comes as 403. */
export function refusal(status: number, message: string): Failure {
  switch (status) {
    case 400:
    case 422:
      return { code: MODERATED.test(message) ? "moderated" : "invalid_input", message };
    case 401:
      return { code: "provider_unauthorized", message };
    case 402:
    case 403:
      return { code: "insufficient_credits", message };
    default:
      return { code: "provider_error", message };
  }
}

const logPage = z.looseObject({
  data: z.array(
    z.looseObject({
      status: z.string().optional().catch(undefined),
      inference_id: z.union([z.string(), z.number()]).nullish().catch(undefined),
      client_request_id: z.string().nullish().catch(undefined),
    }),
  ),
  pagination: z.looseObject({ has_more: z.boolean().optional() }).optional().catch(undefined),
});

export function readLogPage(body: unknown) {
  const parsed = logPage.safeParse(body);
  return parsed.success ? { rows: parsed.data.data, hasMore: parsed.data.pagination?.has_more ?? false } : null;
}
