// /v1/api-keys: API keys that are made, listed and revoked with ADMIN_KEY.

import { apiKeyListQuerySchema, apiKeyRequestSchema } from "../contract/api-key-requests.ts";
import { repeated } from "./error-limits.ts";
import { positionOf } from "./positions.ts";
import { invalidRequest, Problem, unavailable } from "./problem.ts";
import { pathParameter, route, sendJson } from "./route.ts";
import { readBody, readQuery } from "./validation.ts";

const PATH = "/v1/api-keys";

/** Shares the memory for bodies with accounts. Not a possible name of an account. */
const ADMINISTRATOR = "ADMIN_KEY";

const createApiKey = route({ method: "post", path: PATH, access: "admin_key" }, async (c) => {
  const { apiKeys, clock } = c.get("gateways");
  const request = await readBody(c, () => apiKeyRequestSchema, ADMINISTRATOR);
  const { account, mode, name, read_only: readOnly = false } = request;
  const expiresAt = request.expires_at === undefined ? null : Date.parse(request.expires_at);
  if (expiresAt !== null && expiresAt <= clock.now()) {
    throw invalidRequest([{ pointer: "/expires_at", message: "must be in the future" }]);
  }
  const result = await apiKeys.make({ account, mode, name, readOnly, expiresAt });
  switch (result.kind) {
    case "made":
      return c.json(result.view, 201);
    case "limit_reached": {
      const message = `has ${result.limit} API keys, which is the limit; revoke one first`;
      throw invalidRequest([{ pointer: "/account", message }]);
    }
    case "unavailable":
      throw unavailable("The API key may or may not have been made; GET /v1/api-keys shows it.");
  }
});

const listApiKeys = route({ method: "get", path: PATH, access: "admin_key" }, async (c) => {
  const { account = null, limit, cursor } = readQuery(c, apiKeyListQuerySchema);
  const list = await c.get("gateways").apiKeys.list(account, { limit, after: positionOf(cursor, "key") });
  if (list === null) throw unavailable("The API keys cannot be read now.");
  return sendJson(c, list);
});

const revokeApiKey = route({ method: "delete", path: `${PATH}/{id}`, access: "admin_key" }, async (c) => {
  const id = pathParameter(c, "id");
  const isRevoked = await c.get("gateways").apiKeys.revoke(id);
  if (isRevoked === null) throw unavailable("The API key may or may not have been revoked.");
  if (!isRevoked) throw new Problem("not_found", `There is no API key ${repeated(id)}.`);
  return c.body(null, 204);
});

export const apiKeyRoutes = [createApiKey, listApiKeys, revokeApiKey];
