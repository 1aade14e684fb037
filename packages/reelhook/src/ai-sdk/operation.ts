// What `doStart` returns and `doStatus` gets, perhaps in another process: the generation's id.

import type { JsonObject, JsonValue } from "./video-model.ts";

export function operationOf(id: string): JsonObject {
  return { id };
}

/** @throws TypeError if it is not an operation of Reelhook. */
export function idIn(operation: JsonValue): string {
  const id = typeof operation === "object" && operation !== null && "id" in operation ? operation["id"] : undefined;
  if (typeof id === "string" && /^gen_[0-9a-z]+$/.test(id)) return id;
  throw new TypeError(
    'The operation is not one of Reelhook\'s: it must be {"id": "gen_…"}, as experimental_startVideo returned it.',
  );
}
