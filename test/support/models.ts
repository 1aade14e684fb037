// Models for tests.

import { type FoundModel, knownModels, type Models } from "../../src/catalogue/models.ts";
import type { UsableModel } from "../../src/core/models/model.ts";

/** The built-in models, and `vendor/new`, whose input is not checked. */
export const KNOWN_MODELS = knownModels(["vendor/new"]);

/** @param newer what is known of a model by now. */
export function fixedModels(
  models: readonly UsableModel[] = KNOWN_MODELS,
  newer: (model: UsableModel) => UsableModel | null = () => null,
): Models {
  return {
    list: async () => models,
    find: async (name) => findAmong(models, name),
    newer: async (model) => newer(model),
    refresh() {},
  };
}

function findAmong(models: readonly UsableModel[], name: string): FoundModel {
  const model = models.find(({ id }) => id === name);
  if (model !== undefined) return { kind: "found", model };
  return { kind: "unknown", nearest: models.map(({ id }) => id).slice(0, 3), problem: null };
}
