// Opens a provider's result URL. Each hop is checked like a user's URL, and no header of ours goes along.

import { checkUrl, type UrlRules } from "../core/url-safety.ts";
import type { OpenResult } from "../ports.ts";

const MAX_HOPS = 5;

/** Statuses that mean that this URL is dead, and that the provider may have a fresh one. */
const DEAD = new Set([403, 404, 410]);

export interface DownloadDeps {
  readonly fetch: typeof fetch;
  readonly rules: UrlRules;
}

export async function openRemoteVideo(
  first: string,
  signal: AbortSignal,
  { fetch, rules }: DownloadDeps,
): Promise<OpenResult> {
  let next = first;
  for (let hop = 0; hop <= MAX_HOPS; hop++) {
    const verdict = checkUrl(next, rules);
    if (!verdict.safe) return { kind: "rejected", message: `The video's URL ${verdict.reason}.` };
    let response: Response;
    try {
      // A compressed body would come without a length that can be checked.
      response = await fetch(next, { redirect: "manual", signal, headers: { "accept-encoding": "identity" } });
    } catch (cause) {
      return { kind: "interrupted", message: `The video could not be fetched: ${messageOf(cause)}` };
    }
    const { status, headers } = response;
    const location = headers.get("location");
    if (status >= 300 && status < 400 && location !== null && URL.canParse(location, next)) {
      await response.body?.cancel();
      next = new URL(location, next).href;
      continue;
    }
    if (status === 200 && response.body !== null) {
      return { kind: "open", body: response.body, length: lengthOf(headers) };
    }
    await response.body?.cancel();
    const message = `The video's URL answered with status ${status}.`;
    return DEAD.has(status) ? { kind: "gone", message } : { kind: "interrupted", message };
  }
  return { kind: "rejected", message: `The video's URL redirects more than ${MAX_HOPS} times.` };
}

/** Content-Length counts what was sent: once it has been decompressed it says nothing about what is read. */
function lengthOf(headers: Headers): number | null {
  const length = headers.get("content-length");
  if (length === null || !/^\d+$/.test(length)) return null;
  const encoding = headers.get("content-encoding");
  return encoding === null || encoding === "identity" ? Number(length) : null;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
