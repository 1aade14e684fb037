// Many calls in a row: waits as long as the API asks, and can be stopped.

import { ApiError } from "../shared/api.ts";

/** Calls at the same time. Browsers allow six connections to a host over HTTP/1.1, and the page needs some. */
const AT_ONCE = 3;

const DEFAULT_WAIT_SECONDS = 5;

/** Calls again as often as the API answers 429. @throws ApiError, and the signal's reason after it is aborted. */
export async function patiently<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await call();
    } catch (cause) {
      if (!(cause instanceof ApiError && cause.status === 429)) throw cause;
      signal.throwIfAborted();
      await pause(1_000 * (cause.retryAfterSeconds ?? DEFAULT_WAIT_SECONDS), signal);
    }
  }
}

/** Ends early when the signal is aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/**
 * Calls `act` for each item, a few at the same time. After an abort it begins no more, but those under way end.
 *
 * @param act must not throw.
 */
export async function forEachOf<T>(items: readonly T[], act: (item: T) => Promise<void>, signal: AbortSignal) {
  const rest = items.values();
  const work = async () => {
    for (const item of rest) {
      if (signal.aborted) return;
      await act(item);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
