// /v1/models: the models that requests may use.

import { type Json, toJson } from "../contract/json.ts";
import type { ModelList } from "../contract/models.ts";
import type { Model } from "../core/models/model.ts";
import { modelDetail, modelView } from "../core/models/view.ts";
import { unknownModel } from "./create-request.ts";
import { repeated } from "./error-limits.ts";
import { Problem } from "./problem.ts";
import { pathParameter, route, sendJson } from "./route.ts";

const PATH = "/v1/models";

const listModels = route({ method: "get", path: PATH }, async (c) =>
  sendJson(c, listJson(await c.get("gateways").models.list())),
);

const getModel = route({ method: "get", path: `${PATH}/{id}`, takesSlashes: true }, async (c) => {
  const name = pathParameter(c, "id");
  const found = await c.get("gateways").models.find(name);
  if (found.kind === "unknown") {
    throw new Problem("not_found", `${repeated(name)} ${unknownModel(found).message}.`);
  }
  return sendJson(c, toJson(modelDetail(found.model)));
});

export const modelRoutes = [listModels, getModel];

/** The JSON of each list. The gateway returns the same list until it reads a new one. */
const lists = new WeakMap<readonly Model[], Json<ModelList>>();

function listJson(models: readonly Model[]): Json<ModelList> {
  const known = lists.get(models);
  if (known !== undefined) return known;
  const json = toJson<ModelList>({ object: "list", data: models.map(modelView) });
  lists.set(models, json);
  return json;
}
