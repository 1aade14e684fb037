// The description of the API: valid for a strict linter, complete, and true.

import { createConfig, lintFromString } from "@redocly/openapi-core";
import { describe, expect, it } from "vitest";
import { createApp } from "../../src/http/app.ts";
import type { Bindings } from "../../src/http/app-env.ts";
import { EXAMPLES } from "../../src/http/examples.ts";
import { describeApi, schemas } from "../../src/http/openapi.ts";
import { OPERATIONS } from "../../src/http/operations.ts";
import { PAGES } from "../../src/http/pages.ts";
import { PROBLEM_CODES, providerStatusOf, statusOfCode } from "../../src/http/problem-codes.ts";
import { problemExample, providerErrorExample } from "../../src/http/problem-examples.ts";
import { MODEL_IDS } from "../../src/providers/models.ts";

const document = describeApi();

interface Described {
  readonly security?: readonly object[];
  readonly parameters: readonly { readonly name: string; readonly required?: boolean }[];
  readonly responses: Readonly<Record<string, DescribedAnswer>>;
}

interface DescribedAnswer {
  readonly headers: object;
  readonly content: Readonly<Record<string, { readonly schema: object; readonly examples?: Record<string, object> }>>;
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
    // Whatever answers GET answers HEAD.
    const named = OPERATIONS.filter(({ method }) => method !== "head");
    const routes = named.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect([...new Set(served)].sort()).toEqual([...routes].sort());
  });

  it("is served, to anybody", async () => {
    const app = createApp(
      () => ({ clock: { now: () => 0, random: () => 0 }, log: { info() {}, error() {} } }) as never,
    );
    const response = await app.request("/openapi.json", {}, {} as Bindings);
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

  it("shows each problem as what it is, in both shapes", () => {
    const known = schemas();
    for (const code of PROBLEM_CODES) {
      expect(known["Problem"]?.parse(problemExample(code))).toMatchObject({ code, status: statusOfCode(code) });
      expect(known["ProviderError"]?.parse(providerErrorExample(code))).toMatchObject({
        statusCode: providerStatusOf(code),
      });
    }
    const absent = described("/v1/generations/{id}").responses["404"]?.content["application/problem+json"]?.examples;
    expect(absent).toEqual({ not_found: { $ref: "#/components/examples/not_found" } });
    const refused = described("/v2/video/generations", "post").responses["403"]?.content["application/json"]?.examples;
    expect(Object.keys(refused ?? {})).toEqual(["insufficient_credits"]);
    const { examples, schemas: all } = document.components;
    expect(examples["drop_in_insufficient_credits"]?.value).toMatchObject({ statusCode: 403 });
    expect((all as Record<string, unknown>)["Problem"]).toMatchObject({
      properties: { code: { enum: PROBLEM_CODES } },
    });
  });

  it("names the headers of answers", () => {
    const headersOf = (path: string, status: string, method = "get") =>
      Object.keys(described(path, method).responses[status]?.headers ?? {});
    const video = "/v1/generations/{id}/video";
    expect(headersOf(video, "409")).toContain("Retry-After");
    expect(headersOf(video, "206")).toEqual(expect.arrayContaining(["Accept-Ranges", "Content-Range", "ETag"]));
    expect(headersOf(video, "416")).toContain("Content-Range");
    expect(headersOf("/v1/generations", "202", "post")).toEqual(
      expect.arrayContaining(["Idempotent-Replayed", "Location", "RateLimit-Policy"]),
    );
    expect(headersOf("/v1/generations", "401")).toEqual(["WWW-Authenticate", "X-Request-Id"]);
    expect(headersOf("/healthz", "405")).toEqual(["Allow", "X-Request-Id"]);
  });

  it("says what may be left out, and what may not", () => {
    const path = "/v1/generations/{id}/video";
    const names = described(path).parameters.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["If-Match", "If-None-Match", "If-Range", "Range"]));
    expect(described(path).security).toEqual([{ apiKey: [] }, {}]);
    expect(described(path, "head").responses["200"]).not.toHaveProperty("content");
    for (const poll of ["/v2/video/generations", "/v2/generate/video/runway/generation"]) {
      expect(described(poll).parameters).toMatchObject([{ name: "generation_id", required: true }]);
    }
  });

  it("has the models that a deployment passes through, with whatever fields", () => {
    const { CreateRequest, ...others } = describeApi(["vendor/new"]).components.schemas;
    expect(CreateRequest.anyOf).toContainEqual({ $ref: "#/components/schemas/CreateRequestOfExtraModel" });
    const { CreateRequestOfExtraModel: extra } = others as Record<string, object>;
    expect(extra).toMatchObject({
      additionalProperties: {},
      required: ["model"],
      properties: { model: { enum: ["vendor/new"] }, webhook_url: { type: "string" } },
    });
    expect(document.components.schemas).not.toHaveProperty("CreateRequestOfExtraModel");
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
