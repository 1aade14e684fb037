import { parseContentLength } from "../core/http-fields.ts";

/**
 * Reads the beginning of a stream and discards the rest. If the stream breaks, returns what was read before.
 *
 * @param most maximum number of bytes to return.
 */
export async function readAtMost(stream: ReadableStream<Uint8Array> | null, most: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  if (stream !== null) {
    const reader = stream.getReader();
    try {
      while (bytes < most) {
        const { done, value } = await reader.read();
        if (done) return concat(parts);
        parts.push(value.subarray(0, most - bytes));
        bytes += value.byteLength;
      }
      await reader.cancel();
    } catch {
      // Return what was read before the stream broke.
    }
  }
  return concat(parts);
}

/** Reads at most `most` bytes of a response's body; in one call if `content-length` shows that all of it fits. */
export async function answerBytes(response: Response, most: number): Promise<Uint8Array> {
  const { headers, body } = response;
  const length = parseContentLength(headers.get("content-length"));
  const fits = length !== null && length <= most && !headers.has("content-encoding");
  if (!fits) return readAtMost(body, most);
  return new Uint8Array(await response.arrayBuffer().catch(() => new ArrayBuffer()));
}

export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}
