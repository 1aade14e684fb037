// Request bodies: JSON, bounded while they are read.

import type { HonoRequest } from "hono";
import { jsonText } from "./json-text.ts";
import { invalidRequest, Problem } from "./problem.ts";

/** Room for a video as a data URI. */
export const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** For a body that does not say how long it is. */
const FIRST_BYTES = 16 * 1024;

const MAX_DEPTH = 32;
const MAX_VALUES = 5_000;

/** The body as JSON, or a Problem that says what is wrong with it. */
export async function readJson(request: HonoRequest): Promise<unknown> {
  const type = request.header("content-type") ?? "";
  if (!/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type)) {
    throw new Problem("unsupported_media_type", "Send the body with `Content-Type: application/json`.");
  }
  const body = parse(await readBytes(request));
  checkShape(body);
  return body;
}

/** A body that says how long it is comes in one piece; it cannot be longer. */
async function readBytes(request: HonoRequest): Promise<Bytes> {
  const length = request.header("content-length");
  if (length === undefined) return readAll(request.raw.body);
  if (Number(length) > MAX_BODY_BYTES) throw tooLarge();
  const buffer = await request.raw.arrayBuffer();
  return { buffer, length: buffer.byteLength };
}

/** No request is like that, and what looks at one could run out of stack or memory: a body of 250 kB has 125,000 zeros. */
function checkShape(body: unknown): void {
  let level: unknown[] = [body];
  let values = 0;
  for (let depth = 0; level.length > 0; depth++) {
    values += level.length;
    if (depth > MAX_DEPTH) throw invalidRequest([{ pointer: "", message: `must be at most ${MAX_DEPTH} levels deep` }]);
    if (values > MAX_VALUES) throw invalidRequest([{ pointer: "", message: `must hold at most ${MAX_VALUES} values` }]);
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== "object" || value === null) continue;
      for (const inner of Object.values(value)) {
        if (next.push(inner) > MAX_VALUES) break;
      }
    }
    level = next;
  }
}

interface Bytes {
  readonly buffer: ArrayBuffer;
  readonly length: number;
}

function parse({ buffer, length }: Bytes): unknown {
  try {
    return JSON.parse(jsonText(buffer, length));
  } catch (cause) {
    const message = cause instanceof TypeError ? "is not UTF-8" : "is not JSON";
    throw invalidRequest([{ pointer: "", message }]);
  }
}

/**
 * Into one piece of memory. It grows if it must; pieces that are joined at the end are held twice, and the runtime takes
 * six times a body that does not say how long it is.
 */
async function readAll(body: ReadableStream<Uint8Array> | null): Promise<Bytes> {
  let buffer = new ArrayBuffer(FIRST_BYTES);
  let length = 0;
  const reader = body?.getReader({ mode: "byob" });
  while (reader !== undefined) {
    const { done, value } = await reader.read(new Uint8Array(buffer, length));
    if (value !== undefined) {
      // Reading has moved the memory into a new object.
      buffer = value.buffer;
      length += value.byteLength;
    }
    if (done) break;
    if (length > MAX_BODY_BYTES) {
      await reader.cancel().catch(() => {});
      throw tooLarge();
    }
    if (length === buffer.byteLength) buffer = buffer.transfer(Math.min(2 * length, MAX_BODY_BYTES + 1));
  }
  return { buffer, length };
}

function tooLarge(): Problem {
  const message = `must be at most ${MAX_BODY_BYTES} bytes`;
  return new Problem("payload_too_large", `The body ${message}.`, { errors: [{ pointer: "", message }] });
}
