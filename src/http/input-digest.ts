// What is kept of a request's input: data URIs can be megabytes, so they are shown shortened, hashed, and kept in R2 until
// the provider has them. One pass over the input finds all three.

import { toHex } from "../core/encoding.ts";
import type { JsonObject, JsonValue } from "../core/generation/record.ts";
import { DATA_URI } from "../providers/models.ts";
import { textPieces } from "../videos/json-stream.ts";

export interface InputDigest {
  /** `data:video/mp4;base64,AAAA…` → `data:video/mp4;… (1234567 bytes)`; everything else as sent. */
  readonly shortened: JsonObject;
  readonly hasDataUris: boolean;
  /** JSON with sorted names, in pieces; a data URI is a piece of its own, to be replaced by its hash. */
  readonly canonical: readonly CanonicalPiece[];
}

type CanonicalPiece = string | { readonly dataUri: string };

export function digestInput(input: JsonObject): InputDigest {
  const canonical: CanonicalPiece[] = [];
  const shortened = visit(input, canonical) as JsonObject;
  return { shortened, hasDataUris: canonical.some((piece) => typeof piece !== "string"), canonical };
}

/** Appends the value's canonical JSON to `canonical`, and returns the value with its data URIs shortened. */
function visit(value: JsonValue, canonical: CanonicalPiece[]): JsonValue {
  if (typeof value === "string" && DATA_URI.test(value)) {
    canonical.push({ dataUri: value });
    return label(value);
  }
  if (typeof value !== "object" || value === null) {
    canonical.push(JSON.stringify(value));
    return value;
  }
  if (Array.isArray(value)) {
    const items = value.map((item, at) => {
      canonical.push(at === 0 ? "[" : ",");
      return visit(item, canonical);
    });
    canonical.push(items.length === 0 ? "[]" : "]");
    return items;
  }
  const fields = value as JsonObject;
  const visited = new Map<string, JsonValue>();
  for (const name of canonicalNames(fields)) {
    canonical.push(`${visited.size === 0 ? "{" : ","}${JSON.stringify(name)}:`);
    visited.set(name, visit(fields[name] ?? null, canonical));
  }
  canonical.push(visited.size === 0 ? "{}" : "}");
  return Object.fromEntries(Object.keys(fields).map((name) => [name, visited.get(name) ?? null]));
}

/** Sorted, but for whole numbers: an object always lists those first, in ascending order. */
function canonicalNames(value: object): string[] {
  return Object.keys(
    Object.fromEntries(
      Object.keys(value)
        .sort()
        .map((name) => [name, true]),
    ),
  );
}

function label(uri: string): string {
  const comma = uri.indexOf(",");
  const [type = ""] = uri.slice("data:".length, comma).split(";");
  return `data:${type};… (${payloadBytes(uri, comma)} bytes)`;
}

/** Size of the file, or of the text if it is not base64. */
function payloadBytes(uri: string, comma: number): number {
  const payload = uri.length - comma - 1;
  if (!uri.slice(0, comma).toLowerCase().endsWith(";base64")) return payload;
  const padding = uri.endsWith("==") ? 2 : uri.endsWith("=") ? 1 : 0;
  return Math.floor((payload * 3) / 4) - padding;
}

interface FingerprintedRequest {
  readonly digest: InputDigest;
  readonly model: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly webhooks: readonly { readonly url: string; readonly events: readonly string[] }[];
  readonly retentionDays: number | null;
}

/**
 * Identifies a request, whatever the order and spacing of its JSON, so that a retry can be told from a different request
 * with the same idempotency key. Records keep it: the same request must have the same fingerprint in every release.
 */
export async function fingerprintOf(request: FingerprintedRequest): Promise<string> {
  let input = "";
  // One at a time: a request may hold thousands of data URIs.
  for (const piece of request.digest.canonical) {
    input += typeof piece === "string" ? piece : JSON.stringify(toHex(await sha256(piece.dataUri)));
  }
  const metadata = JSON.stringify(request.metadata, canonicalNames(request.metadata));
  const webhooks = JSON.stringify(request.webhooks, ["events", "url"]);
  const { model, retentionDays } = request;
  const rest = `"metadata":${metadata},"model":${JSON.stringify(model)},"retentionDays":${retentionDays},"webhooks":${webhooks}`;
  return toHex(await sha256(`{"input":${input},${rest}}`));
}

async function sha256(text: string): Promise<ArrayBuffer> {
  const digest = new crypto.DigestStream("SHA-256");
  const writer = digest.getWriter();
  const encoder = new TextEncoder();
  // A copy of the whole text as bytes would not fit into memory.
  for (const piece of textPieces(text)) await writer.write(encoder.encode(piece));
  await writer.close();
  return digest.digest;
}
