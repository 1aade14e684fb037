// Headers of answers about a generation whose model ends soon or has ended.

import type { Retirement } from "../core/models/retirement.ts";

export const RETIREMENT_HEADERS = ["Deprecation", "Sunset"] as const;

/**
 * `Deprecation` (RFC 9745) says since when the model is deprecated, `Sunset` (RFC 8594) when it ends. A deprecation must not
 * be later than the end (RFC 9745, section 4). @param retirement null if the model's end is not near.
 */
export function retirementHeaders(retirement: Retirement | null): Readonly<Record<string, string>> {
  if (retirement === null) return {};
  const { endsAt, announcedAt } = retirement;
  return {
    deprecation: `@${Math.floor(Math.min(announcedAt, endsAt) / 1000)}`,
    sunset: new Date(endsAt).toUTCString(),
  };
}
