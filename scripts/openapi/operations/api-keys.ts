// API keys that are made, listed and revoked with ADMIN_KEY.

import { apiKeyListQuerySchema, apiKeyRequestSchema } from "../../../src/contract/api-key-requests.ts";
import { apiKeyListSchema, newApiKeySchema } from "../../../src/contract/api-keys.ts";
import { BODY_PROBLEMS, type Descriptions } from "../operation.ts";

export const apiKeyOperations: Descriptions = {
  "post /v1/api-keys": {
    id: "createApiKey",
    summary: "Make an API key",
    details: "The answer shows the key. It is not shown again, because only its hash is stored.",
    tag: "API keys",
    body: () => apiKeyRequestSchema,
    answers: { 201: { description: "Made.", body: newApiKeySchema } },
    problems: BODY_PROBLEMS,
  },
  "get /v1/api-keys": {
    id: "listApiKeys",
    summary: "List API keys, newest first",
    details: "Without `account`, those of all accounts. The keys in the setting `API_KEYS` are not listed.",
    tag: "API keys",
    query: apiKeyListQuerySchema,
    answers: { 200: { description: "OK", body: apiKeyListSchema } },
    problems: ["invalid_request"],
  },
  "delete /v1/api-keys/{id}": {
    id: "revokeApiKey",
    summary: "Revoke an API key",
    details: "It stops working within 60 seconds.",
    tag: "API keys",
    answers: { 204: { description: "Revoked." } },
    problems: ["not_found"],
  },
};
