// GET /v1/models and GET /v1/models/{id}.

import { describe, expect, it } from "vitest";
import { describeApi } from "../../scripts/openapi/document.ts";
import type { FoundModel, Models } from "../../src/catalogue/models.ts";
import type { ModelDetail, ModelList } from "../../src/contract/models.ts";
import type { UsableModel } from "../../src/core/models/model.ts";
import { holdToDescription } from "../support/description.ts";
import { AUTHORIZED, ENV, httpApp } from "../support/http-app.ts";
import { modelWith } from "../support/models.ts";

const KNOWN: readonly UsableModel[] = [
  modelWith({ type: "object", properties: { prompt: { type: "string" } } }, "runway/gen4_aleph"),
  { ...modelWith(null, "vendor/v1.5:pro/image-to-video"), aliases: ["vendor-pro"] },
  modelWith(null, "plain"),
];

/** A gateway to `KNOWN` that records the calls to it. */
function fakeModels(unknown: Partial<Extract<FoundModel, { kind: "unknown" }>> = {}) {
  const asked: string[] = [];
  const models: Models = {
    waitEnd: () => 0,
    async list() {
      asked.push("list");
      return KNOWN;
    },
    async find(name) {
      asked.push(name);
      const found = KNOWN.find(({ id, aliases }) => id === name || aliases.includes(name));
      if (found !== undefined) return { kind: "found", model: found };
      return { kind: "unknown", nearest: ["plain", "vendor/a", "vendor/b"], problem: null, ...unknown };
    },
    newer: async () => null,
    pricing: async () => null,
    refresh() {},
  };
  return { models, asked };
}

async function ask(path: string, { models } = fakeModels(), method = "GET", headers = AUTHORIZED) {
  const response = await httpApp({}, { models }).get(path, ENV, headers, method);
  await holdToDescription(method, `http://localhost${path}`, response);
  return response;
}

describe("GET /v1/models", () => {
  it("lists every model, in the gateway's order", async () => {
    const response = await ask("/v1/models");
    expect(response.headers.get("content-type")).toBe("application/json");
    const { object, data } = (await response.json()) as ModelList;
    expect(object).toBe("list");
    expect(data.map(({ id }) => id)).toEqual(KNOWN.map(({ id }) => id));
    expect(data[0]).not.toHaveProperty("input_schema");
  });

  it("makes the JSON of a list only once", async () => {
    let reads = 0;
    const watched = KNOWN.map((each) => ({
      ...each,
      get capabilities() {
        reads++;
        return [];
      },
    }));
    const fake = fakeModels();
    const models = { ...fake.models, list: async () => watched };
    const texts = [await ask("/v1/models", { ...fake, models }), await ask("/v1/models", { ...fake, models })];
    const [first, second] = await Promise.all(texts.map((each) => each.text()));
    expect(second).toBe(first);
    expect(reads).toBe(watched.length);
  });

  it("needs an API key", async () => {
    const fake = fakeModels();
    for (const path of ["/v1/models", "/v1/models/plain"]) {
      const response = await httpApp({}, { models: fake.models }).get(path);
      expect([response.status, await response.json()]).toMatchObject([401, { code: "unauthorized" }]);
    }
    expect(fake.asked).toEqual([]);
  });
});

describe("GET /v1/models/{id}", () => {
  it.each([
    ["/v1/models/plain", "plain"],
    ["/v1/models/runway/gen4_aleph", "runway/gen4_aleph"],
    ["/v1/models/runway%2Fgen4_aleph", "runway/gen4_aleph"],
    ["/v1/models/vendor/v1.5:pro/image-to-video", "vendor/v1.5:pro/image-to-video"],
    ["/v1/models/vendor%2Fv1.5%3Apro%2Fimage-to-video", "vendor/v1.5:pro/image-to-video"],
    ["/v1/models/vendor%2fv1.5:pro/image-to-video", "vendor/v1.5:pro/image-to-video"],
  ])("%s finds the model", async (path, id) => {
    const fake = fakeModels();
    const response = await ask(path, fake);
    expect([response.status, await response.json()]).toMatchObject([200, { id, object: "model" }]);
    expect(fake.asked).toEqual([id]);
  });

  it("finds a model by an alias", async () => {
    expect(await (await ask("/v1/models/vendor-pro")).json()).toMatchObject({ id: "vendor/v1.5:pro/image-to-video" });
  });

  it("has the schema of the input, or null", async () => {
    const schemaOf = async (id: string) => ((await (await ask(`/v1/models/${id}`)).json()) as ModelDetail).input_schema;
    expect(await schemaOf("runway/gen4_aleph")).toEqual({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      properties: { prompt: { type: "string" } },
    });
    expect(await schemaOf("plain")).toBeNull();
  });

  it.each([
    [null, "vendor/c is not a known model; did you mean plain, vendor/a or vendor/b? GET"],
    [
      "HTTP 503",
      "vendor/c is not a known model, and the provider's catalogue could not be read (HTTP 503); did you mean",
    ],
  ])("suggests similar models for an unknown one, and names the catalogue's problem: %s", async (problem, detail) => {
    const response = await ask("/v1/models/vendor/c", fakeModels({ problem }));
    expect([response.status, await response.json()]).toMatchObject([
      404,
      { code: "not_found", detail: expect.stringContaining(detail) },
    ]);
  });

  it.each([
    "/v1/models/",
    `/v1/models/${"x".repeat(5_000)}`,
    "/v1/models/%ff%2",
    "/v1/models/a/../b",
    "/v1/models/%00",
  ])("%s is a problem, not a crash", async (path) => {
    const response = await ask(path);
    expect(response.status).toBe(404);
    expect((await response.text()).length).toBeLessThan(1_000);
  });

  it("answers HEAD, and 405 for other methods", async () => {
    for (const path of ["/v1/models", "/v1/models/runway/gen4_aleph", "/v1/models/runway%2Fgen4_aleph"]) {
      const head = await ask(path, fakeModels(), "HEAD");
      expect([head.status, await head.text()]).toEqual([200, ""]);
      for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
        const refused = await ask(path, fakeModels(), method);
        expect([refused.status, refused.headers.get("allow")], `${method} ${path}`).toEqual([405, "GET, HEAD"]);
      }
    }
  });
});

describe("the description of the API", () => {
  it("refers from the body of a generation to the fields of the model", () => {
    const { paths = {}, components } = describeApi();
    expect(paths["/v1/generations"]?.post?.description).toContain("GET /v1/models/{id}");
    expect(components?.schemas?.["CreateRequest"]).toMatchObject({
      additionalProperties: {},
      properties: {
        model: {
          type: "string",
          default: "runway/gen4_aleph",
          description: expect.stringContaining("GET /v1/models/{id}"),
        },
        webhook_url: { type: "string" },
        retention_days: { type: "number", minimum: 0 },
      },
    });
    expect(paths["/v1/models/{id}"]?.get?.parameters).toMatchObject([
      { name: "id", in: "path", required: true, description: expect.stringContaining("%2F") },
    ]);
  });
});
