// A route is one operation of the API: its address and its handler. scripts/openapi/operations describes each of them for
// /openapi.json, so that the Worker carries neither the texts nor the schemas of its answers.

import type { Context, Hono } from "hono";
import type { Json } from "../contract/json.ts";
import type { AppEnv } from "./app-env.ts";
import { repeated } from "./error-limits.ts";
import { Problem } from "./problem.ts";
import { notReadOnly } from "./read-only.ts";

/** Methods in the order in which `Allow` lists them. */
const METHODS = ["get", "head", "post", "patch", "delete"] as const;

type Handler = (c: Context<AppEnv>) => Response | Promise<Response>;

export interface Route {
  /** Hono answers HEAD with the GET handler. A `head` route is only there to be described. */
  readonly method: (typeof METHODS)[number];
  /** As in OpenAPI: `/v1/generations/{id}`. */
  readonly path: string;
  /** Whether the path ends with a parameter that may contain slashes. */
  readonly takesSlashes?: true;
  /** By default, the caller needs an API key. */
  readonly access?: "public" | "key_or_signed_link" | "admin_key";
  /** Whether the answer has a secret, which read-only API keys may not read. */
  readonly isSecret?: true;
  readonly handler: Handler;
}

export function route(address: Omit<Route, "handler">, handler: Handler): Route {
  return { ...address, handler };
}

/** Registers the handlers, and answers 405 for the other methods of their paths. */
export function addRoutes(app: Hono<AppEnv>, routes: readonly Route[]): void {
  for (const [honoPath, own] of Map.groupBy(routes, honoPathOf)) {
    for (const { method, isSecret, handler } of own) {
      if (method === "head") continue;
      if (isSecret) app.on(method.toUpperCase(), honoPath, notReadOnly());
      app.on(method.toUpperCase(), honoPath, handler);
    }
    app.all(honoPath, methodNotAllowed(own.map(({ method }) => method)));
  }
}

function honoPathOf({ path, takesSlashes }: Route): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1") + (takesSlashes ? "{.+}" : "");
}

/** Answers 405 for methods that the path does not support. */
export function methodNotAllowed(methods: readonly Route["method"][]): Handler {
  const answered = new Set(methods.includes("get") ? [...methods, "head"] : methods);
  const allow = METHODS.filter((method) => answered.has(method))
    .join(", ")
    .toUpperCase();
  return function methodNotAllowed(c) {
    const detail = `${repeated(c.req.method)} is not allowed. Allowed: ${allow}.`;
    throw new Problem("method_not_allowed", detail, {}, { allow });
  };
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
