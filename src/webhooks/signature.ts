// Signs messages according to Standard Webhooks:
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

import { fromBase64, fromBase64Url, toBase64 } from "../core/encoding.ts";
import type { Scope } from "../core/scope.ts";
import type { SigningKeys } from "../core/webhooks/destination.ts";
import { deriveKey, importHmacKey } from "../derived-keys.ts";

export interface Signed {
  readonly id: string;
  /** Whole seconds since the Unix epoch: the attempt's time, not the event's. */
  readonly timestamp: number;
  readonly body: string;
}

/** Returns one signature of a message, prefixed with the name of its scheme. */
export type Signer = (content: Uint8Array) => Promise<string>;

/** `v1`: HMAC-SHA256, for receivers that share the secret. */
export function hmacSigner(key: ArrayBuffer): Signer {
  let imported: CryptoKey | null = null;
  return async (content) => {
    imported ??= await importHmacKey(key);
    return `v1,${toBase64(await crypto.subtle.sign("HMAC", imported, content))}`;
  };
}

/** `v1a`: Ed25519, for receivers that verify with a public key instead of a shared secret. */
export function ed25519Signer({ privateKey }: Ed25519KeyPair): Signer {
  return async (content) => `v1a,${toBase64(await crypto.subtle.sign("Ed25519", privateKey, content))}`;
}

/** The value of `webhook-signature`: all signatures, space-separated. */
export async function signatureHeader(signers: readonly Signer[], { id, timestamp, body }: Signed): Promise<string> {
  const content = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  return (await Promise.all(signers.map((sign) => sign(content)))).join(" ");
}

/** What a scope's own keys are derived from. If several master secrets are listed, each signs, under each rotation. */
export interface ScopeSecrets {
  readonly scope: Scope;
  /** Newest first. */
  readonly secrets: readonly string[];
}

/** The scope's HMAC keys, newest first. */
export function scopeHmacKeys({ secrets, scope }: ScopeSecrets, rotations: readonly number[]): Promise<ArrayBuffer[]> {
  return Promise.all(
    secrets.flatMap((secret) => rotations.map((rotation) => deriveKey(secret, "webhook-secret", scope, rotation))),
  );
}

/** The scope's key pairs, newest first. */
export function scopeKeyPairs(
  { secrets, scope }: ScopeSecrets,
  rotations: readonly number[],
): Promise<Ed25519KeyPair[]> {
  const pair = async (secret: string, rotation: number) =>
    ed25519KeyPair(await deriveKey(secret, "webhook-key", scope, rotation));
  return Promise.all(secrets.flatMap((secret) => rotations.map((rotation) => pair(secret, rotation))));
}

/**
 * How many signers are cached, in all sets. A delivery has few, but hundreds if an account has many webhook endpoints with
 * one URL and rotates their secrets: a limit on the number of sets would let it fill the memory.
 */
const MAX_KEPT = 4_000;

/** Holds signers rather than promises, because a promise is only usable in the request that created it. */
const keptSigners = new Map<string, readonly Signer[]>();
let keptCount = 0;

/** All signers of a delivery, in header order. Cached, because deriving the keys takes longer than signing. */
export async function signersFor(keys: SigningKeys, own: ScopeSecrets): Promise<readonly Signer[]> {
  const name = JSON.stringify([
    keys.hmacRotations,
    keys.ed25519Rotations,
    keys.endpointSecrets,
    own.scope,
    own.secrets,
  ]);
  const kept = keptSigners.get(name);
  if (kept !== undefined) return kept;
  const signers = await deriveSigners(keys, own);
  keep(name, signers);
  return signers;
}

function keep(name: string, signers: readonly Signer[]): void {
  // Another delivery may have derived them meanwhile.
  if (keptSigners.has(name)) return;
  const count = Math.max(1, signers.length);
  if (keptCount + count > MAX_KEPT) {
    keptSigners.clear();
    keptCount = 0;
  }
  keptSigners.set(name, signers);
  keptCount += count;
}

async function deriveSigners(keys: SigningKeys, own: ScopeSecrets): Promise<Signer[]> {
  const [scopes, pairs] = await Promise.all([
    scopeHmacKeys(own, keys.hmacRotations),
    scopeKeyPairs(own, keys.ed25519Rotations),
  ]);
  return [...[...keys.endpointSecrets.map(fromBase64), ...scopes].map(hmacSigner), ...pairs.map(ed25519Signer)];
}

/** A secret in the Standard Webhooks format: `whsec_`, followed by the key in base64. */
export function formatSecret(key: ArrayBuffer): string {
  return `whsec_${toBase64(key)}`;
}

/** A public key in the Standard Webhooks format: `whpk_` and base64. */
export function formatPublicKey({ publicKey }: Ed25519KeyPair): string {
  return `whpk_${toBase64(publicKey)}`;
}

export interface Ed25519KeyPair {
  readonly privateKey: CryptoKey;
  /** 32 bytes. */
  readonly publicKey: ArrayBuffer;
}

/** Bytes that precede the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410, section 7). */
const PKCS8_PREFIX = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/** @param seed 32 bytes: an Ed25519 private key (RFC 8032). */
export async function ed25519KeyPair(seed: ArrayBuffer): Promise<Ed25519KeyPair> {
  const pkcs8 = new Uint8Array([...PKCS8_PREFIX, ...new Uint8Array(seed)]);
  const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, { name: "Ed25519" }, true, ["sign"]);
  const { x = "" } = (await crypto.subtle.exportKey("jwk", privateKey)) as JsonWebKey;
  return { privateKey, publicKey: fromBase64Url(x) };
}
