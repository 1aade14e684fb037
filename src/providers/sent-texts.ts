// What the caller sent, to recognize it in an answer of the provider.

import type { JsonObject, JsonValue } from "../core/generation/record.ts";

/** All texts in a value. */
export function textsIn(value: JsonValue): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

/** The URLs that the caller sent, as they are and in normalized form. Files in the form of data URIs are left out. */
export function urlsIn(input: JsonObject): ReadonlySet<string> {
  const urls = textsIn(input).filter((text) => /^\s*https?:/i.test(text) && URL.canParse(text));
  return new Set(urls.flatMap((url) => [url, new URL(url).href]));
}
