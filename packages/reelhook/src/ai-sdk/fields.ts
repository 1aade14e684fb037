// Turns what the AI SDK asks for into the fields of a model. What the model has no field for becomes a warning.

import { type Mapped, mapFiles, unsupported } from "./file-fields.ts";
import { type Field, firstField, type InputSchema, isNumeric, USUAL_FIELDS } from "./input-schema.ts";
import { mapShape } from "./shape.ts";
import type { JsonValue, VideoRequest } from "./video-model.ts";

/**
 * Every option is either in `input` or has a warning, and `input` has only fields of the schema.
 *
 * @param schema null if the model's fields are not known: the usual names are used.
 * @throws RangeError if a number is not finite, or the files are too large to be sent in a request.
 */
export function mapFields(request: VideoRequest, schema: InputSchema | null): Mapped {
  const known = schema === null || isOpen(schema) ? USUAL_FIELDS : schema;
  const { prompt, duration, fps, seed, generateAudio, n } = request;
  const parts = [
    // Requests for models without a prompt have an empty one.
    single("prompt", prompt === "" ? undefined : prompt, firstField(known, ["prompt"])),
    mapFiles(request, known),
    mapShape(request, known),
    single("duration", duration, firstField(known, ["duration", "duration_seconds", "seconds"])),
    single("fps", fps, firstField(known, ["fps", "frames_per_second", "frame_rate"])),
    single("seed", seed, firstField(known, ["seed"])),
    single("generateAudio", generateAudio, firstField(known, ["generate_audio", "generate_audio_switch"])),
    { input: {}, warnings: n > 1 ? [unsupported("n", "A generation makes one video.")] : [] },
  ];
  return {
    input: Object.assign({}, ...parts.map(({ input }) => input)),
    warnings: parts.flatMap(({ warnings }) => warnings),
  };
}

function single(feature: string, value: JsonValue | undefined, field: Field | undefined): Mapped {
  if (value === undefined) return { input: {}, warnings: [] };
  // JSON would have null, for which a model can have a default.
  if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError(`${feature} is ${value}.`);
  if (field === undefined) {
    return { input: {}, warnings: [unsupported(feature, `The model has no field for ${feature}.`)] };
  }
  // Some models write numbers as text.
  const isText = typeof value === "number" && !isNumeric(field.schema);
  return { input: { [field.name]: isText ? String(value) : value }, warnings: [] };
}

/** Whether the schema names no field and allows any. */
function isOpen({ properties, anyOf, additionalProperties }: InputSchema): boolean {
  return properties === undefined && anyOf === undefined && additionalProperties !== false;
}
