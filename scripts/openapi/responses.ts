// The responses of an operation: its answers, and the problems that it may raise.

import * as z from "zod/mini";
import type { ZodOpenApiResponsesObject } from "zod-openapi";
import { providerErrorSchema } from "../../src/contract/drop-in.ts";
import { PROBLEMS, type ProblemCode, problemSchema } from "../../src/contract/problems.ts";
import { providerStatusOf } from "../../src/http/drop-in.ts";
import { type Answer, type Description, problemsOf } from "../../src/http/route.ts";
import { EXAMPLES } from "./examples.ts";
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

export function responsesOf(description: Description): ZodOpenApiResponsesObject {
  return { ...answersOf(description), ...problemResponsesOf(description) };
}

function answersOf(description: Description): ZodOpenApiResponsesObject {
  const answers = Object.entries(description.answers).map(([status, answer]) => {
    const content = description.method === "head" ? undefined : contentOf(answer);
    return [
      status,
      {
        description: answer.description,
        headers: headersOf(description, answer.headers ?? []),
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
function problemResponsesOf(description: Description): ZodOpenApiResponsesObject {
  const isProviders = isDropIn(description);
  const statusOf = (code: ProblemCode) => (isProviders ? providerStatusOf(code) : PROBLEMS[code][0]);
  const byStatus = Map.groupBy(problemsOf(description), statusOf);
  const responses = Array.from(byStatus, ([status, codes]) => {
    const examples = codes.map((code) => [code, { $ref: `#/components/examples/${exampleName(description, code)}` }]);
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
        headers: headersOf(description, own, status !== 401),
        ...(description.method === "head" ? {} : { content }),
      },
    ];
  });
  return Object.fromEntries(responses);
}

/** By the names by which responses refer to them. */
export function problemExamples(descriptions: readonly Description[]): Record<string, { readonly value: object }> {
  const examples = descriptions.flatMap((description) =>
    problemsOf(description).map((code) => {
      const value = isDropIn(description) ? providerErrorExample(code) : problemExample(code);
      return [exampleName(description, code), { value }] as const;
    }),
  );
  return Object.fromEntries(examples);
}

function isDropIn({ tag }: Description): boolean {
  return tag === "Drop-in";
}

function exampleName(description: Description, code: ProblemCode): string {
  return isDropIn(description) ? `drop_in_${code}` : code;
}

function headersOf({ tag }: Description, own: readonly HeaderName[], isLimited = true) {
  const policy = isLimited && tag !== "Service" ? (["RateLimit-Policy"] as const) : [];
  const all = new Set<HeaderName>([...own, ...policy, "X-Request-Id"]);
  return Object.fromEntries(Array.from(all, (name) => [name, { $ref: `#/components/headers/${name}` }]));
}
