// Shows the progress on standard error: as a bar in a terminal, otherwise as one line for each change.

import { SingleBar } from "cli-progress";
import { barLine } from "./bar-line.ts";
import type { Progress } from "./progress.ts";

export interface Reporter {
  /** Prints a line that stays. */
  note(line: string): void;
  show(progress: Progress): void;
  /** Removes the bar. What is printed afterwards begins on a fresh line. */
  end(): void;
}

type Output = NodeJS.WriteStream;

/** @param isForScripts whether the output is read by a script: progress is then shown only in a terminal. */
export function reporterFor(stream: Output, isForScripts: boolean): Reporter {
  // A dumb terminal cannot move the cursor.
  if (stream.isTTY && process.env["TERM"] !== "dumb") return new BarReporter(stream);
  return isForScripts ? SILENT : new LineReporter(stream);
}

const SILENT: Reporter = { note() {}, show() {}, end() {} };

class LineReporter implements Reporter {
  readonly #stream: Output;
  #last = "";

  constructor(stream: Output) {
    this.#stream = stream;
  }

  note(line: string): void {
    this.#stream.write(`${line}\n`);
  }

  show({ text, note = "" }: Progress): void {
    if (text === this.#last) return;
    this.#last = text;
    this.note(text + note);
  }

  end(): void {}
}

class BarReporter implements Reporter {
  readonly #stream: Output;
  readonly #startedAt = Date.now();
  readonly #bar: SingleBar;
  #progress: Progress | null = null;

  constructor(stream: Output) {
    this.#stream = stream;
    this.#bar = new SingleBar({
      stream,
      clearOnComplete: true,
      hideCursor: true,
      // Signals end the command in an orderly way, which removes the bar.
      gracefulExit: false,
      format: (_options, { maxWidth: width }) =>
        this.#progress === null ? "" : barLine(this.#progress, { width, elapsedMs: Date.now() - this.#startedAt }),
    });
  }

  note(line: string): void {
    this.#bar.stop();
    this.#stream.write(`${line}\n`);
    if (this.#progress !== null) this.#bar.start(1, 0);
  }

  show(progress: Progress): void {
    const isFirst = this.#progress === null;
    this.#progress = progress;
    if (isFirst) this.#bar.start(1, 0);
  }

  end(): void {
    this.#bar.stop();
    this.#progress = null;
  }
}
