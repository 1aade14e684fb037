// The account and mode of an API key.

import * as z from "zod/mini";
import type { DeepReadonly } from "./json.ts";
import { MODES } from "./words.ts";

export const accountSchema = z
  .strictObject({ object: z.literal("account"), name: z.string(), mode: z.enum(MODES) })
  .register(z.globalRegistry, { id: "Account" });

export type AccountView = DeepReadonly<z.output<typeof accountSchema>>;
