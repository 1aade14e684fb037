// Notices when `npm run dev` should end: Ctrl-C, a signal, a closed terminal, or the end of npm.

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const BETWEEN_LOOKS_MS = 250;

/** Resolves with the exit code, 0: to be stopped is how this program ends. */
export function untilStopped(): Promise<number> {
  return new Promise((resolve) => {
    const stop = () => resolve(0);
    for (const signal of SIGNALS) process.on(signal, stop);
    // The terminal is gone, or nobody reads the output anymore.
    for (const stream of [process.stdout, process.stderr]) stream.on("error", stop);
    if (process.env["npm_lifecycle_event"] !== undefined) watchParent(stop);
  });
}

/** npm passes a signal on to its shell only, which ends and leaves this program behind. */
function watchParent(onEnd: () => void): void {
  const { ppid } = process;
  const timer = setInterval(() => {
    if (process.ppid === ppid) return;
    clearInterval(timer);
    onEnd();
  }, BETWEEN_LOOKS_MS);
  timer.unref();
}
