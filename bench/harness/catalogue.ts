// The catalogue of the simulated provider: as many models as the real one has. All of them have the input of
// runway/gen4_aleph, so that requests differ only in where Reelhook finds the model.

const MODELS = 140;

/** A model that is not built in. */
export const CATALOGUE_MODEL = "bench/model-70";

const file = { type: "object", required: ["type", "url"], properties: { type: { enum: ["image"] }, url: uri() } };

const SCHEMA = {
  type: "object",
  required: ["model", "prompt", "video_url"],
  properties: {
    model: { type: "string" },
    prompt: { type: "string", maxLength: 1000 },
    video_url: uri(),
    references: { type: "array", items: file },
    frame_size: {
      type: "string",
      enum: ["1280:720", "720:1280", "1104:832", "832:1104", "960:960", "1584:672", "848:480", "640:480"],
      default: "1280:720",
    },
    duration: { type: "integer", enum: [5], default: 5 },
    seed: { type: "integer", minimum: 0, maximum: 4_294_967_295 },
  },
};

function uri() {
  return { type: "string", format: "uri" };
}

/** The provider's answer for this path; null if the path is not part of the catalogue. */
export function catalogueAnswer(path: string, origin: string): object | null {
  switch (path) {
    case "/v1/models":
      return { object: "list", data: Array.from({ length: MODELS }, (_, at) => entry(`bench/model-${at}`, origin)) };
    case "/v1/models/deprecations":
      return { data: [] };
    case "/docs-json":
      return {
        openapi: "3.0.0",
        paths: {
          "/v2/video/generations": {
            post: { requestBody: { content: { "application/json": { schema: SCHEMA } } } },
          },
        },
      };
    default:
      return null;
  }
}

function entry(id: string, origin: string) {
  const type = "internal/video-generations/submit";
  return {
    id,
    type,
    aliases: [`${id}-latest`],
    info: {
      name: `Model ${id}`,
      developer: "Bench",
      docsUrl: "https://docs.example.com/models",
      docsJson: `${origin}/docs-json?model=${encodeURIComponent(id)}&endpoint=${encodeURIComponent(type)}`,
    },
    modalities: { input: ["text", "video"], output: ["video"] },
    capabilities: ["video_to_video"],
    pricing: { kind: "fixed", units: [{ name: "video", measure: "second", price: 0.15, per: 1 }] },
  };
}
