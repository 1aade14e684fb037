// /v1/overview: what an account and mode did in the last day.

import { toJson } from "../contract/json.ts";
import type { OverviewView } from "../contract/overview.ts";
import { DAY_MS } from "../core/money/days.ts";
import { usdOf } from "../core/money/micro-usd.ts";
import { iso } from "../core/times.ts";
import { route, sendJson } from "./route.ts";

const getOverview = route({ method: "get", path: "/v1/overview" }, async (c) => {
  const { index, clock } = c.get("gateways");
  const scope = c.get("scope");
  const overview = await index.overview(scope, clock.now() - DAY_MS);
  const { since, byStatus, errors, deliveries, usd } = overview;
  const total = Object.values(byStatus).reduce((sum, count) => sum + count, 0);
  const json = toJson<OverviewView>({
    object: "overview",
    since: iso(since),
    generations: { total, ...byStatus },
    errors,
    deliveries,
    usage: { usd: scope.mode === "test" ? null : usdOf(usd) },
  });
  return sendJson(c, json);
});

export const overviewRoutes = [getOverview];
