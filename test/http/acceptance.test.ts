// Accepting a generation: which schema of a model is used, and what is passed on.

import { describe, expect, it, vi } from "vitest";
import { parseConfig } from "../../src/config.ts";
import type { Facts } from "../../src/core/generation/record.ts";
import type { InputSchema } from "../../src/core/models/input-schema.ts";
import type { UsableModel } from "../../src/core/models/model.ts";
import { type AcceptanceDeps, acceptGeneration } from "../../src/http/acceptance.ts";
import type { Handling } from "../../src/http/handling.ts";
import { AUTHORIZED, ENV, httpApp } from "../support/http-app.ts";
import { closed, fixedModels, modelWith, URLS } from "../support/models.ts";

const GENERATION = { json: "{}", status: "queued", refusal: null, retirement: null };

/** Accepts requests for `vendor/model`, and records what became of them. */
function deployment(
  schema: InputSchema,
  newer: UsableModel | null = null,
  { hasWaited = true, isListed = true, made = [] as readonly [facts: Facts, stagedKey: string | null][] } = {},
) {
  const created: [facts: Facts, stagedKey: string | null][] = [];
  const madeWith = (id: string) => made.find(([facts]) => facts.id === id)?.[0];
  const staged: object[] = [];
  const asked = vi.fn(() => newer);
  const models = { ...fixedModels(isListed ? [modelWith(schema)] : [], asked), refresh: vi.fn() };
  const gateways = {
    generations: {
      async create(facts: Facts, stagedKey: string | null) {
        created.push([facts, stagedKey]);
        return { kind: "created", generation: GENERATION };
      },
      wasMade: async (id: string) => madeWith(id) !== undefined,
      async repeat(facts: Facts) {
        const isSame = madeWith(facts.id)?.fingerprint === facts.fingerprint;
        return isSame ? { kind: "replayed", generation: GENERATION } : { kind: "mismatch" };
      },
      read: async () => ({ ...GENERATION, hasWaited }),
    },
    index: {},
    inputs: {
      async put(_: Facts, input: object) {
        staged.push(input);
        return "key";
      },
    },
    models,
    clock: { now: () => 0, random: () => 0 },
  };
  const accept = (
    fields: object,
    { mode = "live" as "live" | "test", handling = "strict" as Handling, idempotencyKey = null as string | null } = {},
  ) => {
    const request = {
      withBody: <T>(use: (body: unknown) => Promise<T>) => use({ model: "vendor/model", ...fields }),
      handling,
      idempotencyKey,
      simulate: null,
      scope: { account: "acme", mode },
      requestId: "",
      publicUrl: "",
      urls: URLS,
    } as const;
    const index = { reserve: async () => ({ kind: "reserved", createdAt: 1 }), release: async () => {} };
    const config = parseConfig({ AIMLAPI_KEY: "key" });
    return acceptGeneration(request, { ...gateways, index, config } as unknown as AcceptanceDeps);
  };
  return { accept, asked, created, staged, models, gateways };
}

const PROMPT: InputSchema = { type: "string" };

describe("before a model's schema refuses a request, a newer schema", () => {
  const newer = { ...modelWith(closed({ prompt: PROMPT, seed: { type: "integer" } })), path: "/v2/moved" };

  it("is asked for, and can accept it", async () => {
    const { accept, asked, created } = deployment(closed({ prompt: PROMPT }), newer);
    expect(await accept({ prompt: "p", seed: 1 })).toMatchObject({ kind: "accepted" });
    expect(asked).toHaveBeenCalledTimes(1);
    expect(created).toMatchObject([[{ input: { prompt: "p", seed: 1 }, path: "/v2/moved" }, null]]);
  });

  it("is asked for, and its errors are reported if it refuses, too", async () => {
    const { accept, created } = deployment(closed({ prompt: PROMPT }), newer);
    expect(await accept({ seed: "1", webhook_url: "http://example.com/" })).toEqual({
      kind: "invalid",
      errors: [
        { pointer: "/webhook_url", message: expect.any(String) },
        { pointer: "/seed", message: "must be a whole number" },
      ],
    });
    expect(created).toEqual([]);
  });

  it("is asked for once, even if there is none", async () => {
    const { accept, asked } = deployment(closed({ prompt: PROMPT }));
    const errors = [
      {
        pointer: "/seed",
        message: "is not a known field; use prompt, model, webhooks, webhook_url, retention_days, metadata",
      },
    ];
    expect(await accept({ prompt: "p", seed: 1 })).toEqual({ kind: "invalid", errors });
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it.each<[string, object, string | null]>([
    ["a request that is accepted", { prompt: "p" }, null],
    [
      "a request in which only Reelhook's own fields are invalid",
      { prompt: "p", metadata: { a: 1 }, retention_days: -1 },
      "invalid",
    ],
    [
      "a request with two forms of webhook",
      { prompt: "p", webhooks: [], webhook_url: "https://a.example.com/" },
      "invalid",
    ],
    ["a request for an unknown model", { model: "x", seed: 1 }, "invalid"],
    ["a request without a readable model", { model: 1, seed: 1 }, "invalid"],
  ])("is not asked for by %s", async (_, fields, kind) => {
    const { accept, asked } = deployment(closed({ prompt: PROMPT }), newer);
    expect((await accept(fields)).kind).toBe(kind ?? "accepted");
    expect(asked).not.toHaveBeenCalled();
  });
});

it("only live requests refresh old copies", async () => {
  const { accept, models } = deployment(closed({ prompt: PROMPT }));
  await accept({ prompt: "p" }, { mode: "test" });
  expect(models.refresh).not.toHaveBeenCalled();
  await accept({ prompt: "p" });
  expect(models.refresh).toHaveBeenCalledTimes(1);
});

describe("a retry whose model has changed since", () => {
  const accepted = { prompt: "p", ratio: "16:9" };

  /** Has a request accepted, and sends `fields` with the same key once the schema is `now`. Null: the model is gone. */
  async function retried(now: InputSchema | null, fields: object = accepted, idempotencyKey: string | null = "key") {
    const first = deployment(closed({ prompt: PROMPT, ratio: PROMPT }));
    expect(await first.accept(accepted, { idempotencyKey })).toMatchObject({ kind: "accepted" });
    const { accept, created } = deployment(now ?? closed({}), null, { made: first.created, isListed: now !== null });
    const answer = await accept(fields, { idempotencyKey });
    expect(created).toEqual([]);
    return answer.kind === "invalid" ? answer.errors.map(({ pointer }) => pointer) : answer;
  }

  const replayed = { kind: "accepted", isReplayed: true };

  it("returns the generation even if the schema now refuses its input", async () => {
    expect(await retried(closed({ prompt: PROMPT }))).toMatchObject(replayed);
  });

  it("returns the generation even if the model has left the catalogue", async () => {
    expect(await retried(null)).toMatchObject(replayed);
  });

  it("is refused with every error if it is a different request", async () => {
    expect(await retried(closed({ prompt: PROMPT }), { prompt: "other", ratio: "16:9" })).toEqual(["/ratio"]);
    expect(await retried(null, { ...accepted, metadata: { a: 1 } })).toEqual(["/model", "/metadata/a"]);
  });

  it("is refused without a key", async () => {
    expect(await retried(closed({ prompt: PROMPT }), accepted, null)).toEqual(["/ratio"]);
  });
});

describe("a data URI", () => {
  const FILE: InputSchema = { type: "string", format: "uri" };
  const dataUri = `data:image/png;base64,${"A".repeat(4_000)}`;
  const short = "data:image/png;… (3000 bytes)";

  it.each<[string, InputSchema, object, object]>([
    [
      "in a list",
      closed({ image_urls: { type: "array", items: FILE } }),
      { image_urls: [dataUri] },
      { image_urls: [short] },
    ],
    [
      "in an object in an object",
      closed({ keyframes: closed({ frame0: closed({ url: FILE }) }) }),
      { keyframes: { frame0: { url: dataUri } } },
      { keyframes: { frame0: { url: short } } },
    ],
    [
      "in an alternative",
      closed({ image_url: { anyOf: [FILE, { type: "array", items: FILE }] } }),
      { image_url: [dataUri, "https://example.com/i.png"] },
      { image_url: [short, "https://example.com/i.png"] },
    ],
    ["in a field of any type", closed({ first: {} }), { first: [{ x: dataUri }] }, { first: [{ x: short }] }],
  ])("%s is staged, and shortened in the record", async (_, schema, input, shortened) => {
    const { accept, created, staged } = deployment(schema);
    expect(await accept(input)).toMatchObject({ kind: "accepted" });
    expect(staged).toEqual([{ model: "vendor/model", ...input }]);
    expect(created).toMatchObject([[{ input: shortened }, "key"]]);
  });

  it("in an unknown field is also staged", async () => {
    const { accept, staged } = deployment(closed({ prompt: PROMPT }));
    const input = { prompt: "p", more: { image: dataUri } };
    expect(await accept(input, { handling: "lenient" })).toMatchObject({ kind: "accepted" });
    expect(staged).toEqual([{ model: "vendor/model", ...input }]);
  });
});

describe("Prefer: handling", () => {
  const schema = closed({ prompt: PROMPT, frame: closed({ url: PROMPT }) }, { required: ["prompt"] });
  const unknown = { prompt: "p", ratio: "16:9", frame: { url: "u", weight: 1 } };

  const post = async (fields: object, prefer: string | null, path = "/v1/generations", hasWaited = true) => {
    const { gateways, created } = deployment(schema, null, { hasWaited });
    const { generations, index, ...others } = gateways;
    const app = httpApp(generations, others as never);
    const body = JSON.stringify({ model: "vendor/model", ...fields });
    const headers = { ...AUTHORIZED, "content-type": "application/json", ...(prefer === null ? {} : { prefer }) };
    const response = await app.get(path, { ...ENV, AIMLAPI_KEY: "key" }, headers, "POST", body);
    const { errors = [] } = (await response.json()) as { errors?: { pointer: string }[] };
    const pointers = errors.map(({ pointer }) => pointer);
    return {
      status: response.status,
      applied: response.headers.get("preference-applied"),
      pointers,
      inputs: created.map(([{ input }]) => input),
    };
  };

  it("lenient accepts unknown fields at any depth and passes them on", async () => {
    expect(await post(unknown, "handling=lenient")).toEqual({
      status: 202,
      applied: "handling=lenient",
      pointers: [],
      inputs: [unknown],
    });
  });

  it("lenient refuses wrong types and missing fields", async () => {
    const { status, pointers } = await post({ frame: { url: 1, weight: 1 }, ratio: 1 }, "handling=lenient");
    expect([status, pointers]).toEqual([400, ["/prompt", "/frame/url"]]);
  });

  it.each([
    [null, null],
    ["handling=strict", "handling=strict"],
    ["handling=loose", null],
    ["handling", null],
    ['x="handling=lenient"', null],
    ["handling=strict, handling=lenient", "handling=strict"],
  ])("%j is strict", async (prefer, applied) => {
    const answer = await post(unknown, prefer);
    expect(answer).toMatchObject({ status: 400, pointers: ["/frame/weight", "/ratio"], inputs: [] });
    expect((await post({ prompt: "p" }, prefer)).applied).toBe(applied);
  });

  it("is applied together with a wait", async () => {
    const applied = "wait=0, handling=lenient";
    expect(await post(unknown, "handling=lenient, wait=0")).toMatchObject({ status: 202, applied });
    expect(await post(unknown, 'wait=0, HANDLING="lenient"')).toMatchObject({ status: 202, applied });
  });

  it("is applied without a wait if too many calls wait already", async () => {
    const answer = await post(unknown, "handling=lenient, wait=5", "/v1/generations", false);
    expect(answer).toMatchObject({ status: 202, applied: "handling=lenient" });
  });

  it("has no effect on the drop-in, which is lenient anyway", async () => {
    for (const prefer of [null, "handling=strict"]) {
      expect(await post(unknown, prefer, "/v2/video/generations")).toMatchObject({ status: 201, applied: null });
    }
  });
});
