// API keys that are made with ADMIN_KEY: answers.

import * as z from "zod/mini";
import { described, nullableTime, pageOf, time } from "./fields.ts";
import type { DeepReadonly } from "./json.ts";
import { MODES } from "./words.ts";

export const apiKeySchema = z
  .strictObject({
    id: z.string(),
    object: z.literal("api_key"),
    account: z.string(),
    mode: z.enum(MODES),
    name: z.string(),
    prefix: described(z.string(), "The first characters of the key, to recognize it by."),
    read_only: z.boolean(),
    created_at: time,
    expires_at: nullableTime,
    last_used_on: described(
      z.nullable(z.iso.date()),
      "The last day (UTC) on which it was used, as far as known: a day's first use may be counted a minute late.",
    ),
  })
  .register(z.globalRegistry, { id: "ApiKey" });

export type ApiKeyView = DeepReadonly<z.output<typeof apiKeySchema>>;

export const newApiKeySchema = z
  .strictObject({ ...apiKeySchema.shape, key: described(z.string(), "The key itself. It is not shown again.") })
  .register(z.globalRegistry, { id: "NewApiKey" });

export type NewApiKeyView = DeepReadonly<z.output<typeof newApiKeySchema>>;

export const apiKeyListSchema = pageOf(apiKeySchema).register(z.globalRegistry, { id: "ApiKeyList" });

export type ApiKeyList = DeepReadonly<z.output<typeof apiKeyListSchema>>;
