import { WebhookVerificationError } from "./error.ts";
import type { WebhookRequest } from "./request.ts";

/** Reelhook sends less than 20,000 bytes, but anybody can send anything to a receiver. */
const MAX_BODY_BYTES = 64 * 1024;

/** How to get the raw body. */
export const PASS_RAW_BODY =
  "Pass the raw body: the unread Request, or what `await request.text()` returned. In Express, use " +
  '`express.raw({ type: "application/json" })` on this route, before `express.json()`.';

/** @returns a copy of the bytes that arrived, which nothing else can change. */
export async function readBody(request: WebhookRequest): Promise<Uint8Array> {
  const body = await rawBody(request);
  if (body.byteLength > MAX_BODY_BYTES) throw tooLarge();
  return body.slice();
}

async function rawBody(request: WebhookRequest): Promise<Uint8Array> {
  const body: unknown = "body" in request ? request.body : undefined;
  if ("arrayBuffer" in request) {
    if (request.bodyUsed || (isStream(body) && body.locked)) throw alreadyRead();
    return isStream(body) ? collect(chunksOf(body)) : new Uint8Array(await request.arrayBuffer());
  }
  if (body !== undefined && body !== null) return bytesOf(body);
  if (!(Symbol.asyncIterator in request)) {
    throw new WebhookVerificationError("body_missing", `There is no body. ${PASS_RAW_BODY}`);
  }
  if ("readableDidRead" in request && request.readableDidRead === true) throw alreadyRead();
  return collect(request);
}

function isStream(body: unknown): body is ReadableStream<unknown> {
  return typeof body === "object" && body !== null && "getReader" in body;
}

/** Uses a reader, because not every runtime can iterate a stream. */
async function* chunksOf(stream: ReadableStream<unknown>): AsyncGenerator<unknown> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    // If the body is too large, the rest is not received. Nothing depends on the result.
    reader.cancel().catch(() => {});
  }
}

async function collect(chunks: AsyncIterable<unknown>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    const part = bytesOf(chunk);
    size += part.byteLength;
    if (size > MAX_BODY_BYTES) throw tooLarge();
    parts.push(part);
  }
  return concat(parts);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

function bytesOf(body: unknown): Uint8Array {
  if (typeof body === "string") return new TextEncoder().encode(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  if (isArrayBuffer(body)) return new Uint8Array(body);
  throw new WebhookVerificationError(
    "body_parsed",
    `The body is neither text nor bytes: a framework has parsed it, or it is a stream. ${PASS_RAW_BODY}`,
  );
}

/** Recognizes buffers of other realms, too, such as those of a test runner. */
function isArrayBuffer(body: unknown): body is ArrayBuffer {
  return Object.prototype.toString.call(body) === "[object ArrayBuffer]";
}

function alreadyRead(): WebhookVerificationError {
  return new WebhookVerificationError(
    "body_already_read",
    `The body of the request has been read already. ${PASS_RAW_BODY} If middleware reads it, pass {headers, body}.`,
  );
}

function tooLarge(): WebhookVerificationError {
  return new WebhookVerificationError("body_too_large", `The body is larger than ${MAX_BODY_BYTES} bytes.`);
}
