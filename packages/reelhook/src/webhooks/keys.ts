import { fromBase64 } from "./base64.ts";
import { WebhookVerificationError } from "./error.ts";
import { publicKeyVerifier, secretVerifier, type Verifier } from "./signatures.ts";

/**
 * - `secret`: `whsec_…` of the account, or of a webhook endpoint. Verifies `v1` signatures.
 * - `publicKey`: `whpk_…` of the account. Verifies `v1a` signatures.
 */
export type WebhookKey =
  | { readonly secret: string | readonly string[] }
  | { readonly publicKey: string | readonly string[] };

/** One or more keys, of which one has to verify the request. */
export type WebhookKeys = WebhookKey | readonly WebhookKey[];

type Kind = "secret" | "publicKey";

interface Format {
  readonly prefix: string;
  /** Bytes. */
  readonly least: number;
  readonly most: number;
  readonly verifier: (key: Uint8Array<ArrayBuffer>) => Promise<Verifier>;
}

/** As Standard Webhooks prescribes. */
const FORMATS: Readonly<Record<Kind, Format>> = {
  secret: { prefix: "whsec_", least: 24, most: 64, verifier: secretVerifier },
  publicKey: { prefix: "whpk_", least: 32, most: 32, verifier: publicKeyVerifier },
};

const IS_SET = "Is the environment variable set?";

/** @internal */
export function verifiersOf(keys: WebhookKeys): Promise<Verifier[]> {
  const list: readonly Partial<Record<Kind, unknown>>[] = Array.isArray(keys) ? keys : [keys];
  const found = list.flatMap((each) => [...keysIn(each, "secret"), ...keysIn(each, "publicKey")]);
  if (found.length === 0) throw invalid(`No key was given. Pass {secret} or {publicKey}. ${IS_SET}`);
  return Promise.all(found.map(({ kind, key }) => FORMATS[kind].verifier(key)));
}

function keysIn(keys: Partial<Record<Kind, unknown>>, kind: Kind) {
  const value = keys?.[kind];
  if (value === undefined) return [];
  const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
  return texts.map((text) => ({ kind, key: decode(text, kind) }));
}

/** The message must not contain the key, because messages are logged. */
function decode(text: unknown, kind: Kind): Uint8Array<ArrayBuffer> {
  const { prefix, least, most } = FORMATS[kind];
  if (typeof text !== "string" || text === "") throw invalid(`A ${kind} is empty. ${IS_SET}`);
  const trimmed = text.trim();
  const found = /^wh(sec|pk|sk)_/.exec(trimmed)?.[0] ?? "";
  // A public key that served as a secret would let everybody sign.
  if (found !== "" && found !== prefix) throw invalid(`A ${kind} begins with ${prefix}, but this key with ${found}.`);
  const bytes = fromBase64(trimmed.slice(found.length));
  if (bytes === null || bytes.length < least || bytes.length > most) {
    const size = least === most ? least : `${least} to ${most}`;
    throw invalid(`A ${kind} is malformed: it must be ${prefix} and ${size} bytes in base64. Was it copied whole?`);
  }
  return bytes;
}

function invalid(message: string): WebhookVerificationError {
  return new WebhookVerificationError("invalid_key", message);
}
