// A small catalogue in the shape of the API's answers. The playground shows its models, which the Worker of the tests
// lacks.

import type { Page } from "playwright-core";
import type { ModelDetail } from "../../src/contract/models.ts";
import { shownModel } from "../support/models.ts";

const URL_TEXT = { type: "string", format: "uri" };
const SHOT = {
  type: "object",
  properties: { prompt: { type: "string" }, seconds: { type: "integer", minimum: 1 } },
  required: ["prompt"],
  additionalProperties: false,
};

function frame(type: string, fields: object) {
  const properties = { type: { type: "string", enum: [type] }, ...fields };
  return { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
}

function model(id: string, name: string, developer: string, more: Partial<ModelDetail> = {}): ModelDetail {
  return shownModel(id, { name, developer, capabilities: ["text_to_video"], ...more });
}

/** A model with a field of each kind that occurs in the schemas of other developers. */
export const EVERYTHING = model("acme/everything", "Everything", "Acme Motion", {
  capabilities: ["text_to_video", "image_to_video"],
  input_schema: {
    type: "object",
    properties: {
      old_ratio: { type: "string", enum: ["1:1"], deprecated: true },
      image_url: {
        anyOf: [URL_TEXT, { type: "array", items: URL_TEXT, maxItems: 2 }],
        description: "The first frame.",
      },
      shots: { type: ["array", "null"], items: SHOT, minItems: 1, maxItems: 3 },
      camera: { type: "object", properties: { zoom: { type: "number", minimum: -10, maximum: 10 } } },
      frame: { anyOf: [frame("image", { url: URL_TEXT }), frame("job", { id: { type: "string" } })] },
      duration: { type: "integer", enum: [5, 10], default: 5 },
      sound: { type: "boolean", default: true },
      tags: {},
      prompt: { type: "string" },
    },
    required: ["prompt", "image_url"],
    additionalProperties: false,
  },
});

export const ENDING = model("acme/ending", "Ending", "Acme Motion", {
  deprecated: { on: "2099-03-31", replacement: EVERYTHING.id },
  input_schema: { type: "object", properties: { image_url: URL_TEXT }, required: ["image_url"] },
});

export const FREE = model("labs/free", "Free", "Some Labs");

const FILLERS = Array.from({ length: 147 }, (_, at) => model(`filler/model-${at}`, `Filler ${at}`, "Filler"));

const CATALOGUE = [...FILLERS, EVERYTHING, ENDING, FREE];

/** Adds the catalogue to the models of the Worker. Requests for other models are answered by the Worker. */
export async function playCatalogue(page: Page): Promise<void> {
  await page.route("**/v1/models", async (route) => {
    const { data } = await (await route.fetch()).json();
    const added = CATALOGUE.map(({ input_schema: _, ...listed }) => listed);
    const others = data.filter(({ id }: ModelDetail) => added.every((each) => each.id !== id));
    await route.fulfill({ json: { object: "list", data: [...others, ...added] } });
  });
  await page.route("**/v1/models/*", async (route) => {
    const id = decodeURIComponent(new URL(route.request().url()).pathname.split("/").at(-1) ?? "");
    const found = CATALOGUE.find((each) => each.id === id);
    await (found === undefined ? route.fallback() : route.fulfill({ json: found }));
  });
}
