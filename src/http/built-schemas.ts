// Caches the zod schemas that were built from the input schemas of models, because building one takes longer than checking
// a request with it. Each field takes a few kilobytes of memory, so the cache is limited by the size of the input schemas.

import type { Handling } from "./handling.ts";

/**
 * Maximum size of all cached schemas, in characters of the input schemas' JSON. All models of the provider fit. A character
 * stands for about 100 bytes of memory.
 */
const MAX_LENGTH = 200_000;

/** Size of Reelhook's own fields, which are part of each schema. In characters, too. */
const LENGTH_OF_OURS = 400;

interface Kept<T> {
  readonly length: number;
  readonly built: Map<Handling, { readonly rules: string; readonly result: T }>;
}

export class BuiltSchemas<T> {
  /** By input schema, the most recently used last. */
  readonly #kept = new Map<object, Kept<T>>();

  /**
   * @param schema the input schema.
   * @param rules the deployment's rules, as a key. They rarely change, so only the result for the last ones is kept.
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

  /** Drops the least recently used schemas beyond the maximum. The most recently used one always stays. */
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
