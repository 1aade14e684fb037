export interface LinkedAbort {
  /** Aborts with the outer signal, or with `abort`. */
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
  /** Call this at the end: it removes the listener from the outer signal. */
  unlink(): void;
}

/**
 * A signal for one call that also aborts with the caller's signal.
 *
 * `AbortSignal.any` is not used, because in Node 20 each signal that it makes leaves about 60 bytes on the caller's signal for
 * good, and a server may use one signal for all calls until it stops.
 */
export function linkedTo(outer: AbortSignal | undefined): LinkedAbort {
  const controller = new AbortController();
  const follow = () => controller.abort(outer?.reason);
  if (outer?.aborted) follow();
  else outer?.addEventListener("abort", follow, { once: true });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    unlink: () => outer?.removeEventListener("abort", follow),
  };
}
