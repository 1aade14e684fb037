// Sends one event to the receiver, under the same rules as the deployment: src/webhooks/send.ts of the Worker.

import { isLate, withDeadline } from "../deadline.ts";
import { networkFailure } from "../network-failures.ts";

/** Covers connecting and the whole answer. */
const TIMEOUT_MS = 15_000;

/** The rest of an answer is not read. */
const MAX_ANSWER_BYTES = 64 * 1024;

export type Answer =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly headers: Headers;
      /** At most 64 KiB. */
      readonly text: string;
      readonly ms: number;
    }
  | { readonly kind: "late"; readonly limitMs: number }
  | { readonly kind: "failed"; readonly reason: string };

export interface Sending {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SendOptions {
  readonly fetch: typeof globalThis.fetch;
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
}

/** @throws only the reason of the signal. */
export async function send(sending: Sending, { fetch, signal, timeoutMs = TIMEOUT_MS }: SendOptions): Promise<Answer> {
  try {
    return await withDeadline(timeoutMs, signal, (either) => post(sending, fetch, either));
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    return isLate(cause)
      ? { kind: "late", limitMs: timeoutMs }
      : { kind: "failed", reason: networkFailure(cause).reason };
  }
}

async function post(
  { url, headers, body }: Sending,
  fetch: SendOptions["fetch"],
  signal: AbortSignal,
): Promise<Answer> {
  const start = performance.now();
  const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
  const text = await readAtMost(response, signal);
  const { status, headers: answered } = response;
  return { kind: "answered", status, headers: answered, text, ms: Math.round(performance.now() - start) };
}

/** @throws if the signal aborts. An answer that breaks off counts, with what has arrived. */
async function readAtMost({ body }: Response, signal: AbortSignal): Promise<string> {
  if (body === null) return "";
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  while (bytes < MAX_ANSWER_BYTES) {
    const part = await reader.read().catch(() => ({ value: undefined }));
    signal.throwIfAborted();
    if (part.value === undefined) return text;
    bytes += part.value.byteLength;
    text += decoder.decode(part.value, { stream: true });
  }
  await reader.cancel().catch(() => {});
  return text;
}
