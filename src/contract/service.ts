// The health of a deployment.

import * as z from "zod/mini";
import type { DeepReadonly } from "./json.ts";

export const healthSchema = z
  .strictObject({
    status: z.enum(["ok", "misconfigured"]),
    version: z.string(),
    /** Whether live requests can be served; test mode always can. */
    live: z.optional(z.enum(["ready", "provider_not_configured"])),
    /** "none" until the first API key is made; absent afterwards, and if it is not known. */
    api_keys: z.optional(z.literal("none")),
    /** What is missing or invalid. */
    problems: z.optional(z.array(z.strictObject({ setting: z.string(), message: z.string() }))),
  })
  .register(z.globalRegistry, { id: "Health" });

export type Health = DeepReadonly<z.output<typeof healthSchema>>;
