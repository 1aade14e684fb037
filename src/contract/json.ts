// JSON text that remembers the type of its value.

declare const VALUE: unique symbol;

/** JSON of a `T`. Durable Objects return answers as text, which the HTTP side sends on without parsing it. */
export type Json<T> = string & { readonly [VALUE]: T };

export function toJson<T>(value: T): Json<T> {
  return JSON.stringify(value) as Json<T>;
}

/** `T` with every field and every array read-only. */
export type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Name in keyof T]: DeepReadonly<T[Name]> }
    : T;
