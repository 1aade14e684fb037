// The account and mode that an API key belongs to.

import { type AccountView, accountSchema } from "../contract/account.ts";
import { route } from "./route.ts";

const getAccount = route(
  {
    id: "getAccount",
    method: "get",
    path: "/v1/account",
    summary: "Read which account and mode the API key belongs to",
    tag: "Account",
    answers: { 200: { description: "OK", body: accountSchema } },
    problems: [],
  },
  (c) => {
    const { account, mode } = c.get("scope");
    const answer: AccountView = {
      object: "account",
      name: account,
      mode,
      ...(c.get("isReadOnly") ? { read_only: true } : {}),
    };
    return c.json(answer);
  },
);

export const accountRoutes = [getAccount];
