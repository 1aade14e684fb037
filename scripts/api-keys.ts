// Generates API keys and signing secrets, and hashes keys for the settings.

import { createHash, randomBytes } from "node:crypto";

export type Mode = "live" | "test";

/** A prefix that names the mode, then 160 random bits in hex. */
export function newApiKey(mode: Mode): string {
  return `rh_${mode}_${randomBytes(20).toString("hex")}`;
}

/** SHA-256 of a key in hex, which API_KEYS accepts instead of the key. */
export function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** 256 random bits in base64url. */
export function newSigningSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** A value for ADMIN_KEY: a prefix by which it is recognized, then 256 random bits. */
export function newAdminKey(): string {
  return `rh_admin_${randomBytes(32).toString("hex")}`;
}
