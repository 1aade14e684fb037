// Keeps the schemas that were built last. Building one takes longer than checking a request with it. Each takes a few
// kilobytes for each of its fields, so that those of many huge models would not fit into an isolate.

import type { Handling } from "./handling.ts";

/**
 * Of all that are kept, in characters of the inputs' JSON: room for all models of the provider. Each character takes about 100
 * bytes of memory.
 */
const MAX_LENGTH = 200_000;

/** What the fields that all requests have add to each. */
const LENGTH_OF_OURS = 400;

interface Kept<T> {
  readonly length: number;
  readonly built: Map<Handling, { readonly rules: string; readonly result: T }>;
}

export class BuiltSchemas<T> {
  /** By the input's schema. The one used last is the last. */
  readonly #kept = new Map<object, Kept<T>>();

  /**
   * @param schema of an input.
   * @param rules what else the result depends on. They rarely change, so that only the last result is kept.
   */
  of(schema: object, handling: Handling, rules: string, build: () => T): T {
    const kept = this.#kept.get(schema) ?? { length: LENGTH_OF_OURS + JSON.stringify(schema).length, built: new Map() };
    this.#kept.delete(schema);
    this.#kept.set(schema, kept);
    const last = kept.built.get(handling);
    if (last?.rules === rules) return last.result;
    const result = build();
    kept.built.set(handling, { rules, result });
    this.#dropOldest();
    return result;
  }

  /** Keeps the last one, whatever its length. */
  #dropOldest(): void {
    const [last, ...others] = [...this.#kept].reverse();
    let length = last === undefined ? 0 : lengthOf(last[1]);
    for (const [schema, each] of others) {
      length += lengthOf(each);
      if (length > MAX_LENGTH) this.#kept.delete(schema);
    }
  }
}

function lengthOf({ length, built }: Kept<unknown>): number {
  return length * built.size;
}
