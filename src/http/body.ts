// Reads request bodies: JSON, with bounds on size, shape, time and memory.

import type { HonoRequest } from "hono";
import { parseContentLength } from "../core/http-fields.ts";
import { BodyMemory } from "./body-memory.ts";
import { readBytes } from "./body-stream.ts";
import { LimitReached } from "./json-scan.ts";
import { parseJson } from "./json-text.ts";
import { invalidRequest, Problem } from "./problem.ts";

/** Limit for every body except those that create a generation (`MAX_BODY_BYTES`). */
export const MAX_SMALL_BODY_BYTES = 256 * 1024;

interface BodyOptions {
  readonly maxBytes: number;
  /** Accounts share the memory for bodies. */
  readonly account: string;
}

/**
 * Reads the JSON body and passes it to `use`. Memory for a large body is borrowed until `use` is done, so `use` must do
 * everything that needs the body, and its result must not refer to it.
 *
 * @throws Problem if the body is not JSON, too large, too deeply nested or too slow, or if there is no memory for it.
 */
export async function withJson<T>(
  request: HonoRequest,
  { maxBytes, account }: BodyOptions,
  use: (body: unknown) => T | Promise<T>,
): Promise<T> {
  const type = request.header("content-type") ?? "";
  if (!/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type)) {
    throw new Problem("unsupported_media_type", "Send the body with `Content-Type: application/json`.");
  }
  const header = request.header("content-length");
  // A body with an unreadable length is read as one of unknown length.
  const length = header === undefined ? null : parseContentLength(header);
  const memory = new BodyMemory(account, maxBytes);
  try {
    const body = await readBytes(request.raw.body, { length, maxBytes, memory });
    return await use(parse(body.buffer, body.length));
  } finally {
    memory.release();
  }
}

function parse(buffer: ArrayBuffer, length: number): unknown {
  try {
    return parseJson(buffer, length);
  } catch (cause) {
    throw invalidRequest([{ pointer: "", message: reasonFor(cause) }]);
  }
}

function reasonFor(cause: unknown): string {
  if (cause instanceof LimitReached) return cause.message;
  return cause instanceof TypeError ? "is not UTF-8" : "is not JSON";
}
