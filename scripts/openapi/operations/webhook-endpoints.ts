// Webhooks that hear of every generation in the scope.

import { deliverySchema, endpointDeliveryPageSchema } from "../../../src/contract/deliveries.ts";
import {
  endpointChangeSchema,
  endpointCreateSchema,
  endpointDeliveryListQuerySchema,
  recoveryRequestSchema,
} from "../../../src/contract/requests.ts";
import {
  endpointListSchema,
  endpointSchema,
  endpointSecretSchema,
  newEndpointSchema,
  recoverySchema,
} from "../../../src/contract/webhook-endpoints.ts";
import { BODY_PROBLEMS, type Descriptions } from "../operation.ts";

export const webhookEndpointOperations: Descriptions = {
  "post /v1/webhook-endpoints": {
    id: "createWebhookEndpoint",
    summary: "Create a webhook endpoint",
    tag: "Webhooks",
    body: endpointCreateSchema,
    answers: {
      201: {
        description: "Created, with the endpoint's `secret`.",
        body: newEndpointSchema,
        headers: ["Location"],
      },
    },
    problems: BODY_PROBLEMS,
  },
  "get /v1/webhook-endpoints": {
    id: "listWebhookEndpoints",
    summary: "List webhook endpoints",
    tag: "Webhooks",
    answers: { 200: { description: "OK", body: endpointListSchema } },
    problems: [],
  },
  "get /v1/webhook-endpoints/{id}": {
    id: "getWebhookEndpoint",
    summary: "Read a webhook endpoint, with its health",
    tag: "Webhooks",
    answers: { 200: { description: "OK", body: endpointSchema } },
    problems: ["not_found"],
  },
  "patch /v1/webhook-endpoints/{id}": {
    id: "changeWebhookEndpoint",
    summary: "Change a webhook endpoint",
    tag: "Webhooks",
    body: endpointChangeSchema,
    answers: { 200: { description: "OK", body: endpointSchema } },
    problems: [...BODY_PROBLEMS, "not_found"],
  },
  "delete /v1/webhook-endpoints/{id}": {
    id: "deleteWebhookEndpoint",
    summary: "Delete a webhook endpoint",
    tag: "Webhooks",
    answers: { 204: { description: "Deleted." } },
    problems: ["not_found"],
  },
  "get /v1/webhook-endpoints/{id}/secret": {
    id: "getEndpointSecret",
    summary: "Read the endpoint's signing secret",
    tag: "Webhooks",
    answers: { 200: { description: "OK", body: endpointSecretSchema } },
    problems: ["not_found"],
  },
  "post /v1/webhook-endpoints/{id}/rotate-secret": {
    id: "rotateEndpointSecret",
    summary: "Make a new signing secret; the old one also signs for 24 hours",
    tag: "Webhooks",
    answers: { 200: { description: "OK", body: endpointSecretSchema } },
    problems: ["not_found"],
  },
  "post /v1/webhook-endpoints/{id}/test": {
    id: "testWebhookEndpoint",
    summary: "Send `webhook.test` now, and show the endpoint's answer",
    tag: "Webhooks",
    answers: { 202: { description: "Sent.", body: deliverySchema } },
    problems: ["not_found"],
  },
  "get /v1/webhook-endpoints/{id}/deliveries": {
    id: "listEndpointDeliveries",
    summary: "List what the endpoint was sent in the last 30 days, newest first",
    tag: "Webhooks",
    query: endpointDeliveryListQuerySchema,
    answers: {
      200: {
        description: "A page. With `state`, it may be short or empty even if more pages follow.",
        body: endpointDeliveryPageSchema,
      },
    },
    problems: ["invalid_request", "not_found"],
  },
  "post /v1/webhook-endpoints/{id}/recover": {
    id: "recoverWebhookEndpoint",
    summary: "Send the endpoint's failed deliveries again",
    tag: "Webhooks",
    body: () => recoveryRequestSchema,
    answers: { 202: { description: "Started, or counted with `dry_run`.", body: recoverySchema } },
    problems: [...BODY_PROBLEMS, "not_found"],
  },
};
