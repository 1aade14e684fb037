// What /openapi.json says about an operation beside its address, which is that of its route (src/http/route.ts).

import type * as z from "zod/mini";
import type { ProblemCode } from "../../src/contract/problems.ts";
import type { WebhookUrlRules } from "../../src/contract/requests.ts";
import { isReading } from "../../src/http/read-only.ts";
import type { Route } from "../../src/http/route.ts";

export interface Description {
  /** Names the operation in generated clients. */
  readonly id: string;
  readonly summary: string;
  /** Longer description, after the summary. */
  readonly details?: string;
  /** src/http/app.ts neither limits `Service` routes nor disables them while settings are invalid. */
  readonly tag: "Generations" | "Models" | "Webhooks" | "Account" | "API keys" | "Drop-in" | "Service";
  readonly query?: z.ZodMiniObject;
  readonly headers?: z.ZodMiniObject;
  /** The JSON body. It depends on the deployment's rules for webhook URLs. */
  readonly body?: (rules: WebhookUrlRules) => z.ZodMiniType;
  /** Successful answers, by status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Problems that the handler raises; `problemsOf` adds those of the middleware. */
  readonly problems: readonly ProblemCode[];
}

export interface Answer {
  readonly description: string;
  /** Schema of a JSON body. */
  readonly body?: z.ZodMiniType;
  /** Media type of a body without a schema. */
  readonly type?: "application/json" | "text/event-stream" | "video/mp4";
  /** Also sent as server-sent events, if the caller accepts them. */
  readonly streams?: true;
  readonly headers?: readonly AnswerHeader[];
}

type AnswerHeader =
  | "Accept-Ranges"
  | "Content-Range"
  | "Deprecation"
  | "ETag"
  | "Idempotent-Replayed"
  | "Location"
  | "Preference-Applied"
  | "Sunset";

/** The descriptions of a resource's operations, by method and path. */
export type Descriptions = Readonly<Record<`${Route["method"]} /${string}`, Description>>;

export type Operation = Omit<Route, "handler"> & Description;

/** Problems of every operation with a body. */
export const BODY_PROBLEMS = ["invalid_request", "payload_too_large", "unsupported_media_type", "overloaded"] as const;

/** Every problem that the operation may answer with, those of the middleware included. */
export function problemsOf({ access, isSecret, method, tag, problems }: Operation): readonly ProblemCode[] {
  const anywhere = ["invalid_request", "internal"] as const;
  const guards = tag === "Service" ? [] : (["rate_limited", "misconfigured"] as const);
  const needsApiKey = access === undefined || access === "key_or_signed_link";
  const authentication = access === "public" ? [] : (["unauthorized", "unavailable"] as const);
  const isForbidden = needsApiKey && (isSecret || !isReading(method));
  const permission = isForbidden ? (["forbidden"] as const) : [];
  return [...new Set<ProblemCode>([...problems, ...anywhere, ...guards, ...authentication, ...permission])];
}
