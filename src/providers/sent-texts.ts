// Lists texts and URLs that the caller sent, to recognize them in the provider's answers.

import type { JsonObject, JsonValue } from "../core/json.ts";

/** All texts in a value. */
export function textsIn(value: JsonValue): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

/** The `http:` and `https:` URLs that the caller sent, both unchanged and normalized. */
export function urlsIn(input: JsonObject): ReadonlySet<string> {
  const urls = textsIn(input).filter((text) => /^\s*https?:/i.test(text) && URL.canParse(text));
  return new Set(urls.flatMap((url) => [url, new URL(url).href]));
}
