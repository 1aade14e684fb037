// The generation as callers see it, in the API's own words and shapes. See "The generation" in the API reference.

import type { Mode } from "../scope.ts";
import { iso, isoOrNull } from "../times.ts";
import type { Delivery } from "../webhooks/delivery.ts";
import { type WebhookState, webhookState } from "../webhooks/fan-out.ts";
import type { SignedLink } from "./action.ts";
import {
  type Generation,
  isTerminal,
  type JsonObject,
  type ProviderJob,
  type ProviderName,
  publicStatus,
  type Status,
} from "./record.ts";
import { expiresAt } from "./retention.ts";
import { pollCount } from "./transitions.ts";

export interface VideoView {
  readonly url: string;
  readonly url_expires_at: string | null;
  readonly key: string;
  readonly bytes: number;
  readonly content_type: string;
  readonly sha256: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly duration_seconds: number | null;
  readonly frame_rate: number | null;
}

export interface ErrorView {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly source_url?: string;
}

/** How far the copy has come. */
export interface Progress {
  readonly bytes: number;
  readonly totalBytes: number | null;
}

/** Without its webhooks: what an event carries. */
export interface EventView {
  readonly id: string;
  readonly object: "generation";
  readonly status: Status;
  readonly mode: Mode;
  readonly model: string;
  readonly input: JsonObject;
  readonly metadata: Readonly<Record<string, string>>;
  readonly created_at: string;
  readonly submitted_at: string | null;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly provider: {
    readonly name: ProviderName;
    readonly id: string | null;
    readonly status: string | null;
    readonly polls: number;
  };
  readonly progress: { readonly bytes: number; readonly total_bytes: number | null } | null;
  readonly video: VideoView | null;
  readonly usage: { readonly credits: number } | null;
  readonly error: ErrorView | null;
  readonly expires_at: string | null;
}

export interface GenerationView extends EventView {
  readonly webhooks: readonly {
    readonly url: string;
    readonly events: readonly string[];
    readonly state: WebhookState;
  }[];
}

interface ViewContext {
  readonly now: number;
  /** Needed once there is a video. */
  readonly link: SignedLink | null;
  /** Of a copy that is under way. */
  readonly progress?: Progress | null;
}

export function eventView(generation: Generation, { now, link, progress = null }: ViewContext): EventView {
  const { state } = generation;
  const job: ProviderJob | null = "job" in state ? state.job : null;
  const startedAt = "startedAt" in state ? state.startedAt : null;
  return {
    id: generation.id,
    object: "generation",
    status: publicStatus(generation),
    mode: generation.scope.mode,
    model: generation.model,
    input: generation.input,
    metadata: generation.metadata,
    created_at: iso(generation.createdAt),
    submitted_at: job && iso(job.acceptedAt),
    started_at: isoOrNull(startedAt),
    finished_at: "finishedAt" in state ? iso(state.finishedAt) : null,
    provider: {
      name: generation.provider,
      id: job?.id ?? null,
      status: job?.status ?? null,
      polls: pollCount(generation, now),
    },
    progress: progressView(generation, progress),
    video: videoView(generation, link),
    usage: job?.credits == null ? null : { credits: job.credits },
    error: errorView(generation),
    expires_at: isoOrNull(expiresAt(generation)),
  };
}

export function generationView(
  generation: Generation,
  deliveries: readonly Delivery[],
  seen: ViewContext,
): GenerationView {
  const { expires_at, ...rest } = eventView(generation, seen);
  const finished = isTerminal(generation);
  const webhooks = generation.webhooks.map((webhook) => ({
    url: webhook.url,
    events: webhook.events,
    state: webhookState(webhook, deliveries, finished),
  }));
  return { ...rest, webhooks, expires_at };
}

function progressView({ state }: Generation, progress: Progress | null): EventView["progress"] {
  if (state.phase === "completed") return { bytes: state.video.bytes, total_bytes: state.video.bytes };
  if (state.phase !== "storing") return null;
  return { bytes: progress?.bytes ?? 0, total_bytes: progress?.totalBytes ?? null };
}

function videoView({ state }: Generation, link: SignedLink | null): VideoView | null {
  if (state.phase !== "completed" || link === null) return null;
  const { key, bytes, contentType, sha256, width, height, durationMs, frameRate } = state.video;
  return {
    url: link.url,
    url_expires_at: isoOrNull(link.expiresAt),
    key,
    bytes,
    content_type: contentType,
    sha256,
    width,
    height,
    duration_seconds: durationMs === null ? null : durationMs / 1000,
    frame_rate: frameRate,
  };
}

function errorView({ state }: Generation): ErrorView | null {
  if (!("error" in state)) return null;
  const { code, message, retryable, sourceUrl } = state.error;
  return { code, message, retryable, ...(sourceUrl === undefined ? {} : { source_url: sourceUrl }) };
}
