import { linkedTo } from "./linked-abort.ts";

/**
 * Runs a generator whose `return` ends it at once. That of an ordinary async generator waits until a pending `next` has
 * settled, which takes until the next event.
 *
 * @param run gets a signal that aborts with the caller's signal, and when the generator has to end.
 */
export function endable<T>(
  outer: AbortSignal | undefined,
  run: (signal: AbortSignal) => AsyncGenerator<T, void, undefined>,
): AsyncGenerator<T, void, undefined> {
  const ended = new Error("ended");
  let end = () => {};
  const generator = until(ended, outer, run, (abort) => {
    end = abort;
  });
  const finish = generator.return.bind(generator);
  generator.return = (value) => {
    end();
    return finish(value);
  };
  return generator;
}

async function* until<T>(
  ended: Error,
  outer: AbortSignal | undefined,
  run: (signal: AbortSignal) => AsyncGenerator<T, void, undefined>,
  onStart: (abort: () => void) => void,
): AsyncGenerator<T, void, undefined> {
  const { signal, abort, unlink } = linkedTo(outer);
  onStart(() => abort(ended));
  try {
    yield* run(signal);
  } catch (cause) {
    if (cause !== ended) throw cause;
  } finally {
    unlink();
  }
}
