// What the object of the API keys is asked and answers.

import type { ApiKeyView, NewApiKeyView } from "../contract/api-keys.ts";
import type { Mode } from "../contract/words.ts";
import type { Scope } from "../core/scope.ts";

/** What a key is made of. Times are milliseconds since the Unix epoch. */
export interface ApiKeyFields {
  readonly account: string;
  readonly mode: Mode;
  readonly name: string;
  readonly readOnly: boolean;
  /** Null if it never expires. */
  readonly expiresAt: number | null;
}

/** A key as the object is told of it. The object never sees the key itself. */
export interface HashedApiKey extends ApiKeyFields {
  readonly id: string;
  /** SHA-256 in hex. */
  readonly hash: string;
  readonly prefix: string;
}

/** What a key opens. */
export interface KeyHolder {
  readonly id: string;
  readonly scope: Scope;
  readonly readOnly: boolean;
  readonly expiresAt: number | null;
}

export type StoreKeyResult =
  | { readonly kind: "stored"; readonly view: ApiKeyView }
  | { readonly kind: "limit_reached"; readonly limit: number };

export type MakeKeyResult =
  | { readonly kind: "made"; readonly view: NewApiKeyView }
  | { readonly kind: "limit_reached"; readonly limit: number }
  | { readonly kind: "unavailable" };

/** What is known of a key that a caller has sent. */
export type KeyCheck =
  | { readonly kind: "valid"; readonly scope: Scope; readonly readOnly: boolean }
  | { readonly kind: "expired" }
  | { readonly kind: "unknown" }
  /** The object does not answer, and this isolate has not heard of the key lately. */
  | { readonly kind: "unavailable" };
