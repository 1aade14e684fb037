// Requests that nobody would think of, at every operation: nothing may answer 5xx, and every answer must be as described
// by the API's own account of itself. Over real HTTP, in test mode.

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalWorker, startLocalWorker } from "../../scripts/local-worker.ts";
import type { Operation } from "../../src/http/operations/operation.ts";
import { OPERATIONS } from "../../src/http/operations.ts";
import { holdToDescription } from "../support/description.ts";

const RUNS = 40;

/** Pieces that mean something somewhere, so that chance gets past the first check. */
const text = fc.oneof(
  { weight: 3, arbitrary: fc.string({ maxLength: 40 }) },
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.constantFrom(
    "",
    "runway/gen4_aleph",
    "vendor/new-model",
    // Never to be reached: .example names no host.
    "https://hooks.example/in",
    "https://127.0.0.1/",
    "data:video/mp4;base64,AAAA",
    "data:video/mp4,",
    "generation.completed",
    "webhook.test",
    "2026-11-22T00:00:00Z",
    "\u0000",
    "__proto__",
    "constructor",
    "../..",
    "%",
  ),
);

const FIELDS = [
  "model",
  "prompt",
  "video_url",
  "image_url",
  "references",
  "frame_size",
  "duration",
  "seed",
  "webhooks",
  "webhook_url",
  "metadata",
  "retention_days",
  "url",
  "events",
  "description",
  "headers",
  "client_certificate",
  "enabled",
  "since",
];

const value = fc.oneof(
  { weight: 3, arbitrary: text },
  fc.jsonValue({ maxDepth: 2 }),
  fc.double(),
  fc.array(fc.record({ url: text, events: fc.array(text, { maxLength: 3 }) }, { requiredKeys: [] }), { maxLength: 3 }),
  fc.dictionary(text, text, { maxKeys: 3 }),
);

const mangledBody = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .dictionary(fc.oneof(fc.constantFrom(...FIELDS), text), value, { maxKeys: 8 })
      .map((body) => JSON.stringify(body)),
  },
  fc.jsonValue({ maxDepth: 3 }).map((body) => JSON.stringify(body)),
  fc.string({ maxLength: 50 }),
);

/** A request that is right, but for one thing. */
const almostRight = fc
  .tuple(fc.constantFrom(...FIELDS), value)
  .map(([field, wrong]) =>
    JSON.stringify({ prompt: "fuzzed", video_url: "https://example.com/v.mp4", [field]: wrong }),
  );

const headerValue = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 30,
});

const headers = fc.record(
  {
    "content-type": fc.oneof({ weight: 8, arbitrary: fc.constant("application/json") }, headerValue),
    accept: fc.constantFrom("*/*", "application/json"),
    "idempotency-key": headerValue,
    prefer: fc.oneof(headerValue, fc.constantFrom("wait=0", "wait=-1", "wait=,")),
    range: fc.oneof(headerValue, fc.constantFrom("bytes=0-0", "bytes=-", "bytes=9-1")),
    "if-none-match": headerValue,
    "if-modified-since": headerValue,
    "if-range": headerValue,
    "last-event-id": headerValue,
  },
  { requiredKeys: ["content-type"] },
);

const query = fc.dictionary(
  fc.oneof(
    fc.constantFrom("limit", "cursor", "status", "model", "generation_id", "expires", "signature", "download"),
    text,
  ),
  text,
  { maxKeys: 3 },
);

const KEY = "rh_test_acme_0123456789";
let worker: LocalWorker;
let id = "";

beforeAll(async () => {
  worker = await startLocalWorker({
    settings: {
      API_KEYS: JSON.stringify({ acme: [KEY] }),
      SIGNING_SECRET: "a-secret-of-at-least-thirty-two-bytes",
      EXTRA_MODELS: "vendor/new-model",
    },
  });
  const response = await fetch(`${worker.url}/v1/generations`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
    body: JSON.stringify({ prompt: "fuzzed [never]", video_url: "https://example.com/v.mp4" }),
  });
  ({ id } = (await response.json()) as { id: string });
});

afterAll(async () => {
  await worker.stop();
});

describe("requests that nobody would think of", () => {
  // A stream of a whole scope does not end, and so is no answer to compare.
  const asked = OPERATIONS.filter(({ id }) => id !== "getEvents");

  it.each(asked.map((operation): [string, Operation] => [operation.id, operation]))(
    "at %s are answered as described",
    async (_, { method, path, body }) => {
      const place = fc.oneof(
        { weight: 2, arbitrary: fc.constant(id) },
        fc.constant("gen_00000000000000000000000000"),
        text.filter((each) => each !== "" && each !== "." && each !== ".."),
      );
      const one = fc.record({ place, query, headers, body: fc.oneof(mangledBody, almostRight) });
      await fc.assert(
        fc.asyncProperty(one, async (each) => {
          const address = path.replaceAll(/\{\w+\}/g, encodeURIComponent(each.place));
          const search = new URLSearchParams(each.query).toString();
          const url = `${worker.url}${address}${search && `?${search}`}`;
          const response = await fetch(url, {
            method: method.toUpperCase(),
            headers: { ...each.headers, authorization: `Bearer ${KEY}` },
            ...(body === undefined ? {} : { body: each.body }),
          });
          await holdToDescription(method.toUpperCase(), url, response);
          await response.body?.cancel();
          expect(response.status, `${method} ${address}`).toBeLessThan(500);
        }),
        { numRuns: RUNS },
      );
    },
    60_000,
  );
});
