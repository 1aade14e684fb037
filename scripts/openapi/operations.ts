// Every operation of the API with its description, in the order in which /openapi.json lists them.

import { ROUTES } from "../../src/http/routes.ts";
import type { Descriptions, Operation } from "./operation.ts";
import { accountOperations } from "./operations/account.ts";
import { apiKeyOperations } from "./operations/api-keys.ts";
import { deliveryOperations } from "./operations/deliveries.ts";
import { dropInOperations } from "./operations/drop-in.ts";
import { eventOperations } from "./operations/events.ts";
import { generationOperations } from "./operations/generations.ts";
import { modelOperations } from "./operations/models.ts";
import { serviceOperations } from "./operations/service.ts";
import { videoOperations } from "./operations/video.ts";
import { webhookEndpointOperations } from "./operations/webhook-endpoints.ts";
import { webhookSecretOperations } from "./operations/webhook-secret.ts";

export const DESCRIPTIONS: Descriptions = {
  ...generationOperations,
  ...modelOperations,
  ...videoOperations,
  ...eventOperations,
  ...deliveryOperations,
  ...webhookEndpointOperations,
  ...webhookSecretOperations,
  ...accountOperations,
  ...apiKeyOperations,
  ...dropInOperations,
  ...serviceOperations,
};

export const OPERATIONS: readonly Operation[] = ROUTES.map(({ handler, ...address }) => {
  const name = `${address.method} ${address.path}`;
  const description = new Map(Object.entries(DESCRIPTIONS)).get(name);
  if (description === undefined) throw new Error(`${name} is not described in scripts/openapi/operations`);
  return { ...address, ...description };
});
