// The generation as callers see it (src/contract/generation.ts).

import type { EventData } from "../../contract/events.ts";
import type { GenerationView } from "../../contract/generation.ts";
import { deprecatedView } from "../models/retirement.ts";
import { moneyView } from "../money/view.ts";
import type { QueuePlace } from "../queue/standing.ts";
import { queueView } from "../queue/view.ts";
import { iso, isoOrNull } from "../times.ts";
import type { Delivery } from "../webhooks/delivery.ts";
import { webhookState } from "../webhooks/fan-out.ts";
import type { SignedLink } from "./action.ts";
import { usageOf } from "./cost.ts";
import { type Generation, isTerminal, type ProviderJob, publicStatus } from "./record.ts";
import { expiresAt } from "./retention.ts";
import { pollCount } from "./transitions.ts";

/** How much of a video has been copied. */
export interface Progress {
  readonly bytes: number;
  /** Null if the provider does not state the length. */
  readonly totalBytes: number | null;
}

interface ViewContext {
  readonly now: number;
  /** Required once there is a video. */
  readonly link: SignedLink | null;
  /** Progress of the copy, while one is running. */
  readonly progress?: Progress | null;
  /** The place in line, while the generation waits there. */
  readonly place?: QueuePlace | null;
}

/** The generation without its webhooks, as events carry it. */
export function eventData(
  generation: Generation,
  { now, link, progress = null, place = null }: ViewContext,
): EventData {
  const { state } = generation;
  const job: ProviderJob | null = "job" in state ? state.job : null;
  const startedAt = "startedAt" in state ? state.startedAt : null;
  return {
    id: generation.id,
    object: "generation",
    status: publicStatus(generation),
    mode: generation.scope.mode,
    model: generation.model,
    deprecated: deprecatedView(generation.retirement ?? null),
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
    queue: queueView(place),
    ...moneyView({ estimate: generation.estimate ?? null, usage: usageOf(generation) }),
    error: errorView(generation),
    expires_at: isoOrNull(expiresAt(generation)),
  };
}

export function generationView(
  generation: Generation,
  deliveries: readonly Delivery[],
  context: ViewContext,
): GenerationView {
  const { expires_at, ...rest } = eventData(generation, context);
  const finished = isTerminal(generation);
  const webhooks = generation.webhooks.map((webhook) => ({
    url: webhook.url,
    events: webhook.events,
    state: webhookState(webhook, deliveries, finished),
  }));
  return { ...rest, webhooks, expires_at };
}

function progressView({ state }: Generation, progress: Progress | null): GenerationView["progress"] {
  if (state.phase === "completed") return { bytes: state.video.bytes, total_bytes: state.video.bytes };
  if (state.phase !== "storing") return null;
  return { bytes: progress?.bytes ?? 0, total_bytes: progress?.totalBytes ?? null };
}

function videoView({ state }: Generation, link: SignedLink | null): GenerationView["video"] {
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

function errorView({ state }: Generation): GenerationView["error"] {
  if (!("error" in state)) return null;
  const { code, message, retryable, sourceUrl } = state.error;
  return { code, message, retryable, ...(sourceUrl === undefined ? {} : { source_url: sourceUrl }) };
}
