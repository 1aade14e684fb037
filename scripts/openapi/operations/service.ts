// The health of the deployment, and the description of its API.

import { healthSchema } from "../../../src/contract/service.ts";
import type { Descriptions } from "../operation.ts";

export const serviceOperations: Descriptions = {
  "get /healthz": {
    id: "getHealth",
    summary: "Check whether this deployment is set up",
    tag: "Service",
    answers: {
      200: { description: "The deployment is set up.", body: healthSchema },
      503: { description: "Settings are missing or invalid; `problems` names them.", body: healthSchema },
    },
    problems: ["method_not_allowed"],
  },
  "get /openapi.json": {
    id: "getOpenApi",
    summary: "Read this description",
    tag: "Service",
    answers: { 200: { description: "OpenAPI 3.1.", type: "application/json" } },
    problems: ["method_not_allowed"],
  },
};
