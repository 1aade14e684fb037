// Ends event streams whose API key is revoked or has expired, because a stream can outlive many requests.

import type { Context } from "hono";
import type { AppEnv } from "./app-env.ts";

/** How often the key of an open stream is checked. Mostly, the isolate remembers the answer. */
const CHECK_MS = 10_000;

/** The stream of a request, which ends once its API key is not valid any more. */
export function untilRevoked(c: Context<AppEnv>, stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const isStillValid = c.get("isStillValid");
  return isStillValid === undefined ? stream : whileValid(stream, isStillValid, CHECK_MS);
}

export function whileValid(
  stream: ReadableStream<Uint8Array>,
  isStillValid: () => Promise<boolean>,
  checkMs: number,
): ReadableStream<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const end = new AbortController();
  const timer = setInterval(async () => {
    if (!(await isStillValid())) end.abort();
  }, checkMs);
  const sent = async () => {
    try {
      await stream.pipeTo(writable, { signal: end.signal, preventAbort: true });
    } catch (cause) {
      // Ends normally. The caller learns the reason when it connects again.
      if (end.signal.aborted) await writable.close();
      else await writable.abort(cause);
    } finally {
      clearInterval(timer);
    }
  };
  // It fails only if the caller has left.
  sent().catch(() => {});
  return readable;
}
