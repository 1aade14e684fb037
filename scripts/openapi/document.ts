// The description of the API, OpenAPI 3.1, made from the routes of src/http, their descriptions in
// scripts/openapi/operations and the schemas of src/contract. `npm run
// assets` writes it to a static asset, so that the Worker carries neither this code nor the examples.

import * as z from "zod/mini";
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from "zod-openapi";
import { eventSchema, testEventSchema } from "../../src/contract/events.ts";
import { VERSION } from "../../src/contract/version.ts";
import { EXAMPLES, REQUEST_EXAMPLES } from "./examples.ts";
import type { Operation } from "./operation.ts";
import { OPERATIONS } from "./operations.ts";
import { HEADERS, problemExamples, responsesOf } from "./responses.ts";

/** Any URL is described as a string: OpenAPI cannot express the rules for webhook URLs. */
const ANY_URL = { rejection: () => null, identity: (url: string) => url };

const INFO = {
  title: "Reelhook",
  version: VERSION,
  summary: "AI video generation with webhooks.",
  description:
    "Accepts a generation, submits it to the provider, polls for you, keeps the video in your R2 bucket, and POSTs signed " +
    "webhooks.",
  license: { name: "MIT", identifier: "MIT" },
};

const TAGS = [
  { name: "Generations", description: "Video jobs, from the request to the stored video." },
  { name: "Models", description: "The models that requests can use, and their fields." },
  { name: "Webhooks", description: "Webhook endpoints, deliveries and signing secrets." },
  { name: "Account", description: "The account and mode of an API key, and its usage." },
  { name: "API keys", description: "Made, listed and revoked with the secret `ADMIN_KEY` of the deployment." },
  { name: "Drop-in", description: "The provider's own API." },
  { name: "Service", description: "Health and the description of the API." },
];

export function describeApi() {
  return createDocument({
    openapi: "3.1.0",
    info: INFO,
    servers: [{ url: "/", description: "This deployment" }],
    security: [{ apiKey: [] }],
    tags: TAGS,
    paths: pathsOf(OPERATIONS),
    webhooks: {
      event: webhook(
        eventSchema,
        "receiveEvent",
        "An event of a generation, sent to every webhook that subscribes to it",
      ),
      test: webhook(testEventSchema, "receiveTest", "A test of a webhook endpoint, sent on request"),
    },
    components: {
      headers: HEADERS,
      examples: problemExamples(OPERATIONS),
      securitySchemes: {
        apiKey: { type: "http", scheme: "bearer", description: "An API key." },
        adminKey: { type: "http", scheme: "bearer", description: "The secret `ADMIN_KEY` of the deployment." },
      },
    },
  });
}

const SLASHES = "Slashes in it can stay as they are or be encoded as `%2F`.";

function pathsOf(all: readonly Operation[]): ZodOpenApiPathsObject {
  /** Operations with the same body share its schema, because the id of a schema must be unique in the document. */
  const bodies = new Map(all.map(({ body }) => [body, body?.(ANY_URL)]));
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const operation of all) {
    const operations = paths[operation.path] ?? {};
    operations[operation.method] = operationOf(operation, bodies.get(operation.body));
    paths[operation.path] = operations;
  }
  return paths;
}

function operationOf(operation: Operation, body: z.ZodMiniType | undefined): ZodOpenApiOperationObject {
  const { id, summary, details, tag, access, query, headers } = operation;
  return {
    operationId: id,
    summary,
    ...(details === undefined ? {} : { description: details }),
    tags: [tag],
    ...(access === "public" ? { security: [] } : {}),
    ...(access === "admin_key" ? { security: [{ adminKey: [] }] } : {}),
    ...(access === "key_or_signed_link" ? { security: [{ apiKey: [] }, {}] } : {}),
    requestParams: {
      path: pathParametersOf(operation),
      ...(query === undefined ? {} : { query }),
      ...(headers === undefined ? {} : { header: headers }),
    },
    ...(body === undefined ? {} : { requestBody: { required: true, content: jsonContent(body, REQUEST_EXAMPLES) } }),
    responses: responsesOf(operation),
  };
}

function pathParametersOf({ path, takesSlashes }: Operation): z.ZodMiniObject {
  const names = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name = ""]) => name);
  const shape = names.map((name) => {
    const isSpanning = takesSlashes && path.endsWith(`{${name}}`);
    return [name, isSpanning ? z.string().register(z.globalRegistry, { description: SLASHES }) : z.string()] as const;
  });
  return z.object(Object.fromEntries(shape));
}

function jsonContent(schema: z.ZodMiniType, examples: Readonly<Record<string, object>>) {
  const example = examples[z.globalRegistry.get(schema)?.id ?? ""];
  return { "application/json": { schema, ...(example === undefined ? {} : { example }) } };
}

function webhook(schema: z.ZodMiniType, operationId: string, summary: string) {
  return {
    post: {
      operationId,
      summary,
      tags: ["Webhooks"],
      security: [],
      requestParams: {
        header: z.object({
          "webhook-id": z
            .string()
            .register(z.globalRegistry, { description: "The same for all attempts. Use it to detect duplicates." }),
          "webhook-timestamp": z
            .string()
            .register(z.globalRegistry, { description: "Time of this attempt, in seconds since the Unix epoch." }),
          "webhook-signature": z.string().register(z.globalRegistry, {
            description: "`v1,` HMAC-SHA256 and `v1a,` Ed25519 signatures, space-separated.",
          }),
        }),
      },
      requestBody: { required: true, content: jsonContent(schema, EXAMPLES) },
      responses: {
        "2XX": { description: "Delivered." },
        "410": { description: "Gone: this webhook gets nothing more." },
        default: { description: "Retried until the schedule ends." },
      },
    },
  };
}
