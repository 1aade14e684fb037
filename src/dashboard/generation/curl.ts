// The request that created a generation, as a command.

import type { GenerationView } from "../../contract/generation.ts";
import { TERMINAL_EVENTS } from "../../contract/words.ts";
import { snippet } from "../playground/snippets.ts";

type Created = Pick<GenerationView, "model" | "input" | "webhooks" | "metadata">;

/** The API does not return `retention_days` and headers, so the command does not have them. */
export function curlOf({ model, input, webhooks, metadata }: Created, origin: string): string {
  const named = webhooks.map(({ url, events }) => (isDefault(events) ? { url } : { url, events }));
  const body = {
    model,
    ...input,
    ...(named.length === 0 ? {} : { webhooks: named }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  };
  return snippet("curl", { origin, headers: {}, body });
}

function isDefault(events: readonly string[]): boolean {
  return events.length === TERMINAL_EVENTS.length && TERMINAL_EVENTS.every((event) => events.includes(event));
}
