// The models that requests may use.

import { modelDetailSchema, modelListSchema } from "../../../src/contract/models.ts";
import type { Descriptions } from "../operation.ts";

export const modelOperations: Descriptions = {
  "get /v1/models": {
    id: "listModels",
    summary: "List the models",
    tag: "Models",
    answers: { 200: { description: "OK", body: modelListSchema } },
    problems: [],
  },
  "get /v1/models/{id}": {
    id: "getModel",
    summary: "Read a model, with the fields of its input",
    details:
      "`id` can also be an alias. `input_schema` describes the fields that the model adds to the body of " +
      "`POST /v1/generations`. If it is null, all fields are passed on to the provider without validation.",
    tag: "Models",
    answers: { 200: { description: "OK", body: modelDetailSchema } },
    problems: ["not_found"],
  },
};
