// The account and mode of an API key.

import * as z from "zod/mini";
import { described } from "./fields.ts";
import type { DeepReadonly } from "./json.ts";
import { MODES } from "./words.ts";

export const accountSchema = z
  .strictObject({
    object: z.literal("account"),
    name: z.string(),
    mode: z.enum(MODES),
    read_only: described(
      z.optional(z.literal(true)),
      "Present if the API key is read-only: it cannot change anything or read secrets.",
    ),
  })
  .register(z.globalRegistry, { id: "Account" });

export type AccountView = DeepReadonly<z.output<typeof accountSchema>>;
