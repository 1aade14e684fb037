// Checks what callers were told about one generation against what the provider did.

import type { GenerationView } from "../../../src/contract/generation.ts";
import { holdWebhook } from "../../support/description.ts";
import type { SentSubmission, Story } from "./provider.ts";

/** Parses JSON sent by the Worker. @throws if it is not UTF-8, or contains a lone surrogate. */
export function wellFormed<T>(bytes: Uint8Array): T {
  const parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)) as T;
  for (const text of textsIn(parsed)) {
    if (!text.isWellFormed()) throw new Error(`a lone surrogate in ${JSON.stringify(text).slice(0, 200)}`);
  }
  return parsed;
}

function* textsIn(value: unknown): Generator<string> {
  if (typeof value === "string") yield value;
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    yield key;
    yield* textsIn(inner);
  }
}

/** The terminal status that a webhook reports; null if it reports another event. */
export function endIn(body: Uint8Array): string | null {
  const { type } = wellFormed<{ readonly type: string }>(body);
  holdWebhook(new TextDecoder().decode(body));
  return type === "generation.started" ? null : type.slice("generation.".length);
}

export interface Evidence {
  readonly story: Story;
  /** The generation, read after its end. */
  readonly view: GenerationView;
  /** The terminal statuses that webhooks reported. */
  readonly ends: readonly string[];
  /** The origin of all links that the provider gave. */
  readonly fileHost: string;
}

/** @returns one complaint per error; empty if everything is correct. */
export function judge({ story, view, ends, fileHost }: Evidence): string[] {
  const found: string[] = [];
  const { status, error, video } = view;
  if (new Set(ends).size !== 1 || ends[0] !== status)
    found.push(`${status}, but callbacks say ${ends.join() || "nothing"}`);
  if ((status === "completed") !== (video !== null))
    found.push(`${status} ${video === null ? "without" : "with"} a video`);
  if ((status === "failed") !== (error !== null)) found.push(`${status} with error ${error?.code}`);
  if (error?.source_url !== undefined && !isFrom(error.source_url, fileHost)) {
    found.push(`source_url ${error.source_url.slice(0, 100)}`);
  }
  // The provider does not charge for a failed job.
  if (error?.retryable && !story.hasSaidError && story.submissions.some(mayBePaid)) {
    found.push(`${error.code} is retryable, although a submission may have been accepted: ${error.message}`);
  }
  return [...found, ...sentOnce(story), ...asPlanned(story, view)];
}

function isFrom(link: string, fileHost: string): boolean {
  return URL.canParse(link) && new URL(link).origin === fileHost;
}

/** Whether the Worker must assume that the submission was accepted. */
function mayBePaid({ verdict, toldFailed }: SentSubmission): boolean {
  return verdict === "accepted" || (verdict === "unclear" && !toldFailed);
}

function sentOnce({ submissions }: Story): string[] {
  const found: string[] = [];
  const paid = submissions.filter(({ isPaid }) => isPaid).length;
  if (paid > 1) found.push(`${paid} paid jobs`);
  if (submissions.slice(0, -1).some(mayBePaid)) found.push("sent again, although an earlier submission may be paid");
  if (new Set(submissions.map(({ requestId }) => requestId)).size < submissions.length)
    found.push("a request id twice");
  return found;
}

/** Checks the end against the plan. Only possible if every answer was valid. */
function asPlanned({ plan }: Story, { status, error }: GenerationView): string[] {
  if (plan.mess > 0) return [];
  const right = { done: plan.isDead ? "storage_failed" : "completed", failed: "failed", never: "timed_out" }[plan.end];
  const is = error === null || plan.end === "failed" ? status : error.code;
  if (is !== right) return [`${is} ${JSON.stringify(error)} instead of ${right}`];
  return plan.end === "failed" && !error?.message.includes(plan.reason) ? [`no reason in ${error?.message}`] : [];
}
