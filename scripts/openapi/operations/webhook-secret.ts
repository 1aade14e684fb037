// What receivers verify webhooks with.

import { webhookKeysSchema, webhookSecretSchema } from "../../../src/contract/webhook-endpoints.ts";
import type { Descriptions } from "../operation.ts";

export const webhookSecretOperations: Descriptions = {
  "get /v1/webhook-secret": {
    id: "getWebhookSecret",
    summary: "Read the secret and public key for webhooks named in requests",
    tag: "Webhooks",
    answers: { 200: { description: "OK", body: webhookSecretSchema } },
    problems: [],
  },
  "post /v1/webhook-secret/rotate": {
    id: "rotateWebhookSecret",
    summary: "Make a new secret and key pair; the old ones also sign for 24 hours",
    tag: "Webhooks",
    answers: { 200: { description: "OK", body: webhookSecretSchema } },
    problems: [],
  },
  "get /.well-known/webhook-keys/{address}": {
    id: "getWebhookKeys",
    summary: "Read the public keys of an account and mode, by their `public_key_url`",
    tag: "Webhooks",
    answers: { 200: { description: "OK", body: webhookKeysSchema } },
    problems: ["not_found", "unavailable"],
  },
};
