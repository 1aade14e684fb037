// Reads the provider's list of models: https://docs.aimlapi.com/api-references/service-endpoints/complete-model-list
// Values of the wrong type become null or empty, and unknown fields are ignored. The reader never throws.

import type { ListedModel } from "../catalogue/ports.ts";
import { readPricing } from "./aimlapi-pricing.ts";
import { type Fields, fieldsOf } from "./json-fields.ts";
import { idIn, listIn, textIn } from "./json-text-fields.ts";

/** The provider has more than 400 models, about 140 of them for videos. */
const MAX_MODELS = 1_000;

/** Maximum number of entries read, including models that are not for video. */
const MAX_ENTRIES = 10_000;

const MAX_ALIASES = 20;
const MAX_CAPABILITIES = 50;
const MAX_URL = 1_000;

/** @returns the video models; null if there are none, or if this is not a list of models. */
export function readModels(answer: unknown): readonly ListedModel[] | null {
  const entries = listIn(Array.isArray(answer) ? answer : listOf(fieldsOf(answer) ?? {}), MAX_ENTRIES);
  const read = entries
    .map(fieldsOf)
    .filter((entry) => entry !== null)
    .filter(isForVideos)
    .map(readModel)
    .filter((model) => model !== null);
  const ids = new Map(read.toReversed().map((model) => [model.id, model]));
  const names = new Set(ids.keys());
  const models: ListedModel[] = [];
  for (const model of read) {
    if (ids.get(model.id) !== model) continue;
    // A model's id takes precedence over another model's alias.
    const aliases = model.aliases.filter((alias) => !names.has(alias));
    for (const alias of aliases) names.add(alias);
    models.push({ ...model, aliases: [...new Set(aliases)] });
    if (models.length === MAX_MODELS) break;
  }
  return models.length === 0 ? null : models;
}

/** The list is called `data`. Other names are tried in case that changes. */
function listOf({ data, models, items }: Fields): unknown {
  return [data, models, items].find(Array.isArray);
}

/** The provider may ignore the filters of the request. */
function isForVideos({ type, modalities }: Fields): boolean {
  const outputs = listIn([fieldsOf(modalities)?.["output"] ?? []].flat(), MAX_CAPABILITIES);
  if (outputs.length > 0) return outputs.some((output) => typeof output === "string" && /^video$/i.test(output));
  return typeof type !== "string" || /video/i.test(type);
}

function readModel(entry: Fields): ListedModel | null {
  const id = idIn(entry["id"]);
  if (id === null) return null;
  const info = fieldsOf(entry["info"]) ?? {};
  return {
    id,
    name: textIn(info["name"]),
    developer: textIn(info["developer"]),
    aliases: listIn(entry["aliases"], MAX_ALIASES)
      .map(idIn)
      .filter((alias) => alias !== null),
    capabilities: listIn(entry["capabilities"], MAX_CAPABILITIES)
      .map(textIn)
      .filter((capability) => capability !== null),
    pricing: readPricing(entry["pricing"]),
    docsUrl: urlIn(info["docsUrl"])?.href ?? null,
    document: documentIn(info["docsJson"]),
  };
}

function urlIn(value: unknown): URL | null {
  const url = typeof value === "string" && value.length <= MAX_URL ? URL.parse(value) : null;
  return url?.protocol === "https:" || url?.protocol === "http:" ? url : null;
}

/** Path and query of the document. Its host is ignored, so that only the provider is called. */
function documentIn(value: unknown): string | null {
  const isRelative = typeof value === "string" && value.startsWith("/") && value.length <= MAX_URL;
  const url = isRelative ? URL.parse(value, "https://any.example") : urlIn(value);
  return url === null ? null : `${url.pathname}${url.search}`;
}
