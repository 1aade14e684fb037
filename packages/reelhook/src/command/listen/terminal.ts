// The terminal and the signals that end the command.

import { stripVTControlCharacters } from "node:util";
import { SIGNALS } from "../signals.ts";
import { isInForeground } from "./foreground.ts";

export interface Terminal {
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  readonly hasColors: boolean;
  /** Whether keys can be pressed. */
  readonly hasKeys: boolean;
  /** Aborts when the user ends the command, or nobody reads its output. */
  readonly ended: AbortSignal;
  /** Called with each key. Keys are read from then on. */
  onKey(handle: (key: string) => void): void;
  /** Restores the terminal. The process then ends on its own. */
  close(): void;
}

export function openTerminal(): Terminal {
  const { stdin, stdout, stderr } = process;
  const end = new AbortController();
  const stop = () => end.abort();
  for (const signal of SIGNALS) process.on(signal, stop);
  // Nobody reads the output anymore, for example after `| head`.
  stdout.on("error", stop);
  stderr.on("error", stop);
  const hasKeys = stdin.isTTY === true && stdout.isTTY === true && isInForeground();
  let onData = (_: Buffer) => {};
  return {
    write: (text) => void stdout.write(text),
    writeError: (text) => void stderr.write(text),
    hasColors: stdout.isTTY === true && stdout.hasColors(),
    hasKeys,
    ended: end.signal,
    onKey(handle) {
      if (!hasKeys) return;
      onData = (bytes) => {
        // The sequences of arrows and the like contain letters.
        for (const key of stripVTControlCharacters(bytes.toString("latin1"))) {
          // In raw mode, Ctrl-C is a key.
          if (key === "\u0003" || key === "q") stop();
          else handle(key);
        }
      };
      stdin.on("error", stop);
      stdin.setRawMode(true);
      stdin.on("data", onData);
      stdin.resume();
    },
    close() {
      for (const signal of SIGNALS) process.off(signal, stop);
      if (!hasKeys) return;
      stdin.off("data", onData);
      stdin.setRawMode(false);
      stdin.pause();
    },
  };
}
