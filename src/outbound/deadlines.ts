/** An operation took too long. */
export class TimeoutError extends Error {
  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs / 1000} s`);
  }
}

/** Rejects if there is no answer within `timeoutMs`; does not cancel the work. */
export async function withTimeout<T>(answer: Promise<T>, timeoutMs: number, message?: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(message === undefined ? new TimeoutError(timeoutMs) : new Error(message)),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    if (timer !== null) clearTimeout(timer);
  }
}

/**
 * Aborts the work through its signal after `timeoutMs`. The timer ends with the work, while the timer of
 * `AbortSignal.timeout` would run on and keep the Durable Object in memory.
 */
export async function withAbortTimeout<T>(timeoutMs: number, work: (late: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new TimeoutError(timeoutMs)), timeoutMs);
  try {
    return await work(late.signal);
  } catch (cause) {
    // An aborted fetch may throw an error of its own instead of the abort reason.
    throw late.signal.aborted ? late.signal.reason : cause;
  } finally {
    clearTimeout(timer);
  }
}
