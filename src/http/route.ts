// A route is one operation of the API: its description, which becomes part of /openapi.json, and its handler. Only examples
// and the problems of the middleware are defined elsewhere.

import type { Context, Hono } from "hono";
import type * as z from "zod/mini";
import type { Json } from "../contract/json.ts";
import type { ProblemCode } from "../contract/problems.ts";
import type { WebhookUrlRules } from "../contract/requests.ts";
import type { AppEnv } from "./app-env.ts";
import { repeated } from "./error-limits.ts";
import { Problem } from "./problem.ts";
import { isReading, notReadOnly } from "./read-only.ts";

/** Methods in the order in which `Allow` lists them. */
const METHODS = ["get", "head", "post", "patch", "delete"] as const;

export interface Description {
  /** Names the operation in generated clients. */
  readonly id: string;
  /** Hono answers HEAD with the GET handler. A `head` route only adds a description. */
  readonly method: (typeof METHODS)[number];
  /** As in OpenAPI: `/v1/generations/{id}`. */
  readonly path: string;
  /** Whether the path ends with a parameter that may contain slashes. */
  readonly takesSlashes?: true;
  readonly summary: string;
  /** Longer description, after the summary. */
  readonly details?: string;
  /** app.ts neither limits `Service` routes nor disables them while settings are invalid. */
  readonly tag: "Generations" | "Models" | "Webhooks" | "Account" | "API keys" | "Drop-in" | "Service";
  /** By default, the caller needs an API key. */
  readonly access?: "public" | "key_or_signed_link" | "admin_key";
  /** Whether the answer has a secret, which read-only API keys may not read. */
  readonly isSecret?: true;
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

type Handler = (c: Context<AppEnv>) => Response | Promise<Response>;

export interface Route {
  readonly description: Description;
  readonly handler: Handler;
}

export function route(description: Description, handler: Handler): Route {
  return { description, handler };
}

/** Registers the handlers, and answers 405 for the other methods of their paths. */
export function addRoutes(app: Hono<AppEnv>, routes: readonly Route[]): void {
  for (const [honoPath, own] of Map.groupBy(routes, ({ description }) => honoPathOf(description))) {
    for (const { description, handler } of own) {
      if (description.method === "head") continue;
      const method = description.method.toUpperCase();
      if (description.isSecret) app.on(method, honoPath, notReadOnly());
      app.on(method, honoPath, handler);
    }
    app.all(honoPath, methodNotAllowed(own.map(({ description }) => description.method)));
  }
}

function honoPathOf({ path, takesSlashes }: Description): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1") + (takesSlashes ? "{.+}" : "");
}

/** Answers 405 for methods that the path does not support. */
export function methodNotAllowed(methods: readonly Description["method"][]): Handler {
  const answered = new Set(methods.includes("get") ? [...methods, "head"] : methods);
  const allow = METHODS.filter((method) => answered.has(method))
    .join(", ")
    .toUpperCase();
  return function methodNotAllowed(c) {
    const detail = `${repeated(c.req.method)} is not allowed. Allowed: ${allow}.`;
    throw new Problem("method_not_allowed", detail, {}, { allow });
  };
}

/** Every problem that the operation may answer with, those of the middleware included. */
export function problemsOf({ access, isSecret, method, tag, problems }: Description): readonly ProblemCode[] {
  const anywhere = ["invalid_request", "internal"] as const;
  const guards = tag === "Service" ? [] : (["rate_limited", "misconfigured"] as const);
  const needsApiKey = access === undefined || access === "key_or_signed_link";
  const authentication = access === "public" ? [] : (["unauthorized", "unavailable"] as const);
  const isForbidden = needsApiKey && (isSecret || !isReading(method));
  const permission = isForbidden ? (["forbidden"] as const) : [];
  return [...new Set<ProblemCode>([...problems, ...anywhere, ...guards, ...authentication, ...permission])];
}

/** A parameter in the path. */
export function pathParameter(c: Context<AppEnv>, name: string): string {
  return c.req.param(name) ?? "";
}

/** Sends JSON text as it is. */
export function sendJson(
  c: Context<AppEnv>,
  json: Json<object>,
  status: 200 | 201 | 202 = 200,
  headers = {},
): Response {
  return c.body(json, status, { "content-type": "application/json", ...headers });
}
