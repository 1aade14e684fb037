// Merges the provider's two lists: its models, and their retirements.

import type { Model } from "../core/models/model.ts";
import type { Retirement } from "../core/models/retirement.ts";
import type { AnnouncedRetirement, ListedModel } from "./ports.ts";

export type CatalogueModel = ListedModel & Pick<Model, "retirement">;

/**
 * @param announced null if the announcements could not be read or have not changed: models keep their known retirement.
 * @param known the models before this read.
 * @param now the time of announcement for a new retirement if the provider does not state one.
 */
export function withRetirements(
  listed: readonly ListedModel[],
  announced: readonly AnnouncedRetirement[] | null,
  { known, now }: { readonly known: readonly CatalogueModel[]; readonly now: number },
): readonly CatalogueModel[] {
  const before = new Map(known.map(({ id, retirement }) => [id, retirement]));
  // Reversed, so that the first of several announcements for a model counts.
  const byModel = new Map(announced?.toReversed().map((each) => [each.model, each]));
  const retirementOf = ({ id, aliases }: ListedModel): Retirement | null => {
    if (announced === null) return before.get(id) ?? null;
    const found = [id, ...aliases].map((name) => byModel.get(name)).find((each) => each !== undefined);
    if (found === undefined) return null;
    const { endsAt, announcedAt, replacement } = found;
    return { endsAt, announcedAt: announcedAt ?? before.get(id)?.announcedAt ?? now, replacement };
  };
  return listed.map((model) => ({ ...model, retirement: retirementOf(model) }));
}
