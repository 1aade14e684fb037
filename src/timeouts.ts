/** The answer, unless it takes too long: then an error. What was asked for goes on all the same. */
export async function unlessLate<T>(answer: Promise<T>, timeoutMs: number, message?: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message ?? `no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    if (timer !== null) clearTimeout(timer);
  }
}

/** The answer, unless the work says for too long that nothing moves: then an error. It goes on all the same. */
export async function unlessStalled<T>(
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
