// Reads the `Prefer` header (RFC 7240). With `wait=N`, the answer waits up to N seconds for a terminal status. With
// `handling=lenient`, fields that are not in the model's schema are passed on to the provider.

import type { Context } from "hono";
import { isTerminalStatus } from "../contract/words.ts";
import type { ShownGeneration } from "../generation/results.ts";
import type { AppEnv } from "./app-env.ts";
import type { Handling } from "./handling.ts";

const MAX_WAIT_SECONDS = 60;

/** Only this many characters of the header are read. */
const MAX_HEADER_LENGTH = 1000;

/** An object does not notice that a caller has left, so each call waits no longer than this. */
const SLICE_MS = 5_000;

/**
 * Until when the caller waits, in milliseconds since the Unix epoch, and sets `Preference-Applied`. Null if the header
 * asks for no wait or cannot be read. Waits are capped at 60 seconds.
 */
export function readWait(c: Context<AppEnv>): number | null {
  const asked = preference(c, "wait");
  if (asked === null || !/^\d+$/.test(asked)) return null;
  const seconds = Math.min(Number(asked), MAX_WAIT_SECONDS);
  setApplied(c, "wait", String(seconds));
  return c.get("gateways").clock.now() + seconds * 1000;
}

/**
 * The requested handling of unknown fields, by default `strict`. Sets `Preference-Applied` if the header asks for
 * either.
 */
export function readHandling(c: Context<AppEnv>): Handling {
  const asked = preference(c, "handling");
  if (asked !== "strict" && asked !== "lenient") return "strict";
  setApplied(c, "handling", asked);
  return asked;
}

/** Sets or removes (null) one preference in `Preference-Applied`. */
function setApplied(c: Context<AppEnv>, name: string, value: string | null): void {
  const applied = c.res.headers.get("preference-applied")?.split(", ") ?? [];
  const others = applied.filter((each) => !each.startsWith(`${name}=`));
  const all = value === null ? others : [...others, `${name}=${value}`];
  c.header("preference-applied", all.length === 0 ? undefined : all.join(", "));
}

/** The value of a preference, without quotes. If it is repeated, the first counts (section 2). Null if absent. */
function preference(c: Context<AppEnv>, name: string): string | null {
  const header = (c.req.header("prefer") ?? "").slice(0, MAX_HEADER_LENGTH);
  for (const each of header.match(/(?:"(?:\\.|[^"\\])*"|[^",])+/g) ?? []) {
    const [, token = "", quoted, plain] =
      /^\s*([^\s=;"]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^\s;"]*))\s*(?:;|$)/.exec(each) ?? [];
    if (token.toLowerCase() === name) return quoted ?? plain ?? "";
  }
  return null;
}

/**
 * Returns the generation once it is terminal, or as it is when the time is up. If too many calls wait for it already,
 * returns it at once, and the wait is not applied. Null if there is none.
 */
export async function readWithin(
  c: Context<AppEnv>,
  id: string,
  until: number | null,
): Promise<ShownGeneration | null> {
  const { generations, clock } = c.get("gateways");
  for (;;) {
    const left = until === null ? 0 : Math.max(0, until - clock.now());
    const generation = await generations.read(id, c.get("scope"), Math.min(left, SLICE_MS));
    const isRefused = generation?.hasWaited === false;
    if (isRefused) setApplied(c, "wait", null);
    if (generation === null || isRefused || left <= SLICE_MS || isTerminalStatus(generation.status)) {
      return generation;
    }
  }
}
