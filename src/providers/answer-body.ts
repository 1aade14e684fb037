// Reads the body of an answer as JSON, within bounds.

import { hasTooManyValues, MAX_ANSWER_VALUES } from "./answer-values.ts";

export interface AnswerBody {
  /** Undefined if the body is not JSON. */
  readonly body: unknown;
  /** Why the body could not be read, to append to a message; empty if it was read. */
  readonly flaw: string;
}

/**
 * @param bytes the body, or its beginning if it is larger than `most`.
 * @param most maximum size in bytes.
 */
export function readBody(bytes: Uint8Array, most: number): AnswerBody {
  const unread = (flaw: string) => ({ body: undefined, flaw });
  if (bytes.byteLength === 0) return unread(", no body");
  if (bytes.byteLength > most) return unread(`, more than ${most / 1024 / 1024} MiB`);
  if (hasTooManyValues(bytes)) return unread(`, more than ${MAX_ANSWER_VALUES} values`);
  const body = parseJson(new TextDecoder().decode(bytes));
  return body === undefined ? unread(", not JSON") : { body, flaw: "" };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
