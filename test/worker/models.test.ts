// GET /v1/models and GET /v1/models/{id} in the Worker, where the provider has no catalogue.

import { expect, it } from "vitest";
import type { ModelDetail, ModelList } from "../../src/contract/models.ts";
import { call, LIVE, TEST } from "./support.ts";

const RUNWAY = ["runway/gen4_aleph", "runway/gen4_turbo", "gen3a_turbo", "runway/act_two"];

it.each([
  ["live", LIVE],
  ["test", TEST],
])("the list has the built-in models first, in %s mode", async (_, key) => {
  const response = await call("/v1/models", { key });
  expect(response.status).toBe(200);
  const { data } = await response.json<ModelList>();
  expect(data.slice(0, 4).map(({ id }) => id)).toEqual(RUNWAY);
  expect(data.map(({ id }) => id)).toContain("vendor/new-model");
});

it.each(RUNWAY)("a built-in model has the schema of its input: %s", async (id) => {
  for (const path of [id, encodeURIComponent(id)]) {
    const response = await call(`/v1/models/${path}`);
    expect(response.status).toBe(200);
    const model = await response.json<ModelDetail>();
    expect(model).toMatchObject({ id, developer: "Runway", deprecated: null });
    expect(model.input_schema).toMatchObject({ type: "object", additionalProperties: false });
  }
});

it("an unknown model is 404, and similar ones are suggested", async () => {
  const response = await call("/v1/models/runway/gen4_alef");
  expect(response.status).toBe(404);
  const { code, detail } = await response.json<{ code: string; detail: string }>();
  expect(code).toBe("not_found");
  expect(detail).toContain("runway/gen4_aleph");
});
