// The provider's video models as callers see them.

import * as z from "zod/mini";
import { described, listOf } from "./fields.ts";
import type { DeepReadonly } from "./json.ts";

/** In USD. One unit costs `price` ÷ `per`. */
const rate = { price: z.number(), per: z.number() };

const pricing = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("fixed"),
    units: described(
      z.array(z.strictObject({ name: z.string(), measure: z.nullable(z.string()), ...rate })),
      "What is charged, each by its own measure, such as `second` or `video`.",
    ),
  }),
  z.strictObject({
    kind: z.literal("variants"),
    dimensions: described(z.array(z.string()), "The fields of the input that the price depends on."),
    variants: z.array(
      z.strictObject({
        when: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
        unit: z.string(),
        ...rate,
      }),
    ),
  }),
  /** Not known in advance. */
  z.strictObject({ kind: z.literal("variable") }),
]);

export type PricingView = DeepReadonly<z.output<typeof pricing>>;

/** The date (UTC) when a model is retired, and the id of the model to use instead. */
export const deprecated = z.strictObject({ on: z.iso.date(), replacement: z.nullable(z.string()) });

export type DeprecatedView = DeepReadonly<z.output<typeof deprecated>>;

/** Facts that the provider does not publish are null or empty. */
const modelFields = {
  id: z.string(),
  object: z.literal("model"),
  name: z.nullable(z.string()),
  developer: z.nullable(z.string()),
  aliases: described(z.array(z.string()), "Other ids that requests may use for this model."),
  capabilities: described(z.array(z.string()), "In the provider's words, such as `text_to_video`."),
  pricing: z.nullable(pricing),
  deprecated: described(z.nullable(deprecated), "Null if no retirement is announced."),
  docs_url: z.nullable(z.string()),
};

/** A model in the list. */
export const modelSchema = z.strictObject(modelFields).register(z.globalRegistry, { id: "Model" });

export type ModelView = DeepReadonly<z.output<typeof modelSchema>>;

export const modelListSchema = listOf(modelSchema).register(z.globalRegistry, { id: "ModelList" });

export type ModelList = DeepReadonly<z.output<typeof modelListSchema>>;

export const modelDetailSchema = z
  .strictObject({
    ...modelFields,
    input_schema: described(
      z.nullable(z.record(z.string(), z.unknown())),
      "JSON Schema 2020-12 of the model's own fields. Null if it is unknown: any input is then passed on.",
    ),
  })
  .register(z.globalRegistry, { id: "ModelDetail" });

export type ModelDetail = DeepReadonly<z.output<typeof modelDetailSchema>>;
