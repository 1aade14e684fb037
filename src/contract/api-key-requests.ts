// API keys that are made with ADMIN_KEY: requests.

import * as z from "zod/mini";
import { described, maxLength } from "./fields.ts";
import { pageLimit, plausibleTime } from "./requests.ts";
import { MODES } from "./words.ts";

const MAX_NAME_LENGTH = 100;

const accountName = z.string().check(z.regex(/^[a-z0-9_-]{1,40}$/, "must have 1 to 40 characters: a-z, 0-9, _ and -"));

/** The body of `POST /v1/api-keys`. */
export const apiKeyRequestSchema = z
  .strictObject({
    account: accountName,
    mode: z.enum(MODES),
    name: described(
      z.string().check(
        maxLength(MAX_NAME_LENGTH),
        z.refine((name) => name.trim() !== "", "must not be empty"),
      ),
      "What the key is for.",
    ),
    expires_at: described(z.optional(plausibleTime), "When it stops working: a time in the future. By default, never."),
    read_only: described(
      z.optional(z.boolean()),
      "Whether it is read-only: it then cannot change anything or read secrets. By default, it can do everything in its account and mode.",
    ),
  })
  .register(z.globalRegistry, { id: "ApiKeyRequest" });

/** The query of `GET /v1/api-keys`. */
export const apiKeyListQuerySchema = z.strictObject({
  account: z.optional(accountName),
  limit: pageLimit(),
  cursor: z.optional(z.string()),
});
