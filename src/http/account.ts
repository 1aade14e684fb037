// The account and mode that an API key belongs to.

import type { AccountView } from "../contract/account.ts";
import { route } from "./route.ts";

const getAccount = route({ method: "get", path: "/v1/account" }, (c) => {
  const { account, mode } = c.get("scope");
  const answer: AccountView = {
    object: "account",
    name: account,
    mode,
    ...(c.get("isReadOnly") ? { read_only: true } : {}),
  };
  return c.json(answer);
});

export const accountRoutes = [getAccount];
