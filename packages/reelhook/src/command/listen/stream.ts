// Reads callbacks from the stream of events.

import { jsonIn, type ServerSentEvent } from "../../event-stream.ts";
import { isEventType } from "./options.ts";
import { type Callback, messageId } from "./signing.ts";

/**
 * @returns null for an event that no webhook gets; "outdated" if the deployment does not send bodies.
 * @throws ReelhookError if the data is not JSON.
 */
export function callbackIn(sent: ServerSentEvent): Callback | "outdated" | null {
  const { type, data } = sent;
  if (!isEventType(type)) return null;
  const event: unknown = jsonIn(sent);
  // Without bodies, an event has no `type`.
  if (!isBody(event)) return "outdated";
  return { id: messageId(event.data.id, type), type, generationId: event.data.id, body: data };
}

function isBody(event: unknown): event is { readonly type: string; readonly data: { readonly id: string } } {
  if (typeof event !== "object" || event === null || !("type" in event && "data" in event)) return false;
  const { data } = event;
  return typeof data === "object" && data !== null && "id" in data && typeof data.id === "string";
}
