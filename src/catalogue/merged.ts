// Merges the catalogue's models with the built-in ones.

import type { Model, UsableModel } from "../core/models/model.ts";
import { BUILT_IN_MODELS } from "./built-in.ts";
import type { CatalogueModel } from "./retirements.ts";

export const BUILT_IN: ReadonlyMap<string, UsableModel> = new Map(BUILT_IN_MODELS.map((model) => [model.id, model]));

/** Built-in models as the catalogue describes them, with missing facts filled in. */
const filled = new WeakMap<CatalogueModel, Model>();

function withBuiltIn(model: CatalogueModel): Model {
  const builtIn = BUILT_IN.get(model.id);
  if (builtIn === undefined) return model;
  const known = filled.get(model);
  if (known !== undefined) return known;
  const { name, developer, capabilities, pricing, docsUrl } = model;
  const whole = {
    ...model,
    name: name ?? builtIn.name,
    developer: developer ?? builtIn.developer,
    capabilities: capabilities.length === 0 ? builtIn.capabilities : capabilities,
    pricing: pricing ?? builtIn.pricing,
    docsUrl: docsUrl ?? builtIn.docsUrl,
  };
  filled.set(model, whole);
  return whole;
}

export class MergedModels {
  /** The built-in models first, then the others in the provider's order. */
  readonly all: readonly Model[];
  readonly #listed = new Map<string, Model>();
  readonly #byName = new Map<string, Model>();

  constructor(catalogue: readonly CatalogueModel[]) {
    for (const model of catalogue) this.#listed.set(model.id, withBuiltIn(model));
    const builtIn = BUILT_IN_MODELS.map((model) => this.#listed.get(model.id) ?? model);
    this.all = [...new Set([...builtIn, ...this.#listed.values()])];
    for (const model of this.all) for (const alias of model.aliases) this.#byName.set(alias, model);
    // An id takes precedence over another model's alias.
    for (const model of this.all) this.#byName.set(model.id, model);
  }

  /** The model with this id or alias. */
  find(name: string): Model | undefined {
    return this.#byName.get(name);
  }

  /** The model with this id, if the catalogue has it. */
  listed(id: string): Model | undefined {
    return this.#listed.get(id);
  }
}

const ofCatalogue = new WeakMap<readonly CatalogueModel[], MergedModels>();
const WITHOUT_CATALOGUE = new MergedModels([]);

/** @param catalogue null if it has never been read. */
export function mergedModels(catalogue: readonly CatalogueModel[] | null): MergedModels {
  if (catalogue === null) return WITHOUT_CATALOGUE;
  const known = ofCatalogue.get(catalogue);
  if (known !== undefined) return known;
  const merged = new MergedModels(catalogue);
  ofCatalogue.set(catalogue, merged);
  return merged;
}
