// The account and mode of an API key, and what it did and spent.

import { accountSchema } from "../../../src/contract/account.ts";
import { overviewSchema } from "../../../src/contract/overview.ts";
import { usageQuerySchema } from "../../../src/contract/requests.ts";
import { usageSchema } from "../../../src/contract/usage.ts";
import type { Descriptions } from "../operation.ts";

export const accountOperations: Descriptions = {
  "get /v1/account": {
    id: "getAccount",
    summary: "Read which account and mode the API key belongs to",
    tag: "Account",
    answers: { 200: { description: "OK", body: accountSchema } },
    problems: [],
  },
  "get /v1/overview": {
    id: "getOverview",
    summary: "Read what happened in the last 24 hours",
    details:
      "Counts the generations that were accepted since then. Each number is that of the generations which the list has " +
      "with `created_after` and one more filter.",
    tag: "Account",
    answers: { 200: { description: "OK", body: overviewSchema } },
    problems: [],
  },
  "get /v1/usage": {
    id: "getUsage",
    summary: "Read usage by day and model, and the state of the budget",
    details:
      "`usd` and `credits` are what the provider states that it has charged, without estimates. `generations` " +
      "includes generations under way. `budget` is the state of the account's budget now: generations that have ended " +
      "count as spent, and the estimates of generations under way as reserved. Test mode costs nothing and is not " +
      "counted.",
    tag: "Account",
    query: usageQuerySchema,
    answers: { 200: { description: "OK", body: usageSchema } },
    problems: ["invalid_request"],
  },
};
