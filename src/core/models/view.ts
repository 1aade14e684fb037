// A model as callers see it.

import type { ModelDetail, ModelView } from "../../contract/models.ts";
import type { Model, UsableModel } from "./model.ts";
import { deprecatedView } from "./retirement.ts";

export const JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema";

export function modelView(model: Model): ModelView {
  const { id, name, developer, aliases, capabilities, pricing, retirement, docsUrl } = model;
  const deprecated = deprecatedView(retirement);
  return { id, object: "model", name, developer, aliases, capabilities, pricing, deprecated, docs_url: docsUrl };
}

export function modelDetail(model: UsableModel): ModelDetail {
  const schema = model.inputSchema === null ? null : { $schema: JSON_SCHEMA, ...model.inputSchema };
  return { ...modelView(model), input_schema: schema };
}
