// Follows a stream of server-sent events across lost connections: https://html.spec.whatwg.org/multipage/server-sent-events.html

import { createParser, type EventSourceMessage } from "eventsource-parser";
import type { Connection } from "./connection.ts";
import { ReelhookError } from "./errors.ts";
import type { CallOptions } from "./options.ts";
import { pause } from "./pause.ts";
import { backoff } from "./retry.ts";

export interface ServerSentEvent {
  /** Continues the stream after this event; null if the event is not sent again. */
  readonly id: string | null;
  readonly type: string;
  /** The text after `data:`, unchanged. */
  readonly data: string;
}

export interface FollowOptions extends CallOptions {
  /** Continues after the event with this id. */
  readonly after?: string | undefined;
  /** Called when the connection is lost, before it is opened again, and for each further try that fails. */
  readonly onLost?: ((error: ReelhookError) => void) | undefined;
}

/** The API sends a comment every 15 seconds. A connection that is silent for longer has been lost without notice. */
const SILENCE_MS = 45_000;

/**
 * Yields the events of a stream, and opens it again after the last one when the connection is lost, until it ends with
 * `204` or the caller stops.
 *
 * @param isLast whether the stream ends with this event.
 * @throws ReelhookError if the API refuses the stream.
 * @internal
 */
export async function* follow(
  connection: Connection,
  path: string,
  isLast: (event: ServerSentEvent) => boolean,
  { after, signal, onLost }: FollowOptions,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  let lastId = after;
  for (let failures = 0; ; ) {
    const headers = { accept: "text/event-stream", ...(lastId === undefined ? {} : { "last-event-id": lastId }) };
    try {
      const response = await connection.open(path, headers, { signal });
      if (response.status === 204) return;
      for await (const event of eventsIn(response)) {
        failures = 0;
        lastId = event.id ?? lastId;
        yield event;
        if (isLast(event)) return;
      }
      throw lost(path);
    } catch (cause) {
      if (signal?.aborted) throw signal.reason;
      const isLost =
        cause instanceof ReelhookError && (cause.status === null || cause.status === 429 || cause.status >= 500);
      if (!isLost) throw cause;
      onLost?.(cause);
      failures++;
      await pause(Math.max(cause.retryAfterMs ?? 0, backoff(failures, Math.random())), signal);
    }
  }
}

/** @throws ReelhookError `connection_failed` if the connection is lost. */
async function* eventsIn({ body, url }: Response): AsyncGenerator<ServerSentEvent, void, undefined> {
  if (body === null) throw lost(url);
  const events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  const reader = body.getReader();
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const { done, value } = await readWithin(reader, SILENCE_MS).catch((cause) => {
        throw lost(url, cause);
      });
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      for (const { id = null, event: type = "message", data } of events.splice(0)) yield { id, type, data };
    }
  } finally {
    void reader.cancel().catch(() => {});
  }
}

async function readWithin(reader: ReadableStreamDefaultReader<Uint8Array>, ms: number) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the stream is silent")), ms);
  });
  try {
    return await Promise.race([reader.read(), silence]);
  } finally {
    clearTimeout(timer);
  }
}

function lost(path: string, cause?: unknown): ReelhookError {
  return new ReelhookError(`GET ${path}: the stream broke off.`, { status: null, code: "connection_failed", cause });
}
