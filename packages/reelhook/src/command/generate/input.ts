// Puts the request together from the options.

import { MAX_REQUEST_BYTES } from "../../limits.ts";
import type { GenerationInput } from "../../types.ts";
import { badOption } from "../deployment-options.ts";
import { fieldValue, isObject, schemaOf, splitField } from "./field-values.ts";

/** The options that set a field of the request. */
export interface FieldOptions {
  readonly model?: string;
  readonly prompt?: string;
  readonly videoUrl?: string;
  readonly imageUrl?: string;
  readonly webhookUrl?: string;
  /** Each `name=value`. */
  readonly field?: readonly string[];
}

export interface InputOptions extends FieldOptions {
  /** A file with fields as JSON; `-` for standard input. */
  readonly input?: string;
}

/** What the API uses if a request names no model. */
export const DEFAULT_MODEL = "runway/gen4_aleph";

const FIELD_OF = {
  model: "model",
  prompt: "prompt",
  videoUrl: "video_url",
  imageUrl: "image_url",
  webhookUrl: "webhook_url",
} as const;

const OPTIONS = ["model", "prompt", "videoUrl", "imageUrl", "webhookUrl"] as const;

/** The given options that set the request, as they are written, such as `--video-url`. */
export function givenOptions(options: InputOptions): string[] {
  const given = [...OPTIONS, "field" as const, "input" as const].filter((name) => options[name] !== undefined);
  return given.map((name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
}

/** @throws CommandError unless the text is a JSON object. @param source where it is from, for the error. */
export function parseInput(text: string, source: string): Readonly<Record<string, unknown>> {
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch (cause) {
    throw badOption(`--input: ${source} is not JSON: ${cause instanceof Error ? cause.message : cause}`);
  }
  if (!isObject(input)) throw badOption(`--input: ${source} must be a JSON object with the fields of the request.`);
  return input;
}

/** The model whose schema decides how fields are read. */
export function modelIn(options: FieldOptions, base: Readonly<Record<string, unknown>>): string {
  const asField = (options.field ?? []).map(splitField).find(({ name }) => name === "model");
  const model = options.model ?? asField?.value ?? base["model"];
  return typeof model === "string" ? model : DEFAULT_MODEL;
}

/**
 * @param base the fields from `--input`, which options replace.
 * @param schema of the model's input; null if it is not known.
 * @throws CommandError if an option sets a field a second time, or if the request is too large.
 */
export function inputOf(
  options: FieldOptions,
  base: Readonly<Record<string, unknown>>,
  schema: unknown,
): GenerationInput {
  const set = new Map<string, unknown>();
  const add = (name: string, value: unknown) => {
    if (set.has(name)) throw badOption(`The field ${name} is given twice.`);
    set.set(name, value);
  };
  for (const option of OPTIONS) {
    if (options[option] !== undefined) add(FIELD_OF[option], options[option]);
  }
  for (const field of options.field ?? []) {
    const { name, value } = splitField(field);
    add(name, fieldValue(value, schemaOf(name, schema)));
  }
  const input = { ...base, ...Object.fromEntries(set) };
  if (Buffer.byteLength(JSON.stringify(input)) > MAX_REQUEST_BYTES)
    throw badOption("The request is larger than 32 MiB, with its local files in base64. Give https URLs of the files.");
  return input;
}
