// Decides which field of a model takes which file. Models name the same thing differently, so each role has a list of
// names, the most specific first.

import { checkSize, type FileKind, kindOf, uriOf } from "./files.ts";
import { fieldOf, type InputSchema, isList, isText } from "./input-schema.ts";
import type { JsonObject, JsonValue, VideoFile, VideoRequest, Warning } from "./video-model.ts";

/** A dot leads to a field of an object. */
const FIRST_FRAME = [
  "image_url",
  "first_frame_image",
  "first_frame_image_url",
  "first_frame_url",
  "start_image_url",
  "keyframes.frame0",
  "character",
];
const LAST_FRAME = [
  "last_image_url",
  "tail_image_url",
  "last_frame_image",
  "last_frame_image_url",
  "last_frame_url",
  "end_image_url",
  "keyframes.frame1",
];
const REFERENCE_IMAGES = [
  "reference_image_urls",
  "reference_images",
  "image_urls",
  "image_list",
  "references",
  "reference_image_url",
];
const SOURCE_VIDEO = ["video_url", "character", "video_urls"];
const REFERENCE_VIDEOS = ["reference_video_urls", "video_urls", "video_url", "reference"];

export interface Mapped {
  readonly input: JsonObject;
  readonly warnings: readonly Warning[];
}

/** @throws RangeError if the files are too large to be sent in a request. */
export function mapFiles(
  { image, frameImages = [], inputReferences = [] }: Pick<VideoRequest, "image" | "frameImages" | "inputReferences">,
  schema: InputSchema,
): Mapped {
  const [firstFrame, ...otherFirst] = frameImages.filter(({ frameType }) => frameType === "first_frame");
  const [lastFrame, ...otherLast] = frameImages.filter(({ frameType }) => frameType === "last_frame");
  // The SDK passes the first frame as the image, too.
  const first = firstFrame?.image ?? image;
  checkSize([first, lastFrame?.image, ...inputReferences].filter((file) => file !== undefined));
  const fields = new FileFields(schema);
  const warnings = [
    ...(first === undefined ? [] : placeFirst(first, fields, firstFrame === undefined ? "image" : "frameImages")),
    ...(lastFrame === undefined || fields.place(lastFrame.image, LAST_FRAME) !== null
      ? []
      : [unsupported("frameImages", "The model has no field for a last frame.")]),
    ...(otherFirst.length + otherLast.length === 0
      ? []
      : [unsupported("frameImages", "Only one first and one last frame are sent.")]),
    ...placeReferences(inputReferences, fields),
  ];
  return { input: fields.input, warnings };
}

export function unsupported(feature: string, details: string): Warning {
  return { type: "unsupported", feature, details };
}

function placeFirst(file: VideoFile, fields: FileFields, feature: string): readonly Warning[] {
  const kind = kindOf(file);
  // A URL that could be either goes where the model takes a file at all.
  const names = [...(kind === "video" ? [] : FIRST_FRAME), ...(kind === "image" ? [] : SOURCE_VIDEO)];
  if (fields.place(file, names) !== null) return [];
  const reference = kind === "video" ? null : fields.place(file, REFERENCE_IMAGES);
  if (reference === null) {
    return [unsupported(feature, `The model has no field for a ${kind === "video" ? "video" : "first frame"}.`)];
  }
  const details = `The model has no field for a first frame. The image is sent as a reference, in ${reference}.`;
  return [{ type: "compatibility", feature, details }];
}

function placeReferences(files: readonly VideoFile[], fields: FileFields): readonly Warning[] {
  const left = files.filter((file) => {
    const kind = kindOf(file);
    const names = [...(kind === "video" ? [] : REFERENCE_IMAGES), ...(kind === "image" ? [] : REFERENCE_VIDEOS)];
    return fields.place(file, names) === null;
  });
  const videos = left.filter((file) => kindOf(file) === "video").length;
  return [
    ...leftOut(left.length - videos, "image", fields.has(REFERENCE_IMAGES)),
    ...leftOut(videos, "video", fields.has(REFERENCE_VIDEOS)),
  ];
}

function leftOut(count: number, kind: FileKind, hasField: boolean): readonly Warning[] {
  if (count === 0) return [];
  const details = hasField
    ? `The model takes only one reference ${kind}. Left out: ${count}.`
    : `The model has no field for reference ${kind}s.`;
  return [unsupported("inputReferences", details)];
}

/** Collects the values of file fields. A field that is not a list takes one file. */
class FileFields {
  readonly input: JsonObject = {};
  readonly #schema: InputSchema;

  constructor(schema: InputSchema) {
    this.#schema = schema;
  }

  has(names: readonly string[]): boolean {
    return names.some((name) => this.#schemaOf(name) !== undefined);
  }

  /** @returns the name of the field that takes the file; null if none does. */
  place(file: VideoFile, names: readonly string[]): string | null {
    for (const name of names) {
      const schema = this.#schemaOf(name);
      if (schema !== undefined && this.#set(name, schema, file)) return name;
    }
    return null;
  }

  #schemaOf(path: string): InputSchema | undefined {
    return path
      .split(".")
      .reduce<InputSchema | undefined>((schema, name) => schema && fieldOf(schema, name), this.#schema);
  }

  #set(path: string, schema: InputSchema, file: VideoFile): boolean {
    const [name = "", inner] = path.split(".");
    const current = this.input[name];
    if (isList(schema)) {
      const value = fileValue(schema.items ?? {}, file);
      if (value === undefined) return false;
      this.input[name] = [...(Array.isArray(current) ? current : []), value];
      return true;
    }
    if (inner === undefined && current !== undefined) return false;
    const value = fileValue(schema, file);
    if (value === undefined) return false;
    this.input[name] = inner === undefined ? value : { ...objectIn(current), [inner]: value };
    return true;
  }
}

/** The file in the form that the schema describes: its URI, or an object with its URI. Undefined if it takes neither. */
function fileValue(schema: InputSchema, file: VideoFile): JsonValue | undefined {
  if (schema.anyOf !== undefined) {
    for (const alternative of schema.anyOf) {
      const value = fileValue(alternative, file);
      if (value !== undefined) return value;
    }
    return undefined;
  }
  const kind = kindOf(file);
  const url = fieldOf(schema, "url");
  if (url === undefined) {
    const isOther = kind !== null && schema.contentMediaType?.startsWith(kind) === false;
    return isText(schema) && !isOther && schema.properties === undefined ? uriOf(file) : undefined;
  }
  const type = fieldOf(schema, "type");
  if (type === undefined) return { url: uriOf(file) };
  const [named = kind ?? "image"] = kind === null ? (type.enum ?? []) : [kind];
  return type.enum === undefined || type.enum.includes(named) ? { type: named, url: uriOf(file) } : undefined;
}

function objectIn(value: JsonValue | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
