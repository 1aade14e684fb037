// Request bodies: JSON, bounded while they are read.

import type { HonoRequest } from "hono";
import { readAtMost } from "../streams.ts";
import { invalidRequest, Problem } from "./problem.ts";

/** Room for a video as a data URI. */
export const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** The body as JSON, or a Problem that says what is wrong with it. */
export async function readJson(request: HonoRequest): Promise<unknown> {
  const type = request.header("content-type") ?? "";
  if (!/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type)) {
    throw new Problem("unsupported_media_type", "Send the body with `Content-Type: application/json`.");
  }
  if (Number(request.header("content-length") ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const bytes = await readAtMost(request.raw.body, MAX_BODY_BYTES + 1);
  if (bytes.byteLength > MAX_BODY_BYTES) throw tooLarge();
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch {
    throw invalidRequest([{ pointer: "", message: "is not JSON" }]);
  }
}

function tooLarge(): Problem {
  const message = `must be at most ${MAX_BODY_BYTES} bytes`;
  return new Problem("payload_too_large", `The body ${message}.`, { errors: [{ pointer: "", message }] });
}
