/** That something took too long. */
export class TimeoutError extends Error {
  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs / 1000} s`);
  }
}

/** The answer, unless it takes too long: then an error. What was asked for goes on all the same. */
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
 * Ends the work, by the signal that it is given, when it takes too long. The timer goes with the work: that of an
 * `AbortSignal.timeout` would go on, and keep its object in memory until then.
 */
export async function withAbortTimeout<T>(timeoutMs: number, work: (late: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new TimeoutError(timeoutMs)), timeoutMs);
  try {
    return await work(late.signal);
  } catch (cause) {
    // What an aborted fetch throws is another object, and may say something else.
    throw late.signal.aborted ? late.signal.reason : cause;
  } finally {
    clearTimeout(timer);
  }
}

/** The answer, unless the work says for too long that nothing moves: then an error. It goes on all the same. */
export async function withStallTimeout<T>(
  work: (onProgress: () => void) => Promise<T>,
  stallMs: number,
  message: string,
): Promise<T> {
  let movedAt = Date.now();
  let timer: ReturnType<typeof setTimeout> | null = null;
  const stalled = new Promise<never>((_, reject) => {
    const look = () => {
      const leftMs = movedAt + stallMs - Date.now();
      if (leftMs <= 0) reject(new Error(message));
      else timer = setTimeout(look, leftMs);
    };
    timer = setTimeout(look, stallMs);
  });
  const onProgress = () => {
    movedAt = Date.now();
  };
  try {
    return await Promise.race([work(onProgress), stalled]);
  } finally {
    if (timer !== null) clearTimeout(timer);
  }
}
