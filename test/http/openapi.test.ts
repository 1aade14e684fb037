// The description of the API: valid for a strict linter, complete, and true.

import { createConfig, lintFromString } from "@redocly/openapi-core";
import { describe, expect, it } from "vitest";
import type { Env } from "../../src/env.ts";
import { createApp } from "../../src/http/app.ts";
import { EXAMPLES } from "../../src/http/examples.ts";
import { describeApi, schemas } from "../../src/http/openapi.ts";
import { OPERATIONS } from "../../src/http/operations.ts";
import { PAGES } from "../../src/http/pages.ts";
import { MODEL_IDS } from "../../src/providers/models.ts";

const document = describeApi();

interface Described {
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

function described(path: string, method = "get"): Described {
  const operation = document.paths[path]?.[method];
  if (operation === undefined) throw new Error(`${method} ${path} is not described`);
  return operation as Described;
}

describe("the description of the API", () => {
  it("passes Redocly's recommended rules", async () => {
    const config = await createConfig({ extends: ["recommended-strict"] });
    const problems = await lintFromString({ source: JSON.stringify(document), config, absoluteRef: "openapi.json" });
    expect(problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([]);
  });

  it("has every route but the pages, and no other", () => {
    const app = createApp(() => {
      throw new Error("not asked");
    });
    const served = app.routes
      .filter(({ method, handler }) => ["GET", "POST", "PATCH", "DELETE"].includes(method) && handler.length < 2)
      .filter(({ path }) => !PAGES.some((page) => page === path))
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
    const described = OPERATIONS.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect([...new Set(served)].sort()).toEqual([...described].sort());
  });

  it("is served, to anybody", async () => {
    const app = createApp(
      () => ({ clock: { now: () => 0, random: () => 0 }, log: { info() {}, error() {} } }) as never,
    );
    const response = await app.request("/openapi.json", {}, {} as Env);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(document)));
  });

  it("shows an answer of every kind, and each is one", () => {
    const known = schemas();
    for (const [name, example] of Object.entries(EXAMPLES))
      expect(() => known[name]?.parse(example), name).not.toThrow();
    const shown = OPERATIONS.flatMap(({ answers }) => Object.values(answers).map(({ schema }) => schema ?? "Health"));
    const without = new Set(shown.filter((name) => EXAMPLES[name] === undefined));
    expect([...without]).toEqual([]);
  });

  it("promises no limit and no configuration where there is none, and the health that /healthz tells", () => {
    const { responses: health } = described("/healthz");
    expect(Object.keys(health)).toEqual(["200", "400", "405", "500", "503"]);
    expect(health["503"]?.content["application/json"]?.schema).toEqual({ $ref: "#/components/schemas/Health" });
    expect(Object.keys(described("/openapi.json").responses)).toEqual(["200", "400", "405", "500"]);
  });

  it("has each model's own fields, with their limits", () => {
    const { CreateRequest, ...others } = document.components.schemas;
    expect(CreateRequest.anyOf).toHaveLength(MODEL_IDS.length);
    expect((others as Record<string, unknown>)["CreateRequest_runway_gen4_aleph"]).toMatchObject({
      additionalProperties: false,
      required: ["prompt", "video_url"],
      properties: {
        prompt: { type: "string", minLength: 1, maxLength: 1000 },
        seed: { type: "integer", minimum: 0, maximum: 4294967295 },
        webhooks: { type: "array", maxItems: 20 },
      },
    });
  });
});
