// Asks for a secret on the terminal without showing it.

import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

/** Whether somebody can be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** @returns the typed line, trimmed; null after Ctrl-C or Ctrl-D. The question goes to standard error. */
export async function askHidden(question: string): Promise<string | null> {
  // Readline echoes what is typed to its output.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  // Only now, because the terminal echoes what is typed until readline reads it.
  process.stderr.write(question);
  const ended = new AbortController();
  terminal.on("SIGINT", () => ended.abort()).on("close", () => ended.abort());
  try {
    return (await terminal.question("", { signal: ended.signal })).trim();
  } catch {
    return null;
  } finally {
    terminal.close();
    process.stderr.write("\n");
  }
}
