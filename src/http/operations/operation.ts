// One operation of this API, as its description tells it, and what several of them share.

import type { ProblemCode } from "../problem-codes.ts";

export interface Operation {
  readonly id: string;
  readonly method: "get" | "head" | "post" | "patch" | "delete";
  readonly path: string;
  readonly summary: string;
  readonly tag: "Generations" | "Webhooks" | "Drop-in" | "Service";
  /** Needs no API key. */
  readonly isPublic?: true;
  /** Needs one unless it is asked by a signed link. */
  readonly keyIsOptional?: true;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: "query" | "header";
    readonly description: string;
    readonly required?: true;
    readonly schema?: object;
  }[];
  readonly body?: { readonly schema: string; readonly example?: object };
  readonly answers: Readonly<
    Record<
      string,
      {
        readonly description: string;
        readonly schema?: string;
        readonly type?: string;
        /** Server-sent events, too, for those who accept them. */
        readonly streams?: true;
        /** Headers beside those of every answer. */
        readonly headers?: readonly AnswerHeader[];
      }
    >
  >;
  readonly problems: readonly ProblemCode[];
}

type AnswerHeader =
  | "Accept-Ranges"
  | "Content-Range"
  | "ETag"
  | "Idempotent-Replayed"
  | "Location"
  | "Preference-Applied";

export const IDEMPOTENCY_KEY = {
  name: "Idempotency-Key",
  in: "header",
  description: "Up to 255 characters. The same key gives the same generation, and never a second bill.",
  schema: { type: "string", minLength: 1, maxLength: 255 },
} as const;

export const CREATE_EXAMPLE = {
  model: "runway/gen4_aleph",
  prompt: "Add a small fairy as a rider on the raccoon’s back.",
  video_url: "https://example.com/raccoon.mp4",
  webhook_url: "https://example.com/hooks/video",
};

export const CREATE_PROBLEMS = [
  "invalid_request",
  "invalid_input",
  "insufficient_credits",
  "idempotency_key_deleted",
  "payload_too_large",
  "unsupported_media_type",
  "idempotency_mismatch",
  "too_many_in_flight",
  "provider_unauthorized",
  "provider_not_configured",
] as const;

export function ok<const S extends string>(schema: S) {
  return { "200": { description: "OK", schema } } as const;
}
