// A video model of the provider.

import type { PricingView } from "../../contract/models.ts";
import type { InputSchema } from "./input-schema.ts";
import type { Retirement } from "./retirement.ts";

export interface Model {
  readonly id: string;
  /** For display. Null if the provider does not publish one. */
  readonly name: string | null;
  readonly developer: string | null;
  /** Other ids that requests may use for this model. */
  readonly aliases: readonly string[];
  /** In the provider's words, such as `text_to_video`. */
  readonly capabilities: readonly string[];
  readonly pricing: PricingView | null;
  /** Null if none is announced. */
  readonly retirement: Retirement | null;
  readonly docsUrl: string | null;
}

/** How to call a model: the path and the schema of its input. */
export interface ModelOperation {
  /** The provider's path for submitting and polling. */
  readonly path: string;
  /** Schema of the model's own fields. Null if it is unknown: any input is then passed on. */
  readonly inputSchema: InputSchema | null;
}

/** A model with everything that a request for it needs. */
export type UsableModel = Model & ModelOperation;

/** A model of which only the id is known. */
export function modelWithoutFacts(id: string): Model {
  return {
    id,
    name: null,
    developer: null,
    aliases: [],
    capabilities: [],
    pricing: null,
    retirement: null,
    docsUrl: null,
  };
}

/** The provider's path for submitting and polling any video model. */
export const UNIVERSAL_PATH = "/v2/video/generations";

/** The provider's older path for `runway/gen4_aleph`, which it keeps for existing clients. */
export const RUNWAY_PATH = "/v2/generate/video/runway/generation";

export const DEFAULT_MODEL = "runway/gen4_aleph";
