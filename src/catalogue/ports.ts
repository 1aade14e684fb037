// What the catalogue needs from the provider. src/providers/aimlapi-catalogue.ts implements it.

import type { Model, ModelOperation } from "../core/models/model.ts";

/** The provider's answer. Sources never throw. */
export type Reading<T> =
  | {
      readonly kind: "read";
      readonly value: T;
      /** Identifies this version; null if the provider does not tell. */
      readonly etag: string | null;
    }
  /** The version with the given ETag is still the newest. */
  | { readonly kind: "unchanged" }
  | { readonly kind: "failed"; readonly message: string };

/** A model of the provider's list. */
export interface ListedModel extends Omit<Model, "retirement"> {
  /** Path and query of the document that describes the model's operation; null if there is none. */
  readonly document: string | null;
}

/** An announcement that a model ends. Times are in milliseconds since the Unix epoch. */
export interface AnnouncedRetirement {
  /** Id or alias of the model. */
  readonly model: string;
  readonly endsAt: number;
  /** Null if the provider does not tell. */
  readonly announcedAt: number | null;
  readonly replacement: string | null;
}

/** Each method takes the ETag of the last version, or null. */
export interface CatalogueSource {
  /** The video models, at least one. */
  models(etag: string | null): Promise<Reading<readonly ListedModel[]>>;
  retirements(etag: string | null): Promise<Reading<readonly AnnouncedRetirement[]>>;
  /** How the model with this id is called. */
  operation(id: string, document: string, etag: string | null): Promise<Reading<ModelOperation>>;
}
