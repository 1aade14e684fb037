// The API as the page calls it: typed by the API's own type, and failing with the API's own words.

import { hc } from "hono/client";
import type * as z from "zod";
import type { ReelhookApi } from "../http/rpc.ts";
import type { ANSWERS } from "../http/views.ts";

type Answer<Name extends keyof typeof ANSWERS> = z.output<(typeof ANSWERS)[Name]>;

export type Generation = Answer<"Generation">;
export type GenerationRow = Answer<"GenerationList">["data"][number];
export type Delivery = Answer<"Delivery">;
export type DeliveryDetail = Answer<"DeliveryDetail">;
export type Timeline = Answer<"Timeline">;
export type WebhookEndpoint = Answer<"WebhookEndpoint">;
export type WebhookSecret = Answer<"WebhookSecret">;

export const STATUSES = ["queued", "generating", "storing", "completed", "failed", "canceled"] as const;
export const EVENT_TYPES = [
  "generation.started",
  "generation.completed",
  "generation.failed",
  "generation.canceled",
] as const;

export function isFinal(status: Generation["status"]): boolean {
  return status === "completed" || status === "failed" || status === "canceled";
}

/** What the API says went wrong. */
export class ApiError extends Error {
  readonly status: number;
  readonly errors: readonly { readonly pointer: string; readonly message: string }[];
  /** The generation that failed at once, when the provider refused it. */
  readonly generationId: string | null;

  constructor(status: number, message: string, errors: ApiError["errors"] = [], generationId: string | null = null) {
    super(message);
    this.status = status;
    this.errors = errors;
    this.generationId = generationId;
  }

  /** Whether something may have come of the request all the same. */
  get isUncertain(): boolean {
    return (this.status === 0 || this.status >= 500) && this.generationId === null;
  }
}

export type Client = ReturnType<typeof clientFor>;

export function clientFor(key: string) {
  return hc<ReelhookApi>(location.origin, { headers: authorization(key) });
}

export function authorization(key: string): Record<string, string> {
  return { authorization: `Bearer ${key}` };
}

interface AnyResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  json(): Promise<unknown>;
}

type Good<R> = R extends { readonly ok: true; json(): Promise<infer Body> } ? Body : never;

interface ProblemFields {
  readonly detail?: string;
  readonly errors?: ApiError["errors"];
  readonly generation_id?: string;
}

/**
 * The body of a good answer.
 *
 * @throws ApiError for any other, or for none.
 */
export async function answerOf<R extends AnyResponse>(asked: Promise<R>): Promise<Good<R>> {
  const response = await asked.catch(() => {
    throw new ApiError(0, "Reelhook cannot be reached. Is it running, and are you online?");
  });
  if (response.status === 204) return undefined as Good<R>;
  const body = await response.json().catch(() => null);
  if (response.ok) return body as Good<R>;
  const { detail, errors, generation_id } = (body ?? {}) as ProblemFields;
  throw new ApiError(response.status, detail ?? `${response.status} ${response.statusText}`, errors, generation_id);
}
