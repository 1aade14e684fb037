// Inputs given as data URIs can be megabytes: they are put aside for the provider and shown shortened everywhere else.

import type { JsonObject, JsonValue } from "../core/generation/record.ts";
import { DATA_URI } from "../providers/models.ts";

function isDataUri(value: JsonValue): value is string {
  return typeof value === "string" && DATA_URI.test(value);
}

export function dataUrisIn(value: JsonValue): string[] {
  if (typeof value !== "object" || value === null) return isDataUri(value) ? [value] : [];
  return Object.values(value).flatMap(dataUrisIn);
}

/** `data:video/mp4;base64,AAAA…` → `data:video/mp4;… (1234567 bytes)`, the bytes being those of the file. */
export function shortened(input: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [name, shorten(value)]));
}

function shorten(value: JsonValue): JsonValue {
  if (isDataUri(value)) return summary(value);
  if (Array.isArray(value)) return value.map(shorten);
  return typeof value === "object" && value !== null ? shortened(value as JsonObject) : value;
}

function summary(uri: string): string {
  const comma = uri.indexOf(",");
  const [type = ""] = uri.slice("data:".length, comma).split(";");
  return `data:${type};… (${payloadBytes(uri, comma)} bytes)`;
}

function payloadBytes(uri: string, comma: number): number {
  const payload = uri.length - comma - 1;
  if (!uri.slice(0, comma).toLowerCase().endsWith(";base64")) return payload - 2 * escapesIn(uri, comma);
  const padding = uri.endsWith("==") ? 2 : uri.endsWith("=") ? 1 : 0;
  return Math.floor((payload * 3) / 4) - padding;
}

/** Counted in place: a string of what is left takes hundreds of megabytes while it is made. */
function escapesIn(uri: string, from: number): number {
  let escapes = 0;
  for (let at = uri.indexOf("%", from); at !== -1; at = uri.indexOf("%", at + 1)) {
    if (isHexDigit(uri.charCodeAt(at + 1)) && isHexDigit(uri.charCodeAt(at + 2))) escapes++;
  }
  return escapes;
}

function isHexDigit(code: number): boolean {
  const lower = code | 0x20;
  return (code >= 0x30 && code <= 0x39) || (lower >= 0x61 && lower <= 0x66);
}
