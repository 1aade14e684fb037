// The description of this API, OpenAPI 3.1, from the schemas that validate requests and those that tests hold answers to.

import { Hono } from "hono";
import * as z from "zod";
import { version } from "../../package.json";
import { findModel, MODEL_IDS } from "../providers/models.ts";
import type { AppEnv } from "./app-env.ts";
import { methodNotAllowed } from "./methods.ts";
import type { Operation } from "./operations/operation.ts";
import { OPERATIONS } from "./operations.ts";
import {
  DEFAULT_LIMIT,
  endpointFields,
  extraModelSchema,
  listQuery,
  MAX_LIMIT,
  recoveryRequest,
  requestSchema,
} from "./requests.ts";
import { content, HEADERS, problemExamples, ref, responsesOf } from "./responses.ts";
import { ANSWERS } from "./views.ts";

const PUBLIC = { allowLocal: false, ownOrigins: [] };

export function openApiRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  const texts = new WeakMap<readonly string[], string>();
  routes.get("/openapi.json", (c) => {
    const { extraModels } = c.get("config");
    const text = texts.get(extraModels) ?? JSON.stringify(describeApi(extraModels));
    texts.set(extraModels, text);
    return c.body(text, 200, {
      "content-type": "application/json",
      "cache-control": "public, max-age=3600",
      "access-control-allow-origin": "*",
      "cross-origin-resource-policy": "cross-origin",
    });
  });
  routes.all("/openapi.json", methodNotAllowed("GET"));
  return routes;
}

/**
 * By the names that the document knows them by.
 *
 * @param extraModels of this deployment: nothing is known of them but their ids.
 */
export function schemas(extraModels: readonly string[] = []): Readonly<Record<string, z.ZodType>> {
  const requests = MODEL_IDS.flatMap((id) => {
    const model = findModel(id, { extraModels: [], allowLocal: false });
    return model === null ? [] : [[`CreateRequest_${id.replace(/\W/g, "_")}`, requestSchema(model, PUBLIC)] as const];
  });
  return {
    ...Object.fromEntries(requests),
    ...(extraModels.length > 0 ? { CreateRequestOfExtraModel: extraModelSchema(extraModels, PUBLIC) } : {}),
    EndpointCreate: endpointFields(PUBLIC).partial().required({ url: true }),
    EndpointChange: endpointFields(PUBLIC).partial(),
    RecoveryRequest: recoveryRequest,
    ...ANSWERS,
  };
}

export function describeApi(extraModels: readonly string[] = []) {
  const named = schemas(extraModels);
  const components = Object.fromEntries(Object.entries(named).map(([name, schema]) => [name, jsonSchema(schema)]));
  const ofModels = Object.keys(named).filter((name) => name.startsWith("CreateRequest"));
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of OPERATIONS) {
    const path = paths[operation.path] ?? {};
    path[operation.method] = described(operation);
    paths[operation.path] = path;
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Reelhook",
      version,
      summary: "AI video generation with callbacks.",
      description:
        "Accepts a generation, submits it, polls for you, keeps the video in your R2 bucket, and POSTs signed webhooks.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/", description: "This deployment" }],
    security: [{ apiKey: [] }],
    tags: TAGS,
    paths,
    webhooks: { event: webhook("Event", "receiveEvent"), test: webhook("TestEvent", "receiveTest") },
    components: {
      schemas: { ...components, CreateRequest: { anyOf: ofModels.map(ref) } },
      headers: HEADERS,
      examples: problemExamples(OPERATIONS),
      securitySchemes: { apiKey: { type: "http", scheme: "bearer" } },
    },
  };
}

const TAGS = [
  { name: "Generations", description: "Video jobs, from request to stored video." },
  { name: "Webhooks", description: "Standing endpoints, deliveries, secrets." },
  { name: "Drop-in", description: "The provider's own API." },
  { name: "Service", description: "This deployment." },
];

/** As callers send and read it: what a transformation makes of it here is not their business. */
function jsonSchema(schema: z.ZodType): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return rest;
}

function described(operation: Operation): object {
  const { id, summary, tag, body, isPublic = false, keyIsOptional = false, parameters = [] } = operation;
  const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  return {
    operationId: id,
    summary,
    tags: [tag],
    ...(isPublic ? { security: [] } : keyIsOptional ? { security: [{ apiKey: [] }, {}] } : {}),
    parameters: [...inPath, ...parameters.map(parameter), ...(id === "listGenerations" ? listParameters() : [])],
    ...(body === undefined ? {} : { requestBody: { required: true, content: { "application/json": content(body) } } }),
    responses: responsesOf(operation),
  };
}

function parameter({ name, in: place, description, required, schema }: NonNullable<Operation["parameters"]>[number]) {
  return { name, in: place, description, ...(required ? { required } : {}), schema: schema ?? { type: "string" } };
}

function listParameters(): object[] {
  const { properties = {} } = jsonSchema(listQuery) as { properties?: Record<string, object> };
  // It comes as text, and is one of these.
  const limit = { type: "integer", minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT };
  return Object.entries({ ...properties, limit }).map(([name, schema]) => ({ name, in: "query", schema }));
}

function webhook(schema: "Event" | "TestEvent", operationId: string): object {
  const header = (name: string, description: string) => ({
    name,
    in: "header",
    required: true,
    description,
    schema: { type: "string" },
  });
  return {
    post: {
      operationId,
      summary:
        schema === "Event"
          ? "An event of a generation, POSTed to every webhook that asked."
          : "A test of a standing webhook, POSTed when somebody asks for it.",
      tags: ["Webhooks"],
      security: [],
      parameters: [
        header("webhook-id", "The same over all attempts: dedupe by it."),
        header("webhook-timestamp", "Seconds since the Unix epoch, of this attempt."),
        header("webhook-signature", "`v1,` HMAC-SHA256 and `v1a,` Ed25519, space-separated."),
      ],
      requestBody: { required: true, content: { "application/json": content({ schema }) } },
      responses: {
        "2XX": { description: "Delivered." },
        "410": { description: "Gone: this webhook gets nothing more." },
        default: { description: "Anything else is tried again." },
      },
    },
  };
}
