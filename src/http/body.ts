// Request bodies: JSON, bounded while they are read.

import type { HonoRequest } from "hono";
import { invalidRequest, Problem } from "./problem.ts";

/** Room for a video as a data URI. */
export const MAX_BODY_BYTES = 32 * 1024 * 1024;

const MAX_DEPTH = 32;
const MAX_VALUES = 5_000;

/** The body as JSON, or a Problem that says what is wrong with it. */
export async function readJson(request: HonoRequest): Promise<unknown> {
  const type = request.header("content-type") ?? "";
  if (!/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type)) {
    throw new Problem("unsupported_media_type", "Send the body with `Content-Type: application/json`.");
  }
  const length = request.header("content-length");
  if (Number(length ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const text = await readText(request.raw.body, length !== undefined);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw invalidRequest([{ pointer: "", message: "is not JSON" }]);
  }
  checkShape(body);
  return body;
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

/** Read by the runtime: it decodes a large body without holding it twice, which code here cannot. */
async function readText(body: ReadableStream<Uint8Array> | null, isBounded: boolean): Promise<string> {
  const text = await new Response(isBounded ? body : limited(body)).text();
  // The runtime puts this in place of bytes that are not UTF-8.
  if (text.includes("\ufffd")) throw invalidRequest([{ pointer: "", message: "is not UTF-8, or holds U+FFFD" }]);
  return text;
}

/** For a body that does not say how long it is. */
function limited(body: ReadableStream<Uint8Array> | null): ReadableStream<Uint8Array> | null {
  let bytes = 0;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > MAX_BODY_BYTES) controller.error(tooLarge());
      else controller.enqueue(chunk);
    },
  });
  return body?.pipeThrough(counted) ?? null;
}

function tooLarge(): Problem {
  const message = `must be at most ${MAX_BODY_BYTES} bytes`;
  return new Problem("payload_too_large", `The body ${message}.`, { errors: [{ pointer: "", message }] });
}
