// The text of an API key that is made with ADMIN_KEY: `rh_live_` or `rh_test_`, 32 random characters (160 bits), and 8
// characters (40 bits) of an HMAC over all before them. The HMAC refuses text that nobody was given, without asking the
// object of the keys. It protects nothing else: a key is valid only if the object knows its hash.

import { encode, randomText } from "../contract/ids.ts";
import type { Mode } from "../contract/words.ts";
import { importHmacKey } from "../derived-keys.ts";

const RANDOM_LENGTH = 32;
const TAG_LENGTH = 8;
const PREFIX_LENGTH = 14;

const TOKEN = new RegExp(`^(rh_(?:live|test)_[0-9a-z]{${RANDOM_LENGTH}})([0-9a-z]{${TAG_LENGTH}})$`);

/** @param secret the same for as long as the keys are kept. */
export async function newToken(mode: Mode, secret: string): Promise<string> {
  const text = `rh_${mode}_${randomText(RANDOM_LENGTH)}`;
  return text + (await tagOf(text, secret));
}

/** Whether `token` was made with this secret. */
export async function isToken(token: string, secret: string): Promise<boolean> {
  const [, text, tag] = TOKEN.exec(token) ?? [];
  return text !== undefined && tag === (await tagOf(text, secret));
}

/** Whether `token` looks like a key, whatever secret it was made with. */
export function isTokenForm(token: string): boolean {
  return TOKEN.test(token);
}

/** The first characters of a key, by which people recognize it. They are no secret. */
export function prefixOf(token: string): string {
  return token.slice(0, PREFIX_LENGTH);
}

const hmacKeys = new Map<string, CryptoKey>();

async function tagOf(text: string, secret: string): Promise<string> {
  const encoder = new TextEncoder();
  const key = hmacKeys.get(secret) ?? (await importHmacKey(new Uint8Array(encoder.encode(secret)).buffer));
  hmacKeys.set(secret, key);
  return encode(new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text))), TAG_LENGTH);
}
