// What `reelhook listen` prints: one line for each event, and one for each change of the connection.

import * as util from "node:util";
import { printable } from "../printable.ts";
import type { Callback } from "./signing.ts";

export interface ScreenDeps {
  readonly write: (text: string) => void;
  readonly hasColors: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

type Color = "dim" | "green" | "red" | "yellow";

/** Length of the longest event type. */
const TYPE_WIDTH = "generation.completed".length;

export class Screen {
  readonly #deps: ScreenDeps;

  constructor(deps: ScreenDeps) {
    this.#deps = deps;
  }

  /** @param text may have several lines. */
  print(text: string): void {
    this.#deps.write(`${text}\n`);
  }

  event({ type, generationId }: Callback, outcome: string, color: Color): void {
    const name = `${printable(type).padEnd(TYPE_WIDTH)}  ${printable(generationId)}`;
    this.print(`${this.#time()}  ${name}  -> ${this.#colored(color, outcome)}`);
  }

  notice(text: string): void {
    this.print(`${this.#time()}  ${this.#colored("yellow", text)}`);
  }

  #time(): string {
    return this.#colored("dim", new Date(this.#deps.now()).toTimeString().slice(0, 8));
  }

  #colored(color: Color, text: string): string {
    // Node before 20.12 has no `styleText`.
    if (!this.#deps.hasColors || !("styleText" in util)) return text;
    return util.styleText(color, text, { validateStream: false });
  }
}
