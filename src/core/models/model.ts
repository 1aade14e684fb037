// A video model of the provider.

import type { PricingView } from "../../contract/models.ts";
import type { InputSchema } from "./input-schema.ts";
import type { Retirement } from "./retirement.ts";

export type { Retirement } from "./retirement.ts";

export interface Model {
  readonly id: string;
  /** For people. Null if the provider does not tell. */
  readonly name: string | null;
  readonly developer: string | null;
  /** Other ids that requests may use. */
  readonly aliases: readonly string[];
  /** In the provider's words, such as `text_to_video`. */
  readonly capabilities: readonly string[];
  readonly pricing: PricingView | null;
  /** Null if the model is not known to end. */
  readonly retirement: Retirement | null;
  readonly docsUrl: string | null;
}

/** How a model is called: where, and with what. */
export interface ModelOperation {
  /** The provider's path for submitting and polling. */
  readonly path: string;
  /** Schema of the model's own fields; null if it is unknown, so that any input is passed on. */
  readonly inputSchema: InputSchema | null;
}

/** A model that requests may use. */
export type UsableModel = Model & ModelOperation;

/** Submits and polls any video model. */
export const UNIVERSAL_PATH = "/v2/video/generations";

/** Submits and polls `runway/gen4_aleph`. The provider keeps this path for old clients. */
export const RUNWAY_PATH = "/v2/generate/video/runway/generation";

export const DEFAULT_MODEL = "runway/gen4_aleph";
