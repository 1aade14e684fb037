// The provider's own API, served from here: a program written for it needs only a different base URL and API key. It
// may add `webhook_url` and stop polling. Fields that are not in the model's schema are passed on to the provider.

import type { Context } from "hono";
import type { ProviderErrorView, ProviderJobView } from "../contract/drop-in.ts";
import { GENERATION_ID } from "../contract/ids.ts";
import { toJson } from "../contract/json.ts";
import { PROBLEMS, type ProblemCode } from "../contract/problems.ts";
import { providerStatus } from "../core/generation/provider-view.ts";
import { RUNWAY_PATH, UNIVERSAL_PATH } from "../core/models/model.ts";
import { iso } from "../core/times.ts";
import type { AppEnv } from "./app-env.ts";
import { repeated } from "./error-limits.ts";
import { accept, noGeneration } from "./generations.ts";
import { invalidRequest, type Problem } from "./problem.ts";
import { retirementHeaders } from "./retirement-headers.ts";
import { type Route, route, sendJson } from "./route.ts";

function routesAt(path: string): Route[] {
  return [
    route({ method: "post", path }, async (c) => {
      const { id, generation } = await accept(c, "lenient");
      const job = { id, status: providerStatus(generation.status) } satisfies ProviderJobView;
      return c.json(job, 201, retirementHeaders(generation.retirement));
    }),
    route({ method: "get", path }, async (c) => {
      const id = c.req.query("generation_id");
      if (id === undefined) throw invalidRequest([{ pointer: "/generation_id", message: "is missing" }]);
      const { generations } = c.get("gateways");
      const job = GENERATION_ID.test(id) ? await generations.providerJob(id, c.get("scope")) : null;
      if (job === null) throw noGeneration(id);
      return sendJson(c, job.json, 200, retirementHeaders(job.retirement));
    }),
  ];
}

export const dropInRoutes = [...routesAt(RUNWAY_PATH), ...routesAt(UNIVERSAL_PATH)];

export function isDropIn(path: string): boolean {
  return path === "/v2" || path.startsWith("/v2/");
}

/** The status with which the provider answers the same problem. */
export function providerStatusOf(code: ProblemCode) {
  return code === "insufficient_credits" ? 403 : PROBLEMS[code][0];
}

/** Answers a problem in the provider's own shape. */
export function answerProviderError(c: Context<AppEnv>, problem: Problem): Response {
  const statusCode = providerStatusOf(problem.code);
  const { clock } = c.get("gateways");
  const body = toJson<ProviderErrorView>({
    message: problem.message,
    path: repeated(c.req.path),
    requestId: c.get("requestId"),
    statusCode,
    timestamp: iso(clock.now()),
  });
  return c.body(body, statusCode, { ...problem.headers, "content-type": "application/json" });
}
