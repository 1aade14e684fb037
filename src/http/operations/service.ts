import type { Operation } from "./operation.ts";

export const SERVICE_OPERATIONS = [
  {
    id: "getHealth",
    method: "get",
    path: "/healthz",
    summary: "Whether this deployment is set up.",
    tag: "Service",
    isPublic: true,
    answers: {
      "200": { description: "It is.", schema: "Health" },
      "503": { description: "It names what is missing or bad.", schema: "Health" },
    },
    problems: ["method_not_allowed"],
  },
  {
    id: "getOpenApi",
    method: "get",
    path: "/openapi.json",
    summary: "This description.",
    tag: "Service",
    isPublic: true,
    answers: { "200": { description: "OpenAPI 3.1.", type: "application/json" } },
    problems: ["method_not_allowed"],
  },
] as const satisfies readonly Operation[];
