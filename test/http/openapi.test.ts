// The description of the API: valid for a strict linter, complete, and true.

import { readFileSync } from "node:fs";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { describeApi } from "../../scripts/openapi/document.ts";
import { EXAMPLES, REQUEST_EXAMPLES } from "../../scripts/openapi/examples.ts";
import { DESCRIPTIONS, OPERATIONS } from "../../scripts/openapi/operations.ts";
import { problemExample, providerErrorExample } from "../../scripts/openapi/problem-examples.ts";
import { providerErrorSchema } from "../../src/contract/drop-in.ts";
import { eventSchema, testEventSchema } from "../../src/contract/events.ts";
import { problemSchema } from "../../src/contract/problem.ts";
import { PROBLEM_CODES, PROBLEMS } from "../../src/contract/problems.ts";
import { VERSION } from "../../src/contract/version.ts";
import { createApp } from "../../src/http/app.ts";
import { DEV_INBOX_PATH } from "../../src/http/dev-inbox.ts";
import { providerStatusOf } from "../../src/http/drop-in.ts";
import { PAGES } from "../../src/http/pages.ts";

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly examples: Readonly<Record<string, { readonly value: object }>>;
  };
}

const document = describeApi() as unknown as Document;

interface Described {
  readonly security?: readonly object[];
  readonly parameters: readonly { readonly name: string; readonly required?: boolean; readonly description?: string }[];
  readonly responses: Readonly<Record<string, DescribedAnswer>>;
}

interface DescribedAnswer {
  readonly headers: object;
  readonly content: Readonly<Record<string, { readonly schema: object; readonly examples?: Record<string, object> }>>;
}

function described(path: string, method = "get"): Described {
  const operation = document.paths[path]?.[method];
  if (operation === undefined) throw new Error(`${method} ${path} is not described`);
  return operation;
}

describe("the description of the API", () => {
  it("passes Redocly's recommended rules", async () => {
    const config = await createConfig({ extends: ["recommended-strict"] });
    const problems = await lintFromString({ source: JSON.stringify(document), config, absoluteRef: "openapi.json" });
    expect(problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([]);
  });

  it("describes each of Reelhook's own fields of a request", () => {
    const { properties } = document.components.schemas["CreateRequest"] as { properties: Record<string, object> };
    expect(Object.keys(properties).sort()).toEqual(["metadata", "model", "retention_days", "webhook_url", "webhooks"]);
    for (const field of Object.values(properties)) expect(field).toHaveProperty("description");
  });

  it("has every route except the pages and the inbox of development, and no other", () => {
    const app = createApp(() => {
      throw new Error("not asked");
    });
    const served = app.routes
      .filter(({ method, handler }) => ["GET", "POST", "PATCH", "DELETE"].includes(method) && handler.length < 2)
      .filter(({ path }) => path !== DEV_INBOX_PATH && !PAGES.some((page) => page === path))
      .map(({ method, path }) => `${method} ${path.replace("{.+}", "").replaceAll(/:(\w+)/g, "{$1}")}`);
    // Whatever answers GET answers HEAD.
    const named = OPERATIONS.filter(({ method }) => method !== "head");
    const routes = named.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect([...new Set(served)].sort()).toEqual([...routes].sort());
  });

  it("describes no operation that has no route", () => {
    const routes = OPERATIONS.map(({ method, path }) => `${method} ${path}`);
    expect(Object.keys(DESCRIPTIONS).sort()).toEqual(routes.sort());
  });

  it("has the version of the package", () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    expect(VERSION).toBe(version);
  });

  it("has an example of every request and answer, each valid by its schema", () => {
    const anyUrl = { rejection: () => null, identity: (url: string) => url };
    const requests = OPERATIONS.flatMap(({ body }) => (body === undefined ? [] : [body(anyUrl)]));
    const answers = OPERATIONS.flatMap((operation) => Object.values(operation.answers).map(({ body }) => body));
    const check = (schema: z.ZodMiniType | undefined, examples: Readonly<Record<string, object>>) => {
      if (schema === undefined) return;
      const id = z.globalRegistry.get(schema)?.id ?? "";
      expect(examples, `no example of ${id}`).toHaveProperty(id);
      expect(() => schema.parse(examples[id]), id).not.toThrow();
    };
    for (const schema of requests) check(schema, REQUEST_EXAMPLES);
    for (const schema of [...answers, eventSchema, testEventSchema]) check(schema, EXAMPLES);
  });

  it("mentions rate limits and settings only where they apply, and both answers of /healthz", () => {
    const { responses: health } = described("/healthz");
    expect(Object.keys(health)).toEqual(["200", "400", "405", "500", "503"]);
    expect(health["503"]?.content["application/json"]?.schema).toEqual({ $ref: "#/components/schemas/Health" });
    expect(Object.keys(described("/openapi.json").responses)).toEqual(["200", "400", "405", "500"]);
  });

  it("has an example of each problem, in our shape and in the provider's", () => {
    for (const code of PROBLEM_CODES) {
      expect(problemSchema.parse(problemExample(code))).toMatchObject({ code, status: PROBLEMS[code][0] });
      expect(providerErrorSchema.parse(providerErrorExample(code))).toMatchObject({
        statusCode: providerStatusOf(code),
      });
    }
    const absent = described("/v1/generations/{id}").responses["404"]?.content["application/problem+json"]?.examples;
    expect(absent).toEqual({ not_found: { $ref: "#/components/examples/not_found" } });
    const refused = described("/v2/video/generations", "post").responses["403"]?.content["application/json"]?.examples;
    expect(Object.keys(refused ?? {})).toEqual(["insufficient_credits", "forbidden"]);
    const { examples, schemas: all } = document.components;
    expect(examples["drop_in_insufficient_credits"]?.value).toMatchObject({ statusCode: 403 });
    expect(all["Problem"]).toMatchObject({
      properties: { code: { enum: PROBLEM_CODES } },
    });
  });

  it("lists the headers of answers", () => {
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
    for (const path of ["/v1/generations", "/v2/video/generations"]) {
      expect(headersOf(path, "402", "post")).toContain("Retry-After");
    }
  });

  it("describes each parameter of an operation differently", () => {
    for (const { path, method } of OPERATIONS) {
      const texts = described(path, method).parameters?.flatMap(({ description = [] }) => description) ?? [];
      expect(new Set(texts).size, `${method} ${path}`).toBe(texts.length);
    }
    const [from] = described("/v1/usage").parameters;
    expect(from).toMatchObject({ name: "from", description: expect.stringMatching(/^First day/) });
  });

  it("says which parameters and credentials are optional", () => {
    const path = "/v1/generations/{id}/video";
    const names = described(path).parameters.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["If-Match", "If-None-Match", "If-Range", "Range"]));
    expect(described(path).security).toEqual([{ apiKey: [] }, {}]);
    expect(described(path, "head").responses["200"]).not.toHaveProperty("content");
    for (const poll of ["/v2/video/generations", "/v2/generate/video/runway/generation"]) {
      expect(described(poll).parameters).toMatchObject([{ name: "generation_id", required: true }]);
    }
  });

  it("describes Reelhook's own fields of a request, and allows any others", () => {
    const { schemas } = document.components;
    expect(schemas["CreateRequest"]).toMatchObject({
      additionalProperties: {},
      properties: {
        model: { type: "string" },
        webhook_url: { type: "string" },
        webhooks: { type: "array", maxItems: 20, items: { additionalProperties: false } },
      },
    });
    for (const path of ["/v1/generations", "/v2/video/generations", "/v2/generate/video/runway/generation"]) {
      expect(document.paths[path]?.["post"]).toMatchObject({
        requestBody: { content: { "application/json": { schema: { $ref: "#/components/schemas/CreateRequest" } } } },
      });
    }
  });
});
