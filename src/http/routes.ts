// Every operation of the API, in the order in which /openapi.json lists them.

import { accountRoutes } from "./account.ts";
import { apiKeyRoutes } from "./api-keys.ts";
import { deliveryRoutes } from "./deliveries.ts";
import { dropInRoutes } from "./drop-in.ts";
import { eventRoutes } from "./events.ts";
import { generationRoutes } from "./generations.ts";
import { modelRoutes } from "./models.ts";
import { overviewRoutes } from "./overview.ts";
import type { Route } from "./route.ts";
import { serviceRoutes } from "./service.ts";
import { usageRoutes } from "./usage.ts";
import { videoRoutes } from "./video.ts";
import { webhookEndpointRoutes } from "./webhook-endpoints.ts";
import { webhookSecretRoutes } from "./webhook-secret.ts";

export const ROUTES: readonly Route[] = [
  ...generationRoutes,
  ...modelRoutes,
  ...videoRoutes,
  ...eventRoutes,
  ...deliveryRoutes,
  ...webhookEndpointRoutes,
  ...webhookSecretRoutes,
  ...overviewRoutes,
  ...usageRoutes,
  ...accountRoutes,
  ...apiKeyRoutes,
  ...dropInRoutes,
  ...serviceRoutes,
];
