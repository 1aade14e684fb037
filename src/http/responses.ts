// What operations answer, as the description of the API says it: bodies, headers, and what can go wrong.

import { EXAMPLES } from "./examples.ts";
import type { Operation } from "./operations/operation.ts";
import { alwaysPossible, PROBLEMS, type ProblemCode, providerStatusOf, statusOfCode } from "./problem-codes.ts";
import { problemExample, providerErrorExample } from "./problem-examples.ts";

const text = { type: "string" } as const;

/** Each by its name and what it says. */
export const HEADERS = {
  "Accept-Ranges": { description: "`bytes`: ranges may be asked for.", schema: text },
  Allow: { description: "The methods that there are.", schema: text },
  "Content-Range": { description: "Which bytes of how many; of how many alone with 416.", schema: text },
  ETag: { description: "The SHA-256 of the video, in quotes.", schema: text },
  "Idempotent-Replayed": { description: "`true`: made by an earlier request with this key.", schema: text },
  Location: { description: "Of what was made.", schema: text },
  "Preference-Applied": { description: "Of `Prefer`, what was taken.", schema: text },
  "RateLimit-Policy": { description: "Requests and seconds, static; where a limit is set.", schema: text },
  "Retry-After": { description: "Seconds.", schema: { type: "integer" } },
  "WWW-Authenticate": { description: "`Bearer`.", schema: text },
  "X-Request-Id": { description: "Of this request, as in the log.", schema: text },
} as const;

export type HeaderName = keyof typeof HEADERS;

const HEADERS_OF_PROBLEMS: { readonly [C in ProblemCode]?: readonly HeaderName[] } = {
  unauthorized: ["WWW-Authenticate"],
  method_not_allowed: ["Allow"],
  not_stored_yet: ["Retry-After"],
  range_not_satisfiable: ["Content-Range"],
  rate_limited: ["Retry-After"],
  too_many_in_flight: ["Retry-After"],
};

export const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

export function content({ schema, example = EXAMPLES[schema] }: { schema: string; example?: object | undefined }) {
  return { schema: ref(schema), ...(example === undefined ? {} : { example }) };
}

/** By the names by which `responsesOf` refers to them. */
export function problemExamples(operations: readonly Operation[]): Record<string, { readonly value: object }> {
  return Object.fromEntries(
    operations.flatMap((operation) =>
      codesOf(operation).map((code) => {
        const value = isDropIn(operation) ? providerErrorExample(code) : problemExample(code);
        return [exampleName(operation, code), { value }];
      }),
    ),
  );
}

export function responsesOf(operation: Operation): object {
  return { ...answersOf(operation), ...problemsOf(operation) };
}

function answersOf(operation: Operation): object {
  return Object.fromEntries(
    Object.entries(operation.answers).map(
      ([status, { description, type = "application/json", schema, streams, headers = [] }]) => {
        const body = schema === undefined ? { schema: text } : content({ schema });
        const hasBody = operation.method !== "head" && status !== "204" && status !== "304";
        const stream = streams ? { "text/event-stream": { schema: text } } : {};
        return [
          status,
          {
            description,
            headers: headersOf(operation, headers),
            ...(hasBody ? { content: { [type]: body, ...stream } } : {}),
          },
        ];
      },
    ),
  );
}

/** What can go wrong, by status: codes that share one stand together. */
function problemsOf(operation: Operation): object {
  const [type, schema] = isDropIn(operation)
    ? ["application/json", "ProviderError"]
    : ["application/problem+json", "Problem"];
  const byStatus = Map.groupBy(codesOf(operation), isDropIn(operation) ? providerStatusOf : statusOfCode);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => {
      const named = codes.map((code) => [code, { $ref: `#/components/examples/${exampleName(operation, code)}` }]);
      const body = { schema: ref(schema), examples: Object.fromEntries(named) };
      const own = codes.flatMap((code) => HEADERS_OF_PROBLEMS[code] ?? []);
      return [
        status,
        {
          description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code][1]}.`).join(" "),
          headers: headersOf(operation, own, status !== 401),
          ...(operation.method === "head" ? {} : { content: { [type]: body } }),
        },
      ];
    }),
  );
}

function codesOf(operation: Operation): ProblemCode[] {
  return [...new Set([...operation.problems, ...alwaysPossible(operation)])];
}

function isDropIn({ tag }: Operation): boolean {
  return tag === "Drop-in";
}

function exampleName(operation: Operation, code: ProblemCode): string {
  return isDropIn(operation) ? `drop_in_${code}` : code;
}

/** @param isLimited whether a limit was asked before this was answered. */
function headersOf({ tag }: Operation, own: readonly HeaderName[], isLimited = true): object {
  const policy = isLimited && tag !== "Service" ? (["RateLimit-Policy"] as const) : [];
  const all = [...new Set([...own, ...policy, "X-Request-Id" as const])];
  return Object.fromEntries(all.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
