// Replaces places in the bundle by places in the sources, because the bundle that wrangler makes is minified.

import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { dirname, relative, resolve } from "node:path";

/** A place in a stack: a file of the bundle, line and column. */
const PLACE = /file:\/\/(\/[^\s():]+\.js):(\d+):(\d+)/g;

export class SourceNames {
  readonly #root: string;

  /** @param root folder that the names are relative to. */
  constructor(root: string) {
    this.#root = root;
  }

  /** The stack as it is where no source map is found. */
  inStack(stack: string): string {
    // A reload replaces the map, so none is kept.
    const maps = new Map<string, SourceMap | null>();
    return stack.replace(PLACE, (place, file: string, line: string, column: string) => {
      if (!maps.has(file)) maps.set(file, mapOf(file));
      const origin = maps.get(file)?.findOrigin(Number(line), Number(column));
      if (origin === undefined || !("fileName" in origin)) return place;
      return `${relative(this.#root, resolve(dirname(file), origin.fileName))}:${origin.lineNumber}:${origin.columnNumber}`;
    });
  }
}

function mapOf(file: string): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${file}.map`, "utf8")));
  } catch {
    return null;
  }
}
