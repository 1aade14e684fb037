// Prepares the input of a request for storage. Data URIs can be megabytes. One pass over the input shortens them for
// display, notes whether there are any, and collects canonical JSON for the fingerprint.

import { DATA_URI } from "../core/data-uri.ts";
import { toHex } from "../core/encoding.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import { chunkMemory, encodedChunks, MAX_BYTES_PER_UNIT, textPieces } from "../videos/json-stream.ts";

/**
 * In characters of JSON, data URIs shortened. The record is one SQLite row, and this leaves room for its other fields.
 */
export const MAX_INPUT_LENGTH = 256 * 1024;

/** Texts up to this length are hashed without the shared memory, which is larger. In UTF-16 code units. */
const SHORT_LENGTH = 4 * 1024;

/** The error for a longer input. */
export const TOO_LONG = `must have at most ${MAX_INPUT_LENGTH} characters, not counting data URIs`;

export interface PreparedInput {
  /** `data:video/mp4;base64,AAAA…` → `data:video/mp4;… (1234567 bytes)`; everything else as sent. */
  readonly shortened: JsonObject;
  readonly hasDataUris: boolean;
  /** The shortened input is longer than {@link MAX_INPUT_LENGTH}. */
  readonly isTooLong: boolean;
  /** JSON with sorted names, in pieces. A data URI is a separate piece. Incomplete if the input is too long. */
  readonly canonical: readonly CanonicalPiece[];
}

type CanonicalPiece = string | { readonly dataUri: string };

export function prepareInput(input: JsonObject): PreparedInput {
  const pieces = new Pieces();
  const shortened = visit(input, pieces) as JsonObject;
  const { canonical, length, hasDataUris } = pieces;
  return { shortened, hasDataUris, isTooLong: length > MAX_INPUT_LENGTH, canonical };
}

/** Collects canonical JSON, but no more than is needed: a Worker has no memory for a copy of a large body. */
class Pieces {
  readonly canonical: CanonicalPiece[] = [];
  /** Length of the shortened input as JSON. */
  length = 0;
  hasDataUris = false;

  push(json: string): void {
    this.length += json.length;
    if (this.length <= MAX_INPUT_LENGTH) this.canonical.push(json);
  }

  pushText(text: string): void {
    if (text.length > MAX_INPUT_LENGTH) this.length += text.length;
    else this.push(JSON.stringify(text));
  }

  pushDataUri(dataUri: string, shortened: string): void {
    this.length += JSON.stringify(shortened).length;
    this.hasDataUris = true;
    this.canonical.push({ dataUri });
  }
}

/** Adds the value's canonical JSON to `pieces`, and returns the value with its data URIs shortened. */
function visit(value: JsonValue, pieces: Pieces): JsonValue {
  if (typeof value === "string") {
    if (!DATA_URI.test(value)) {
      pieces.pushText(value);
      return value;
    }
    const shortened = shortenDataUri(value);
    pieces.pushDataUri(value, shortened);
    return shortened;
  }
  if (typeof value !== "object" || value === null) {
    pieces.push(JSON.stringify(value));
    return value;
  }
  if (Array.isArray(value)) {
    pieces.push("[");
    const items = value.map((item, at) => {
      if (at > 0) pieces.push(",");
      return visit(item, pieces);
    });
    pieces.push("]");
    return items;
  }
  const fields = value as JsonObject;
  const visited = new Map<string, JsonValue>();
  pieces.push("{");
  for (const name of canonicalNames(fields)) {
    if (visited.size > 0) pieces.push(",");
    pieces.pushText(name);
    pieces.push(":");
    visited.set(name, visit(fields[name] ?? null, pieces));
  }
  pieces.push("}");
  return Object.fromEntries(Object.keys(fields).map((name) => [name, visited.get(name) ?? null]));
}

/**
 * Sorted names. JavaScript lists names that are whole numbers first; the order is kept because stored fingerprints
 * depend on it.
 */
function canonicalNames(value: object): string[] {
  return Object.keys(
    Object.fromEntries(
      Object.keys(value)
        .sort()
        .map((name) => [name, true]),
    ),
  );
}

function shortenDataUri(uri: string): string {
  const comma = uri.indexOf(",");
  const [type = ""] = uri.slice("data:".length, comma).split(";");
  // Copied, because a slice keeps the whole data URI in memory, and the shortened one outlives the body.
  return JSON.parse(JSON.stringify(`data:${type};… (${payloadBytes(uri, comma)} bytes)`));
}

/** Size of the file, or of the text if it is not base64. */
function payloadBytes(uri: string, comma: number): number {
  const payload = uri.length - comma - 1;
  if (!uri.slice(0, comma).toLowerCase().endsWith(";base64")) return payload;
  const padding = uri.endsWith("==") ? 2 : uri.endsWith("=") ? 1 : 0;
  return Math.floor((payload * 3) / 4) - padding;
}

interface FingerprintedRequest {
  readonly prepared: PreparedInput;
  readonly model: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly webhooks: readonly { readonly url: string; readonly events: readonly string[] }[];
  readonly retentionDays: number | null;
  /** The sandbox's script, if the request names one in a header. */
  readonly simulate: string | null;
}

/**
 * Identifies a request, regardless of whitespace and the order of field names, so that a retry can be told from a
 * different request with the same idempotency key. Records keep it: the same request must have the same fingerprint in
 * every release.
 */
export async function fingerprintOf(request: FingerprintedRequest): Promise<string> {
  const hashes = new Map<string, string>();
  // Shared, because new memory for each of thousands of data URIs would pile up until garbage collection. Most requests
  // need none.
  let memory: Uint8Array<ArrayBuffer> | null = null;
  const shared = () => {
    memory ??= chunkMemory();
    return memory;
  };
  let input = "";
  // One at a time, because a request may have thousands of data URIs.
  for (const piece of request.prepared.canonical) {
    if (typeof piece === "string") input += piece;
    else {
      const hash = hashes.get(piece.dataUri) ?? toHex(await sha256(piece.dataUri, shared()));
      hashes.set(piece.dataUri, hash);
      input += JSON.stringify(hash);
    }
  }
  const names = canonicalNames(request.metadata);
  // A data URI of the input counts by its hash in metadata, too: fingerprints have always been made this way.
  const metadata = names.map((name) => [name, request.metadata[name] ?? ""] as const);
  const hashed = Object.fromEntries(metadata.map(([name, value]) => [name, hashes.get(value) ?? value]));
  const webhooks = request.webhooks.map(({ events, url }) => ({ events, url }));
  const { model, retentionDays, simulate } = request;
  // Left out if it is null, because fingerprints of earlier releases do not include it.
  const simulated = simulate === null ? "" : `"simulate":${JSON.stringify(simulate)},`;
  const rest = `"metadata":${JSON.stringify(hashed)},"model":${JSON.stringify(model)},"retentionDays":${retentionDays},${simulated}"webhooks":${JSON.stringify(webhooks)}`;
  const text = `{"input":${input},${rest}}`;
  if (text.length > SHORT_LENGTH) return toHex(await sha256(text, shared()));
  return toHex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

/** @param memory for the text as bytes: a copy of a whole long text would not fit into memory. */
async function sha256(text: string, memory: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  // Much less work than a stream, for requests with thousands of data URIs.
  if (MAX_BYTES_PER_UNIT * text.length <= memory.byteLength) {
    const { written } = new TextEncoder().encodeInto(text, memory);
    return crypto.subtle.digest("SHA-256", memory.subarray(0, written));
  }
  const digest = new crypto.DigestStream("SHA-256");
  const writer = digest.getWriter();
  for (const chunk of encodedChunks(textPieces(text), memory)) await writer.write(chunk);
  await writer.close();
  return digest.digest;
}
