// The models that the screenshots show, with invented prices.

import { type Catalogue, documentOf, listAnswer, listed } from "../support/catalogue.ts";

const FIELDS = {
  prompt: { type: "string", maxLength: 1000 },
  image_url: { type: "string", format: "uri", description: "The first frame." },
  duration: { type: "integer", enum: [5, 10], default: 5, description: "In seconds." },
  aspect_ratio: { type: "string", enum: ["16:9", "9:16", "1:1"], default: "16:9" },
};

const MODELS = [
  ["runway/gen4_turbo", "Runway Gen-4 Turbo", "Runway", 0.05],
  ["kling-video/v2.5/pro", "Kling 2.5 Pro", "Kling AI", 0.07],
  ["google/veo-3.1", "Veo 3.1", "Google", 0.2],
] as const;

export function catalogue(): Catalogue {
  const list = MODELS.map(([id, name, developer, price]) =>
    listed(id, {
      info: { name, developer },
      capabilities: ["image_to_video"],
      pricing: { kind: "fixed", units: [{ name: "video", measure: "second", price, per: 1 }] },
    }),
  );
  const documents = MODELS.map(([id]) => [id, [{ body: documentOf(id, FIELDS) }]] as const);
  return { models: [listAnswer(list)], deprecations: [], documents: Object.fromEntries(documents) };
}
