/**
 * Runs a call that is aborted when the command ends, or with a `TimeoutError` after `ms`.
 *
 * `AbortSignal.timeout` is not enough: Node 20 may collect it, so that it never aborts, if only `AbortSignal.any` refers to
 * it.
 */
export async function withDeadline<T>(
  ms: number,
  ended: AbortSignal,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(new DOMException("no answer in time", "TimeoutError")), ms);
  try {
    return await call(AbortSignal.any([ended, deadline.signal]));
  } finally {
    clearTimeout(timer);
  }
}

/** Whether a call failed because its time limit was reached. */
export function isLate(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}
