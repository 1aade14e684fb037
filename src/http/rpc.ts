// The type of this API for callers in TypeScript, `hc<ReelhookApi>(url)` of hono/client: made of the operations that the
// description is made of, so that neither tells what the other does not.

import type { Hono } from "hono";
import type { ClientErrorStatusCode, ServerErrorStatusCode, StatusCode } from "hono/utils/http-status";
import type * as z from "zod";
import type { AnyOperation } from "./operations.ts";
import type { CreateRequestBody, endpointFields, listQuery, recoveryRequest } from "./requests.ts";
import type { ANSWERS } from "./views.ts";

type EndpointFields = z.input<ReturnType<typeof endpointFields>>;

/** Of requests, by the names that operations know them by. */
interface Bodies {
  CreateRequest: CreateRequestBody;
  EndpointCreate: Partial<EndpointFields> & Pick<EndpointFields, "url">;
  EndpointChange: Partial<EndpointFields>;
  RecoveryRequest: z.input<typeof recoveryRequest>;
}

type Answer<Name> = Name extends keyof typeof ANSWERS ? z.output<(typeof ANSWERS)[Name]> : never;

type HonoPath<P extends string> = P extends `${infer Before}{${infer Name}}${infer After}`
  ? `${Before}:${Name}${HonoPath<After>}`
  : P;

type ParamNames<P extends string> = P extends `${string}{${infer Name}}${infer After}`
  ? Name | ParamNames<After>
  : never;

type Given<O, Place extends "query" | "header"> = O extends { parameters: readonly (infer P)[] }
  ? Extract<P, { in: Place }> extends { name: infer Name extends string }
    ? { [N in Name]?: string }
    : never
  : never;

type Optional<Place extends string, T> = [T] extends [never] ? object : { [P in Place]?: T };

type Query<O extends AnyOperation> = O["id"] extends "listGenerations" ? z.input<typeof listQuery> : Given<O, "query">;

type Input<O extends AnyOperation> = ([ParamNames<O["path"]>] extends [never]
  ? object
  : { param: { [N in ParamNames<O["path"]>]: string } }) &
  (O extends { body: { schema: infer Name extends keyof Bodies } } ? { json: Bodies[Name] } : object) &
  Optional<"query", Query<O>> &
  Optional<"header", Given<O, "header">>;

type Success<O extends AnyOperation> = {
  [Status in keyof O["answers"]]: {
    input: Input<O>;
    output: O["answers"][Status] extends { schema: infer Name } ? Answer<Name> : unknown;
    outputFormat: O["answers"][Status] extends { schema: string } ? "json" : "body";
    status: Status extends `${infer Code extends StatusCode}` ? Code : never;
  };
}[keyof O["answers"]];

// An interface would be no schema to hono: it has no index signature.
type Refusal<O extends AnyOperation> = {
  input: Input<O>;
  output: Answer<O["tag"] extends "Drop-in" ? "ProviderError" : "Problem">;
  outputFormat: "json";
  status: ClientErrorStatusCode | ServerErrorStatusCode;
};

type Operations = {
  [P in AnyOperation["path"] as HonoPath<P>]: {
    [M in Extract<AnyOperation, { path: P }>["method"] as `$${M}`]:
      | Success<Extract<AnyOperation, { path: P; method: M }>>
      | Refusal<Extract<AnyOperation, { path: P; method: M }>>;
  };
};

// biome-ignore lint/complexity/noBannedTypes: hono's own word for an environment without anything in it.
export type ReelhookApi = Hono<{}, Operations, "/">;
