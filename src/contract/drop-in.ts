// The provider's own shapes, which the drop-in paths answer with.

import * as z from "zod/mini";
import { time } from "./fields.ts";
import type { DeepReadonly } from "./json.ts";

const usage = z.strictObject({ credits_used: z.optional(z.number()), usd_spent: z.optional(z.number()) });

export const providerJobSchema = z
  .strictObject({
    id: z.string(),
    status: z.enum(["queued", "generating", "completed", "error"]),
    video: z.nullish(z.strictObject({ url: z.string() })),
    error: z.nullish(z.strictObject({ name: z.string(), message: z.string() })),
    meta: z.optional(z.strictObject({ usage })),
  })
  .register(z.globalRegistry, { id: "ProviderJob" });

export type ProviderJobView = DeepReadonly<z.output<typeof providerJobSchema>>;

export const providerErrorSchema = z
  .strictObject({
    message: z.string(),
    path: z.string(),
    requestId: z.string(),
    statusCode: z.int(),
    timestamp: time,
  })
  .register(z.globalRegistry, { id: "ProviderError" });

export type ProviderErrorView = DeepReadonly<z.output<typeof providerErrorSchema>>;
