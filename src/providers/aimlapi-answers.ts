// Parses the provider's answers. Accepts every shape that its documentation shows or its users have reported.

import * as z from "zod/mini";
import { maxLength, minLength } from "../contract/fields.ts";
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

/** Undefined for a field that is missing or has an unexpected type. */
function lenient<S extends z.ZodMiniType>(schema: S) {
  return z.catch(z.optional(schema), undefined);
}

/** `z.int()` rejects numbers beyond 2^53, which lose digits when JSON is parsed. */
const jobId = lenient(z.union([z.string().check(minLength(1), maxLength(MAX_ID_LENGTH)), z.int()]));

/** Each field is parsed on its own, so that one with an unexpected type does not hide the others. */
const answer = z.looseObject({
  id: jobId,
  generation_id: jobId,
  status: lenient(z.string().check(minLength(1))),
  video: z.optional(z.unknown()),
  error: z.optional(z.unknown()),
  meta: lenient(z.looseObject({ usage: z.looseObject({ credits_used: z.number() }) })),
});

export interface Job {
  readonly id: string | null;
  /** The provider's own word, cut to 100 characters. */
  readonly status: string | null;
  readonly stage: Stage;
  readonly videoUrl: string | null;
  readonly credits: number | null;
  readonly failure: Failure;
}

/** Limits that keep a record small. A longer status is cut; a longer URL is ignored. */
const MAX_STATUS_LENGTH = 100;
const MAX_URL_LENGTH = 16_384;

/** @returns null if the answer is not a JSON object. */
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

/** Accepts `{url}`, `[url, null, …]`, `[{url}, …]`, a bare URL, or null. */
function firstUrl(video: unknown): string | null {
  if (typeof video === "string") return video === "" || video.length > MAX_URL_LENGTH ? null : video;
  if (Array.isArray(video)) return video.map(firstUrl).find((url) => url !== null) ?? null;
  if (typeof video === "object" && video !== null && "url" in video) return firstUrl(video.url);
  return null;
}

/** The provider reports moderation only in the wording of an error, so the wording decides. */
const MODERATED = /moderat|safety|content.?policy|nsfw|inappropriate/i;

function readFailure(error: unknown): Failure {
  const name =
    typeof error === "object" && error !== null && "name" in error && typeof error.name === "string" ? error.name : "";
  const message = messageOf(error) ?? (name || "The provider gave no reason.");
  return { code: MODERATED.test(`${name} ${message}`) ? "moderated" : "provider_error", message };
}

/** The text of an error: a string, `{message}`, `{error: …}`, or `{detail: [{loc, msg}]}`. Null if there is none. */
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
    const loc = "loc" in error && Array.isArray(error.loc) ? error.loc.filter(isNameOrIndex) : [];
    const where = loc.length > 0 ? `${loc.join(".")}: ` : "";
    return `${where}${error.msg}`;
  }
  for (const field of ["message", "detail", "error"] as const) {
    const found = field in error ? messageOf((error as Record<string, unknown>)[field]) : null;
    if (found !== null) return found;
  }
  return null;
}

function isNameOrIndex(part: unknown): part is string | number {
  return typeof part === "string" || typeof part === "number";
}

/** Maps a definite refusal of a submission to an error code. The provider answers 403 when out of credits. */
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
      status: lenient(z.string()),
      inference_id: lenient(z.nullable(z.union([z.string(), z.number()]))),
      client_request_id: lenient(z.nullable(z.string())),
    }),
  ),
  pagination: lenient(z.looseObject({ has_more: z.optional(z.boolean()) })),
});

export function readLogPage(body: unknown) {
  const parsed = logPage.safeParse(body);
  return parsed.success ? { rows: parsed.data.data, hasMore: parsed.data.pagination?.has_more ?? false } : null;
}
