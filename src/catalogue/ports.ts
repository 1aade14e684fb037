// The interface through which the catalogue reads the provider. src/providers/aimlapi-catalogue.ts implements it.

import type { Model, ModelOperation } from "../core/models/model.ts";

/** The outcome of a read. */
export type Reading<T> =
  | {
      readonly kind: "read";
      readonly value: T;
      /** Null if the answer has none that can be sent back. */
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

/** A retirement as the provider announces it. Times are in milliseconds since the Unix epoch. */
export interface AnnouncedRetirement {
  /** Id or alias of the model. */
  readonly model: string;
  readonly endsAt: number;
  /** Null if the provider does not say. */
  readonly announcedAt: number | null;
  readonly replacement: string | null;
}

/** Each method takes the ETag of the last version, or null. They never throw. */
export interface CatalogueSource {
  /** Origin that it reads from. Null if AIMLAPI_BASE_URL is invalid. */
  readonly origin: string | null;
  /** The video models, at least one. */
  models(etag: string | null): Promise<Reading<readonly ListedModel[]>>;
  retirements(etag: string | null): Promise<Reading<readonly AnnouncedRetirement[]>>;
  /** @param document path and query of the model's document. */
  operation(id: string, document: string, etag: string | null): Promise<Reading<ModelOperation>>;
}
