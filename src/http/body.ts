// Reads request bodies: JSON, with bounds on size and shape.

import type { HonoRequest } from "hono";
import { parseContentLength } from "../core/http-fields.ts";
import { jsonText } from "./json-text.ts";
import { invalidRequest, Problem } from "./problem.ts";

/** Large enough for a video as a data URI. */
export const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** Initial buffer for a body without Content-Length. */
const FIRST_BYTES = 16 * 1024;

const MAX_DEPTH = 32;
const MAX_VALUES = 5_000;

/** @throws Problem if the body is not JSON, too large, or too deeply nested. */
export async function readJson(request: HonoRequest): Promise<unknown> {
  const type = request.header("content-type") ?? "";
  if (!/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type)) {
    throw new Problem("unsupported_media_type", "Send the body with `Content-Type: application/json`.");
  }
  const body = parse(await readBytes(request));
  checkShape(body);
  return body;
}

/** The platform enforces Content-Length, so a body that has one is read in one piece. */
async function readBytes(request: HonoRequest): Promise<Bytes> {
  const length = request.header("content-length");
  if (length === undefined) return readAll(request.raw.body);
  if ((parseContentLength(length) ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const buffer = await request.raw.arrayBuffer();
  return { buffer, length: buffer.byteLength };
}

/** Protects later steps from running out of stack or memory. No valid request comes near these bounds. */
function checkShape(body: unknown): void {
  let level: unknown[] = [body];
  let values = 0;
  for (let depth = 0; level.length > 0; depth++) {
    values += level.length;
    if (depth > MAX_DEPTH)
      throw invalidRequest([{ pointer: "", message: `must have at most ${MAX_DEPTH} levels of nesting` }]);
    if (values > MAX_VALUES) throw invalidRequest([{ pointer: "", message: `must have at most ${MAX_VALUES} values` }]);
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
 * Reads into one buffer that grows as needed. Joining pieces at the end would hold the body twice, and the runtime's own
 * `arrayBuffer()` takes six times the size of a body without Content-Length.
 */
async function readAll(body: ReadableStream<Uint8Array> | null): Promise<Bytes> {
  let buffer = new ArrayBuffer(FIRST_BYTES);
  let length = 0;
  const reader = body?.getReader({ mode: "byob" });
  while (reader !== undefined) {
    const { done, value } = await reader.read(new Uint8Array(buffer, length));
    if (value !== undefined) {
      // Reading transfers the memory to a new buffer.
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
