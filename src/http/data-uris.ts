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

/** `data:video/mp4;base64,AAAA…` → `data:video/mp4;… (1234567 bytes)`: the size of the file, or of the text where that is not base64. */
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
  if (!uri.slice(0, comma).toLowerCase().endsWith(";base64")) return payload;
  const padding = uri.endsWith("==") ? 2 : uri.endsWith("=") ? 1 : 0;
  return Math.floor((payload * 3) / 4) - padding;
}
