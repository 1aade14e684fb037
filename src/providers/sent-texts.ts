// What the caller sent, to recognize it in an answer of the provider.

import type { JsonObject, JsonValue } from "../core/generation/record.ts";

/** All texts in a value. */
export function textsIn(value: JsonValue): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

/** Whether the caller sent this URL, which is in normalized form. */
export function isSent(url: string, input: JsonObject): boolean {
  return textsIn(input).some((text) => text === url || (URL.canParse(text) && new URL(text).href === url));
}
