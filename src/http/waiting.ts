// Prefer: wait=N (RFC 7240): the answer may come later, when there is more to say.

import type { Context } from "hono";
import type { GenerationView } from "../core/generation/view.ts";
import type { AppEnv } from "./app-env.ts";

const MAX_WAIT_SECONDS = 60;

/** An object learns of no caller that has gone away, and so waits for no longer than this at a time. */
const SLICE_MS = 5_000;

/**
 * Until when the caller would wait, counted from now; null when nothing of the kind was asked, or nothing that can be
 * understood. Longer waits are cut.
 */
export function readWait(c: Context<AppEnv>): number | null {
  const [, asked] = /(?:^|,)\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:,|;|$)/i.exec(c.req.header("prefer") ?? "") ?? [];
  if (asked === undefined) return null;
  const seconds = Math.min(Number(asked), MAX_WAIT_SECONDS);
  c.header("preference-applied", `wait=${seconds}`);
  return c.get("gateways").clock.now() + seconds * 1000;
}

/** The generation once it has ended, or as it is when the time is over; as JSON, null when there is none. */
export async function readWithin(c: Context<AppEnv>, id: string, until: number | null): Promise<string | null> {
  const { generations, clock } = c.get("gateways");
  for (;;) {
    const left = until === null ? 0 : Math.max(0, until - clock.now());
    const view = await generations.read(id, c.get("scope"), Math.min(left, SLICE_MS));
    if (view === null || left <= SLICE_MS || isFinal(JSON.parse(view))) return view;
  }
}

export function isFinal({ status }: GenerationView): boolean {
  return status === "completed" || status === "failed" || status === "canceled";
}
