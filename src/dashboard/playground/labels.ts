// Words for the API's field names.

import type { Schema } from "./schema.ts";

const ABBREVIATIONS = new Set(["ai", "api", "cfg", "exr", "fps", "hd", "hdr", "id", "ids", "tts", "uri", "url"]);

/** A longer title is a description. */
const MAX_TITLE = 40;

/**
 * The label of a field, such as `Negative prompt` for `negative_prompt`. What a URL leads to is named without "URL":
 * `Videos` for `video_urls`.
 *
 * @param title title in the schema. Most are made from the name ("Video Url") and then not used.
 */
export function labelOf(name: string, title = ""): string {
  const said = title.trim();
  const isOwn = said !== "" && said.length <= MAX_TITLE && compact(said) !== compact(name);
  if (isOwn) return said;
  const words = name.split(/[^\p{L}\p{N}.]+/u).filter((word) => word !== "");
  const [last = "", ...before] = words.toReversed();
  const isLink = /^ur[il]s?$/i.test(last) && before.length > 0;
  const shown = isLink ? before.toReversed() : words;
  const text = shown.map((word) => (ABBREVIATIONS.has(word.toLowerCase()) ? word.toUpperCase() : word)).join(" ");
  if (text === "") return name;
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${isLink && /s$/i.test(last) ? "s" : ""}`;
}

function compact(text: string): string {
  return text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "");
}

/** The field names and indices in a JSON Pointer. */
function tokensOf(pointer: string): readonly string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Escapes a name for a JSON Pointer. */
export function tokenOf(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** The top-level field of a JSON Pointer; empty if it points at the whole request. */
export function fieldOf(pointer: string): string {
  return tokensOf(pointer)[0] ?? "";
}

export interface FieldName {
  /** Such as `Shots 1, prompt`. */
  readonly label: string;
  /** The field as code names it, such as `shots[0].prompt`. */
  readonly path: string;
}

/** The name of the field that a JSON Pointer points at. @param schema schema of the object with the field. */
export function nameAt(pointer: string, schema: Schema): FieldName {
  let inner: Schema | undefined = schema;
  let label = "";
  let path = "";
  for (const token of tokensOf(pointer)) {
    const isIndex = /^\d+$/.test(token) && path !== "";
    inner = inner && childOf(inner, token);
    const own = isIndex ? String(Number(token) + 1) : labelOf(token, inner?.title);
    label += label === "" ? own : isIndex ? ` ${own}` : `, ${inSentence(own)}`;
    path += isIndex ? `[${token}]` : path === "" ? token : `.${token}`;
  }
  return { label, path };
}

/** In lower case, unless it begins with an abbreviation. */
function inSentence(label: string): string {
  return /^\p{Lu}{2}/u.test(label) ? label : `${label.charAt(0).toLowerCase()}${label.slice(1)}`;
}

function childOf({ properties, items, anyOf = [], oneOf = [] }: Schema, token: string): Schema | undefined {
  const own = /^\d+$/.test(token) ? items : undefined;
  const found = properties !== undefined && Object.hasOwn(properties, token) ? properties[token] : own;
  if (found !== undefined) return found;
  for (const each of [...anyOf, ...oneOf]) {
    const within = childOf(each, token);
    if (within !== undefined) return within;
  }
  return undefined;
}
