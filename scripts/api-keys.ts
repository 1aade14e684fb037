// Makes API keys and secrets, and the forms in which settings hold them.

import { createHash, randomBytes } from "node:crypto";

export type Mode = "live" | "test";

/** 160 random bits behind a prefix that names the mode. */
export function newApiKey(mode: Mode): string {
  return `rh_${mode}_${randomBytes(20).toString("hex")}`;
}

/** What API_KEYS may hold instead of the key itself. */
export function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

export function newSigningSecret(): string {
  return randomBytes(32).toString("base64url");
}
