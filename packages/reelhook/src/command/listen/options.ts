// Checks the options of `reelhook listen`.

import { isHttpUrl } from "../../deployment.ts";
import type { components } from "../../generated/api.ts";
import { badOption } from "../deployment-options.ts";

type EventType = components["schemas"]["Event"]["type"];

/** Events that a webhook can subscribe to. */
const EVENT_TYPES: Readonly<Record<EventType, true>> = {
  "generation.started": true,
  "generation.completed": true,
  "generation.failed": true,
  "generation.canceled": true,
};

export function isEventType(type: string): boolean {
  return Object.hasOwn(EVENT_TYPES, type);
}

/**
 * Where to forward.
 *
 * @param text a URL; the scheme may be left out before `localhost` or if there is a port. A number is a port of this machine.
 * @throws CommandError
 */
export function forwardUrl(text: string | undefined): URL {
  if (text === undefined)
    throw badOption("--forward says where callbacks are sent, such as --forward http://localhost:3000/hook.");
  const withHost = /^\d+$/.test(text) ? `localhost:${text}` : text;
  const isHostOnly = /^(localhost|[^/:?#@\s]+:\d+|\[[\da-f:]+\]:\d+)([/?#]|$)/i.test(withHost);
  const absolute = isHostOnly ? `http://${withHost}` : text;
  if (!isHttpUrl(absolute))
    throw badOption(
      `--forward must be an http or https URL, such as http://localhost:3000/hook, or a port from 1 to 65535, not "${text}".`,
    );
  const url = new URL(absolute);
  if (url.username !== "" || url.password !== "")
    throw badOption("--forward must not contain a user name or password.");
  url.hash = "";
  return url;
}

/** @returns the wanted types; all if the option is left out. @throws CommandError */
export function wantedEvents(text: string | undefined): ReadonlySet<string> {
  const known = Object.keys(EVENT_TYPES);
  if (text === undefined) return new Set(known);
  const wanted = text.split(",").map((type) => type.trim());
  const unknown = wanted.filter((type) => !isEventType(type));
  if (unknown.length > 0)
    throw badOption(
      `--events has no event "${unknown.join(", ")}". The events are ${known.join(", ")}. Separate them with commas.`,
    );
  return new Set(wanted);
}
