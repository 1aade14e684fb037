// Headers of answers about a generation whose model is retired soon or has been.

import type { Retirement } from "../core/models/retirement.ts";

/**
 * `Deprecation` (RFC 9745) is the time when the retirement was announced, and `Sunset` (RFC 8594) the time of the
 * retirement. `Deprecation` must not be later than `Sunset` (RFC 9745, section 4).
 *
 * @param retirement null if it is not near: there are no headers then.
 */
export function retirementHeaders(retirement: Retirement | null): Readonly<Record<string, string>> {
  if (retirement === null) return {};
  const { endsAt, announcedAt } = retirement;
  return {
    deprecation: `@${Math.floor(Math.min(announcedAt, endsAt) / 1000)}`,
    sunset: new Date(endsAt).toUTCString(),
  };
}
