// Reads what `wrangler dev` prints: turns the Worker's log lines into readable ones, drops what only repeats them, and passes
// on everything else, such as the errors of a build.

import { stripVTControlCharacters } from "node:util";
import type { DevLog, WorkerEvent } from "./log.ts";
import type { SourceNames } from "./source-names.ts";

/** Lines that say nothing new: wrangler's own line of each request, and the steps of a start or reload. */
const NOISE = [
  /^\[wrangler:info\] (GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT) \S+ \d{3} /,
  /^\[wrangler:info\] ✨ Parsed \d+ valid (header|redirect) rules?\./,
  /^\[wrangler:info\] Ready on /,
  /^\[custom build\] Running: /,
  /^Using (secrets|vars) defined in /,
  /^⎔ (Starting|Reloading) local server\.\.\.$/,
];

const BINDINGS = "Your Worker has access to the following bindings:";
const CHANGED = /^The file (\S+) changed, restarting build\.\.\.$/;
const RELOADED = "⎔ Local server updated and ready";

/** How wrangler marks a line of `console.error`. */
const ERROR_MARK = /^✘ \[ERROR\] /;

/** After the output of a failed build, wrangler also prints its own object for the process, which takes 150 lines. */
const DUMP = /^✘ \[ERROR\] .*Process exited with non-zero status/;

/** The lines of one of wrangler's two streams. */
export class WranglerLines {
  readonly #log: DevLog;
  readonly #names: SourceNames;
  /** What is dropped until its end. */
  #dropping: "bindings" | "dump" | "blank" | null = null;

  constructor(log: DevLog, names: SourceNames) {
    this.#log = log;
    this.#names = names;
  }

  take(line: string): void {
    const plain = stripVTControlCharacters(line);
    if (this.#isDropped(plain)) return;
    const event = eventOf(plain.replace(ERROR_MARK, ""));
    if (event !== null) {
      // Wrangler prints two empty lines after an error.
      if (ERROR_MARK.test(plain)) this.#dropping = "blank";
      const { error } = event;
      this.#log.worker(typeof error === "string" ? { ...event, error: this.#names.inStack(error) } : event);
      return;
    }
    const [, changed] = CHANGED.exec(plain) ?? [];
    if (changed !== undefined) this.#log.line([["dim", `${changed} changed`]]);
    else if (plain === RELOADED) this.#log.line([["dim", "reloaded"]]);
    else this.#log.print(line);
  }

  #isDropped(plain: string): boolean {
    if (plain === BINDINGS) this.#dropping = "bindings";
    else if (DUMP.test(plain)) this.#dropping = "dump";
    else if (this.#dropping === "bindings" && plain === "") {
      this.#dropping = null;
      return true;
    } else if (this.#dropping === "dump" && ERROR_MARK.test(plain)) this.#dropping = null;
    else if (this.#dropping === "blank" && plain !== "") this.#dropping = null;
    return this.#dropping !== null || NOISE.some((pattern) => pattern.test(plain));
  }
}

/** @returns null unless it is a line of the Worker's log. */
function eventOf(text: string): WorkerEvent | null {
  if (!text.startsWith("{")) return null;
  try {
    const value = JSON.parse(text) as WorkerEvent;
    return typeof value.event === "string" ? value : null;
  } catch {
    return null;
  }
}
