// Standard Webhooks, as a sender: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

import type { Scope } from "../core/generation.ts";
import { deriveKey, importHmacKey, toBase64 } from "../keys.ts";

export interface Signed {
  readonly id: string;
  /** Whole seconds since the Unix epoch: the attempt's time, not the event's. */
  readonly timestamp: number;
  readonly body: string;
}

/** The scope's signing keys, one for each master secret, newest first. */
export function scopeKeys(secrets: readonly string[], scope: Scope): Promise<ArrayBuffer[]> {
  return Promise.all(secrets.map((secret) => deriveKey(secret, "webhook-secret", scope)));
}

/** A key as callers write it: `whsec_` and base64. */
export function formatSecret(key: ArrayBuffer): string {
  return `whsec_${toBase64(key)}`;
}

/** The value of `webhook-signature`: one `v1` signature for each key, space-separated. */
export async function signatureHeader(keys: readonly ArrayBuffer[], { id, timestamp, body }: Signed): Promise<string> {
  const content = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  const signatures = keys.map(async (key) => {
    const mac = await crypto.subtle.sign("HMAC", await importHmacKey(key), content);
    return `v1,${toBase64(mac)}`;
  });
  return (await Promise.all(signatures)).join(" ");
}
