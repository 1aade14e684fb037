// The responses of an operation: its answers, and the problems that it may raise.

import * as z from "zod/mini";
import type { ZodOpenApiResponsesObject } from "zod-openapi";
import { providerErrorSchema } from "../../src/contract/drop-in.ts";
import { problemSchema } from "../../src/contract/problem.ts";
import { PROBLEMS, type ProblemCode } from "../../src/contract/problems.ts";
import { providerStatusOf } from "../../src/http/drop-in.ts";
import { EXAMPLES } from "./examples.ts";
import { type Answer, type Operation, problemsOf } from "./operation.ts";
import { problemExample, providerErrorExample } from "./problem-examples.ts";

const text = { type: "string" } as const;

export const HEADERS = {
  "Accept-Ranges": { description: "`bytes`: ranges are supported.", schema: text },
  Allow: { description: "The allowed methods.", schema: text },
  "Content-Range": { description: "Range served and total size; total only on 416.", schema: text },
  Deprecation: {
    description: "`@` and the Unix time when the model's retirement was announced. Only if it is near or past.",
    schema: text,
  },
  ETag: { description: "The SHA-256 of the video, in quotes.", schema: text },
  "Idempotent-Replayed": { description: "`true` if an earlier request with this key made it.", schema: text },
  Location: { description: "Path of what was created.", schema: text },
  "Preference-Applied": { description: "The part of `Prefer` that was applied.", schema: text },
  "RateLimit-Policy": { description: "Requests per seconds, if a limit is set.", schema: text },
  "Retry-After": { description: "Seconds to wait.", schema: { type: "integer" } },
  Sunset: { description: "When the model is retired, as an HTTP date. Only if that is near or past.", schema: text },
  "WWW-Authenticate": { description: "`Bearer`.", schema: text },
  "X-Request-Id": { description: "Id of this request, as in the log.", schema: text },
} as const;

type HeaderName = keyof typeof HEADERS;

const PROBLEM_HEADERS: { readonly [C in ProblemCode]?: readonly HeaderName[] } = {
  unauthorized: ["WWW-Authenticate"],
  method_not_allowed: ["Allow"],
  not_stored_yet: ["Retry-After"],
  range_not_satisfiable: ["Content-Range"],
  rate_limited: ["Retry-After"],
  budget_exceeded: ["Retry-After"],
  too_many_in_flight: ["Retry-After"],
  overloaded: ["Retry-After"],
};

export function responsesOf(operation: Operation): ZodOpenApiResponsesObject {
  return { ...answersOf(operation), ...problemResponsesOf(operation) };
}

function answersOf(operation: Operation): ZodOpenApiResponsesObject {
  const answers = Object.entries(operation.answers).map(([status, answer]) => {
    const content = operation.method === "head" ? undefined : contentOf(answer);
    return [
      status,
      {
        description: answer.description,
        headers: headersOf(operation, answer.headers ?? []),
        ...(content === undefined ? {} : { content }),
      },
    ];
  });
  return Object.fromEntries(answers);
}

function contentOf({ body, type, streams }: Answer) {
  const stream = streams ? { "text/event-stream": { schema: text } } : {};
  if (body === undefined) return type === undefined ? undefined : { [type]: { schema: text } };
  const example = EXAMPLES[z.globalRegistry.get(body)?.id ?? ""];
  return { "application/json": { schema: body, ...(example === undefined ? {} : { example }) }, ...stream };
}

/** One response a status, which describes each of its codes. */
function problemResponsesOf(operation: Operation): ZodOpenApiResponsesObject {
  const isProviders = isDropIn(operation);
  const statusOf = (code: ProblemCode) => (isProviders ? providerStatusOf(code) : PROBLEMS[code][0]);
  const byStatus = Map.groupBy(problemsOf(operation), statusOf);
  const responses = Array.from(byStatus, ([status, codes]) => {
    const examples = codes.map((code) => [code, { $ref: `#/components/examples/${exampleName(operation, code)}` }]);
    const body = {
      schema: isProviders ? providerErrorSchema : problemSchema,
      examples: Object.fromEntries(examples),
    };
    const content = { [isProviders ? "application/json" : "application/problem+json"]: body };
    const own = codes.flatMap((code) => PROBLEM_HEADERS[code] ?? []);
    return [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code][1]}.`).join(" "),
        // Authentication comes before the rate limit.
        headers: headersOf(operation, own, status !== 401),
        ...(operation.method === "head" ? {} : { content }),
      },
    ];
  });
  return Object.fromEntries(responses);
}

/** By the names by which responses refer to them. */
export function problemExamples(operations: readonly Operation[]): Record<string, { readonly value: object }> {
  const examples = operations.flatMap((operation) =>
    problemsOf(operation).map((code) => {
      const value = isDropIn(operation) ? providerErrorExample(code) : problemExample(code);
      return [exampleName(operation, code), { value }] as const;
    }),
  );
  return Object.fromEntries(examples);
}

function isDropIn({ tag }: Operation): boolean {
  return tag === "Drop-in";
}

function exampleName(operation: Operation, code: ProblemCode): string {
  return isDropIn(operation) ? `drop_in_${code}` : code;
}

function headersOf({ tag }: Operation, own: readonly HeaderName[], isLimited = true) {
  const policy = isLimited && tag !== "Service" ? (["RateLimit-Policy"] as const) : [];
  const all = new Set<HeaderName>([...own, ...policy, "X-Request-Id"]);
  return Object.fromEntries(Array.from(all, (name) => [name, { $ref: `#/components/headers/${name}` }]));
}
