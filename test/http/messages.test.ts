// Checks that the messages about a refused request are our own, and never those of the validation library.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type * as z from "zod/mini";
import { OPERATIONS } from "../../scripts/openapi/operations.ts";
import type { FieldError } from "../../src/contract/problem.ts";
import type { InputSchema } from "../../src/core/models/input-schema.ts";
import { check } from "../../src/http/validation.ts";
import { KNOWN_MODELS, modelWith, parseRequest } from "../support/models.ts";
import { anyInput, anySchema, likely, soundSchema } from "../support/random-schemas.ts";

const ANY_URL = { rejection: () => null, identity: (url: string) => url };

const FIELDS = [
  ...new Set(KNOWN_MODELS.flatMap(({ inputSchema }) => Object.keys(inputSchema?.properties ?? {}))),
  ...["webhooks", "webhook_url", "metadata", "retention_days", "url", "events", "description", "headers"],
  ...["client_certificate", "enabled", "since", "status", "limit", "cursor", "type", "length", "unknown"],
];

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.constantFrom("", "k".repeat(41), "v".repeat(1001), "https://hooks.example.com/", "image", "2026-02-30T00:00:00Z"),
  fc.constantFrom("generation.completed", "\ud83d", "content-type", "5", "__proto__"),
);

const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(2 ** 60, -(2 ** 60), 1.5, Number.POSITIVE_INFINITY));

const { value, object } = fc.letrec<{ value: unknown; object: object }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    text,
    number,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 4 }),
    tie("object"),
  ),
  object: fc.dictionary(fc.oneof(fc.constantFrom(...FIELDS), text), tie("value"), { maxKeys: 8 }),
}));

/** Beginnings of our messages, and words that only the library's messages contain. */
const OURS = /^(must (be|have|not|use) |is (required|set|not|too large)|its name |repeats |contains a lone |needs )/;
const THEIRS = /invalid|expected|received|too (big|small)|unrecognized|undefined|NaN|\[object|record|discriminator/i;

function holdToOurWords(errors: readonly FieldError[]): void {
  for (const { pointer, message } of errors) {
    expect(message, pointer).toMatch(OURS);
    expect(message, pointer).not.toMatch(THEIRS);
    expect([message.isWellFormed(), pointer.isWellFormed()], pointer).toEqual([true, true]);
  }
}

/** Whether a JSON Pointer leads to a value. */
function isIn(value: unknown, pointer: string): boolean {
  const [first, ...others] = pointer.split("/").slice(1);
  if (first === undefined) return true;
  const name = first.replaceAll("~1", "/").replaceAll("~0", "~");
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return false;
  return isIn(new Map<string, unknown>(Object.entries(value)).get(name), others.map((each) => `/${each}`).join(""));
}

const schemas = OPERATIONS.flatMap(({ id, body, query }): [string, z.ZodMiniType][] => [
  ...(body === undefined ? [] : ([[`the body of ${id}`, body(ANY_URL)]] as [string, z.ZodMiniType][])),
  ...(query === undefined ? [] : ([[`the query of ${id}`, query]] as [string, z.ZodMiniType][])),
]).filter(([name]) => !/body of (createGeneration|submit)/.test(name));

describe("fault 68: every message about a refused request is our own", () => {
  it.each(schemas)("in %s", (_, schema) => {
    fc.assert(
      fc.property(fc.oneof(value, { weight: 4, arbitrary: object }), (given) =>
        holdToOurWords(check(schema, given).errors),
      ),
      { numRuns: 300 },
    );
  });

  it.each([...KNOWN_MODELS.map(({ id }) => id), "unknown"])("in a request for %s", (model) => {
    fc.assert(
      fc.property(object, fc.constantFrom("strict", "lenient"), (fields, handling) => {
        const parsed = parseRequest({ ...fields, model }, handling);
        holdToOurWords(parsed.valid ? [] : parsed.errors);
      }),
      { numRuns: 300 },
    );
  });

  const withInput = (schema: fc.Arbitrary<InputSchema>) =>
    schema.chain((schema) => fc.tuple(fc.constant(schema), fc.oneof(anyInput, likely(schema))));

  it.each([
    ["sensible", withInput(soundSchema)],
    ["arbitrary", withInput(anySchema)],
  ])("in a request for a model with a random %s schema, with pointers to existing fields", (_, schemaAndInput) => {
    fc.assert(
      fc.property(schemaAndInput, fc.constantFrom("strict", "lenient"), ([schema, input], handling) => {
        // JSON.parse creates own properties for names such as __proto__.
        const body = JSON.parse(JSON.stringify({ ...Object(input), model: "vendor/model" }));
        const parsed = parseRequest(body, handling, [modelWith(schema)]);
        if (parsed.valid) return;
        expect(parsed.errors).not.toEqual([]);
        holdToOurWords(parsed.errors);
        for (const { pointer, message } of parsed.errors) {
          const lacking = message === "is required" ? pointer.slice(0, pointer.lastIndexOf("/")) : pointer;
          expect([pointer, message, isIn(body, lacking)]).toEqual([pointer, message, true]);
          if (message === "is required") expect([pointer, isIn(body, pointer)]).toEqual([pointer, false]);
        }
      }),
      { numRuns: 500 },
    );
  });

  const message = (more: object, handling: "strict" | "lenient" = "strict") => {
    const body = { prompt: "p", video_url: "https://example.com/v.mp4", ...more };
    const parsed = parseRequest(body, handling);
    return parsed.valid ? [] : parsed.errors.map(({ message }) => message);
  };

  it.each<[object, string]>([
    [{ metadata: { ["k".repeat(41)]: "v" } }, "its name must have at most 40 characters"],
    [{ metadata: { a: "v".repeat(501) } }, "must have at most 500 characters"],
    [{ metadata: [] }, "must be of type object"],
    [{ prompt: "" }, "must have at least 1 character"],
    [{ webhooks: [{ url: "https://hooks.example.com/", events: [] }] }, "must have at least 1 item"],
    [{ seed: 1.5 }, "must be a whole number"],
    [{ seed: 2 ** 60 }, "must be at most 4294967295"],
    [{ seed: -(2 ** 60) }, "must be at least 0"],
    [{ seed: Number.POSITIVE_INFINITY }, "is too large"],
    [{ duration: "5" }, "must be the number 5"],
    [{ duration: 7 }, "must be 5"],
    [{ references: [{ url: "https://example.com/i.png" }] }, "is required"],
    [{ frame_size: 1 }, expect.stringMatching(/^must be one of 1280:720, /)],
    [{ prompt: "half \ud83d" }, "contains a lone surrogate (half of a character)"],
    [{ metadata: { "\udc00": "v" } }, "its name contains a lone surrogate (half of a character)"],
  ])("%j: %s", (more, words) => {
    expect(message(more)).toEqual([words]);
    expect(message(more, "lenient")).toEqual([words]);
  });
});
