// The models that requests may use: the built-in ones, those of EXTRA_MODELS, and those of the provider's catalogue.

import { type Model, UNIVERSAL_PATH, type UsableModel } from "../core/models/model.ts";
import { BUILT_IN_MODELS } from "./built-in.ts";

/** Operations for the HTTP side. */
export interface Models {
  /** Every model, those of EXTRA_MODELS last. */
  list(): Promise<readonly Model[]>;
  /** Finds a model by its id or an alias. */
  find(name: string): Promise<FoundModel>;
  /** What is known of the model now, if that is newer; otherwise null. Asked before the model's schema refuses a field. */
  newer(model: UsableModel): Promise<UsableModel | null>;
  /** Reads what is old again, without waiting. */
  refresh(): void;
}

export type FoundModel =
  | { readonly kind: "found"; readonly model: UsableModel }
  | {
      readonly kind: "unknown";
      /** The ids most like it, best first, at most three. */
      readonly nearest: readonly string[];
      /** Why the provider's catalogue could not be read; null if it was. */
      readonly problem: string | null;
    };

/** The models known without asking the provider. */
export function knownModels(extraModels: readonly string[]): readonly UsableModel[] {
  return [...BUILT_IN_MODELS, ...extraModels.map(extraModel)];
}

function extraModel(id: string): UsableModel {
  const untold = { name: null, developer: null, capabilities: [], pricing: null, retirement: null, docsUrl: null };
  return { id, aliases: [], ...untold, path: UNIVERSAL_PATH, inputSchema: null };
}

/** Without a catalogue. */
export function modelsWithout(extraModels: readonly string[]): Models {
  const known = knownModels(extraModels);
  return {
    list: async () => known,
    async find(name) {
      const model = known.find(({ id }) => id === name);
      if (model !== undefined) return { kind: "found", model };
      return { kind: "unknown", nearest: known.map(({ id }) => id).slice(0, 3), problem: null };
    },
    newer: async () => null,
    refresh() {},
  };
}
