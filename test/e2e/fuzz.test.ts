// Sends random requests to every operation, over real HTTP in test and live mode: no answer may be 5xx, every answer must
// match the OpenAPI description, and the log must have no line about a crash. `npm run fuzz` sends a hundred thousand
// (FUZZ_REQUESTS). To repeat the requests of a failed run, set FUZZ_SEED to the printed seed.

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod/mini";
import type { Operation } from "../../scripts/openapi/operation.ts";
import { OPERATIONS } from "../../scripts/openapi/operations.ts";
import { smallCatalogue } from "../support/catalogue.ts";
import { holdToDescription } from "../support/description.ts";
import { LIVE, type Stage, setStage, TEST } from "../support/stage.ts";
import { CrashLines } from "./fuzzing/crash-lines.ts";

const REQUESTS = Number(process.env["FUZZ_REQUESTS"] ?? 1_500);
const SEED = process.env["FUZZ_SEED"];

/** Number of requests sent at once to the same resources. */
const AT_ONCE = 4;

function idOf(schema: z.ZodMiniType | undefined): string {
  return (schema && z.globalRegistry.get(schema)?.id) ?? "";
}

/** Connections to it are refused at once, because nothing listens there. */
const WEBHOOK = "https://127.0.0.1:9/in";

/** Includes values that are valid somewhere, so that some requests get past the first check. */
const text = fc.oneof(
  { weight: 3, arbitrary: fc.string({ maxLength: 40 }) },
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.constantFrom(
    "",
    "runway/gen4_aleph",
    "vendor/new-model",
    "acme/morph-2",
    "acme/morph",
    WEBHOOK,
    "https://127.0.0.1/",
    "data:video/mp4;base64,AAAA",
    "data:video/mp4,",
    "generation.completed",
    "webhook.test",
    "2026-11-22T00:00:00Z",
    "\u0000",
    "half \ud83d",
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
  "keyframes",
  "multi_prompt",
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

const RIGHT: Readonly<Record<string, readonly object[]>> = {
  CreateRequest: [
    { prompt: "fuzzed", video_url: "https://example.com/v.mp4" },
    { model: "brook/keyframes", prompt: "fuzzed", keyframes: { frame0: null } },
  ],
  EndpointCreate: [{ url: WEBHOOK }],
  EndpointChange: [{}],
  RecoveryRequest: [{ since: "2026-11-22T00:00:00Z" }],
};

/** A valid body with at most one field changed. */
const almostRight = (schema: string) =>
  fc
    .tuple(
      fc.constantFrom(...(RIGHT[schema] ?? [{}])),
      fc.option(fc.tuple(fc.constantFrom(...FIELDS), value), { freq: 2 }),
    )
    .map(([right, wrong]) => JSON.stringify({ ...right, ...(wrong === null ? {} : { [wrong[0]]: wrong[1] }) }));

const headerValue = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 30,
});

const headers = fc.record(
  {
    "content-type": fc.oneof({ weight: 8, arbitrary: fc.constant("application/json") }, headerValue),
    accept: fc.constantFrom("*/*", "application/json", "text/event-stream"),
    "idempotency-key": headerValue,
    prefer: fc.oneof(
      headerValue,
      fc.constantFrom("wait=0", "wait=-1", "wait=,", "handling=lenient", "wait=0, handling=lenient"),
    ),
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
    fc.constantFrom("limit", "cursor", "status", "model", "generation_id", "v", "expires", "signature", "download"),
    text,
  ),
  text,
  { maxKeys: 3 },
);

const PATIENCE_MS = 60_000 + REQUESTS * 20;

/** The keys of an account of its own for requests that create webhook endpoints. They soon reach the limit. */
const FULL: Readonly<Record<string, string>> = { [TEST]: "rh_test_full_0123456789", [LIVE]: "rh_live_full_0123456789" };

const crashes = new CrashLines();
let stage: Stage;
let sent = 0;

beforeAll(async () => {
  stage = await setStage({
    settings: {
      API_KEYS: JSON.stringify({ acme: [TEST, LIVE], full: Object.values(FULL) }),
      EXTRA_MODELS: "vendor/new-model",
      POLL_INTERVAL_SECONDS: "0.1",
    },
    without: ["ratelimits"],
    onLog: crashes.take,
  });
  // The scenario of all live generations, because no prompt names another.
  stage.world.play("", { file: [{ bytes: 10_000 }] });
  stage.world.playCatalogue(smallCatalogue());
});

afterAll(() => stage.stop());

async function post(key: string, path: string, json: object = {}): Promise<{ id: string }> {
  const response = await stage.call(path, { key, method: "POST", json });
  if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as { id: string };
}

/**
 * Creates the resources that a path names and returns their ids by path parameter. They are new for each operation,
 * because requests may end or delete them.
 */
async function realIds(key: string, path: string): Promise<Readonly<Record<string, string>>> {
  if (path.startsWith("/v1/models/")) return { id: "acme/morph-2" };
  if (path.startsWith("/v1/webhook-endpoints/")) return post(key, "/v1/webhook-endpoints", { url: WEBHOOK });
  const video_url = "https://example.com/v.mp4";
  // Never ends in test mode, and completes soon in live mode.
  const { id } = await post(key, "/v1/generations", { prompt: "fuzzed [never]", video_url, webhook_url: WEBHOOK });
  if (path.endsWith("/video") && key === LIVE)
    await stage.call(`/v1/generations/${id}`, { key, headers: { prefer: "wait=10" } });
  if (!path.includes("{delivery}")) return { id };
  await post(key, `/v1/generations/${id}/cancel`);
  const list = await stage.call(`/v1/generations/${id}/deliveries`, { key });
  const { data } = (await list.json()) as { data: readonly { id: string }[] };
  return { id, delivery: data[0]?.id ?? "" };
}

const MODES = [
  ["test", TEST],
  ["live", LIVE],
] as const;
/** Number of requests to each operation in each mode. */
const RUNS = Math.ceil(REQUESTS / (OPERATIONS.length * MODES.length * AT_ONCE));

describe.each(MODES)("random requests in %s mode", (_, usual) => {
  it.concurrent.each(OPERATIONS.map((operation): [string, Operation] => [operation.id, operation]))(
    "to %s get answers that match the description",
    async (_, { id, method, path, body }) => {
      const key = (id === "createWebhookEndpoint" ? FULL[usual] : undefined) ?? usual;
      const schema = body?.({ rejection: () => null, identity: (url) => url });
      const real = await realIds(key, path);
      const statuses = new Set<number>();
      const segment = text.filter((each) => each.isWellFormed() && each !== "" && each !== "." && each !== "..");
      const place = (name: string) =>
        fc.oneof(
          { weight: 4, arbitrary: fc.constant(real[name] ?? "gen_00000000000000000000000000") },
          fc.constant("gen_00000000000000000000000000"),
          segment,
        );
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
      const places = fc.record(Object.fromEntries(names.map((name) => [name, place(name)])));
      const one = fc.record({
        places,
        query,
        headers,
        body: fc.oneof(mangledBody, { weight: 2, arbitrary: almostRight(idOf(schema)) }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(one, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (requests) => {
          await Promise.all(
            requests.map(async (each) => {
              const address = path.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(each.places[name] ?? ""));
              const search = new URLSearchParams(each.query).toString();
              const url = `${stage.url}${address}${search && `?${search}`}`;
              const response = await fetch(url, {
                method: method.toUpperCase(),
                headers: { ...each.headers, authorization: `Bearer ${key}` },
                ...(body === undefined ? {} : { body: each.body }),
              });
              await holdToDescription(method.toUpperCase(), url, response);
              // Event streams never end.
              await response.body?.cancel();
              expect(response.status, `${method} ${address}`).toBeLessThan(500);
              statuses.add(response.status);
              sent++;
            }),
          );
        }),
        { numRuns: RUNS, ...(SEED === undefined ? {} : { seed: Number(SEED) }) },
      );
      // At least one request got past validation and found the resource.
      if (Object.keys(real).length > 0 && names.length > 0 && !names.includes("address")) {
        expect(
          [...statuses].some((status) => status !== 404 && status !== 400),
          [...statuses].join(),
        ).toBe(true);
      }
    },
    PATIENCE_MS,
  );
});

describe("the log of all these requests", () => {
  it("has no line about a crash", () => {
    console.log(`${sent} random requests; ${crashes.count} lines in the log`);
    expect(sent).toBeGreaterThanOrEqual(REQUESTS);
    expect(crashes.count).toBeGreaterThan(sent / 2);
    expect(crashes.found).toEqual([]);
  });
});
