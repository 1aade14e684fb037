import { linkedTo } from "../linked-abort.ts";

/** Runs a call that is aborted when the command ends, or with a `TimeoutError` after `ms`. */
export async function withDeadline<T>(
  ms: number,
  ended: AbortSignal,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = linkedTo(ended);
  const timer = setTimeout(() => deadline.abort(new DOMException("no answer in time", "TimeoutError")), ms);
  try {
    return await call(deadline.signal);
  } finally {
    clearTimeout(timer);
    deadline.unlink();
  }
}

/** Whether a call failed because its time limit was reached. */
export function isLate(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}
