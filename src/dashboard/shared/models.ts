// Loads and searches the models for the playground, and describes them in words.

import type { DeprecatedView, ModelDetail, ModelView } from "../../contract/models.ts";
import type { Client } from "./api.ts";

const known = new WeakMap<Client, Map<string, ModelDetail>>();

/** Reads each model once. @throws ApiError */
export async function modelOf(client: Client, id: string): Promise<ModelDetail> {
  const models = known.get(client) ?? new Map<string, ModelDetail>();
  known.set(client, models);
  const model = models.get(id) ?? (await client.getModel(id));
  models.set(id, model);
  return model;
}

/** The models that have every word of the query in their id, name, developer, aliases or capabilities, best first. */
export function matching(models: readonly ModelView[], query: string): readonly ModelView[] {
  const wanted = plain(query);
  const words = wanted.split(" ");
  const ranked = models.flatMap((model) => {
    const { id, name, developer, aliases, capabilities } = model;
    const text = plain([id, name, developer, ...aliases, ...capabilities].join(" "));
    if (!words.every((word) => text.includes(word))) return [];
    const isNamed = [id, ...aliases].some((each) => plain(each) === wanted);
    return [{ model, rank: isNamed ? 0 : text.includes(wanted) ? 1 : 2 }];
  });
  return ranked.sort((one, other) => one.rank - other.rank).map(({ model }) => model);
}

/** Lower case, with spaces between words: ids and capabilities separate words in different ways. */
function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, " ")
    .trim();
}

/** Developer and capabilities in words. */
export function factsOf({ developer, capabilities }: ModelView): string {
  const able = capabilities.map((each) => each.replaceAll("_", " ")).join(", ");
  return [developer ?? "", able].filter((part) => part !== "").join(" · ");
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Whether the last day of a model is over. */
export function hasEnded({ on }: DeprecatedView, now: number): boolean {
  return now >= Date.parse(on) + DAY_MS;
}
