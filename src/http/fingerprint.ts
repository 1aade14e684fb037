// What tells a repeated request from another one under the same idempotency key.

import { toHex } from "../core/encoding.ts";
import { textPieces } from "../videos/json-stream.ts";
import { dataUrisIn } from "./data-uris.ts";
import type { CreateRequest } from "./schemas.ts";

/** The same for the same request, however its JSON was ordered and spaced. What is long stands there by its own hash. */
export async function fingerprintOf(request: CreateRequest): Promise<string> {
  const hashes = new Map<string, string>();
  for (const uri of dataUrisIn(request.input)) hashes.set(uri, toHex(await sha256Of(uri)));
  const canonical = JSON.stringify(request, (_, value: unknown) => {
    if (typeof value === "string") return hashes.get(value) ?? value;
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  });
  return toHex(await sha256Of(canonical));
}

async function sha256Of(text: string): Promise<ArrayBuffer> {
  const digest = new crypto.DigestStream("SHA-256");
  const writer = digest.getWriter();
  const encoder = new TextEncoder();
  for (const piece of textPieces(text)) await writer.write(encoder.encode(piece));
  await writer.close();
  return digest.digest;
}
