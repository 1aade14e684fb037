// The events of one generation, and the changes that they report.

import { jsonIn, type ServerSentEvent, type Stream } from "./event-stream.ts";
import type { Generation, Status, TimelineItem } from "./types.ts";

/** The place in line, sent at most every 5 seconds. */
export interface QueueEvent {
  readonly id: null;
  readonly type: "generation.queue";
  readonly data: NonNullable<Generation["queue"]> & {
    /** An estimate of when the place is reached, in seconds from now; null while it is not known. */
    readonly remaining_seconds: number | null;
  };
}

/** The progress of the copy to R2, sent at most twice a second. */
export interface ProgressEvent {
  readonly id: null;
  readonly type: "progress";
  readonly data: NonNullable<Generation["progress"]>;
}

/**
 * An event of one generation. The place in line and the progress have `id: null`, because they are not sent again. All
 * others are items of the timeline, such as `generation.completed`. The data of the last one is the generation, without
 * its `webhooks`.
 */
export type GenerationEvent = TimelineItem | QueueEvent | ProgressEvent;

const ORDER: readonly string[] = [
  "queued",
  "generating",
  "storing",
  "completed",
  "failed",
  "canceled",
] satisfies Status[];
const FIRST_FINAL = ORDER.indexOf("completed");

/** Whether the generation has ended: its status never changes again. */
export function isFinal({ status }: { readonly status: Status }): boolean {
  return ORDER.indexOf(status) >= FIRST_FINAL;
}

/** @internal */
export function streamOf(id: string): Stream {
  return {
    path: "/v1/generations/{id}/events",
    ids: { id },
    isLast: ({ type }) => ORDER.indexOf(type.replace(/^generation\./, "")) >= FIRST_FINAL,
  };
}

/**
 * @returns null for a kind of event that this version does not know.
 * @throws ReelhookError if the data is not JSON.
 * @internal
 */
export function generationEventIn(sent: ServerSentEvent): GenerationEvent | null {
  const { id, type } = sent;
  // The data of an event with an id is the whole item of the timeline.
  if (id !== null) return jsonIn(sent);
  return type === "generation.queue" || type === "progress" ? { id, type, data: jsonIn(sent) } : null;
}

/**
 * Applies an event that carries the changed field itself.
 *
 * @returns null for any other event.
 * @internal
 */
export function withMomentary(generation: Generation, event: GenerationEvent): Generation | null {
  if (event.id !== null) return null;
  if (event.type === "progress") return { ...generation, progress: event.data };
  const { position, waiting } = event.data;
  return { ...generation, queue: { position, waiting } };
}

/**
 * Whether the event reports a change since the generation was read. The stream begins with the past events.
 *
 * @internal
 */
export function isNews({ type, data }: GenerationEvent, { status, submitted_at }: Generation): boolean {
  // The generation has left the line.
  if (type === "generation.submitted") return submitted_at === null;
  return "status" in data && ORDER.indexOf(String(data["status"])) > ORDER.indexOf(status);
}
