// Follows a stream of server-sent events across lost connections: https://html.spec.whatwg.org/multipage/server-sent-events.html

import { createParser, type EventSourceMessage } from "eventsource-parser";
import type { Connection, Opening } from "./connection.ts";
import { connectionFailed, ReelhookError } from "./errors.ts";
import type { CallOptions } from "./options.ts";
import { orAborted } from "./or-aborted.ts";
import { pause } from "./pause.ts";
import { isTemporary, waitBeforeReopening } from "./retry.ts";

export interface ServerSentEvent {
  /** Passed as `after`, it continues the stream after this event. Null if the event is not sent again. */
  readonly id: string | null;
  readonly type: string;
  /** The text after `data:`, unchanged. */
  readonly data: string;
}

export interface FollowOptions extends CallOptions {
  /** Continues after the event with this id. */
  readonly after?: string | undefined;
  /**
   * Called when the connection is lost, before it is opened again, and whenever that fails. If it returns a promise, the
   * stream is opened again once that has settled. What it throws or rejects with ends the stream.
   */
  readonly onLost?: ((error: ReelhookError) => unknown) | undefined;
}

/**
 * A stream of the API.
 *
 * @internal
 */
export interface Stream extends Pick<Opening, "path" | "ids" | "query"> {
  /** Whether the stream ends with this event. */
  readonly isLast: (event: ServerSentEvent) => boolean;
}

/** The API sends a comment every 15 seconds. A connection that is silent for longer has been lost without notice. */
const SILENCE_MS = 45_000;

/**
 * Yields the events of a stream until it ends or the caller stops. When the connection is lost, opens the stream again
 * after the last event.
 *
 * @throws ReelhookError if the stream cannot be opened at first, or is refused later.
 * @internal
 */
export async function* follow(
  connection: Connection,
  stream: Stream,
  { onLost, ...options }: FollowOptions,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  for await (const item of followWithLosses(connection, stream, options)) {
    if (item instanceof ReelhookError) await orAborted(onLost?.(item), options.signal);
    else yield item;
  }
}

/**
 * Like `follow`, but yields why the connection was lost, or could not be opened again, before the next try.
 *
 * @param mayStartLost whether the first try may fail as well.
 * @internal
 */
export async function* followWithLosses(
  connection: Connection,
  { isLast, ...stream }: Stream,
  { after, signal }: Omit<FollowOptions, "onLost">,
  mayStartLost = false,
): AsyncGenerator<ServerSentEvent | ReelhookError, void, undefined> {
  const type = "text/event-stream";
  let lastId = after;
  let mayBeLost = mayStartLost;
  for (let losses = 0; ; ) {
    let loss: ReelhookError;
    let isOpen = false;
    try {
      const headers = { accept: type, ...(lastId === undefined ? {} : { "last-event-id": lastId }) };
      const response = await connection.open({ ...stream, headers, type, isTriedOnce: mayBeLost }, { signal });
      if (response.status === 204) return;
      mayBeLost = true;
      isOpen = true;
      for await (const event of eventsIn(response, signal)) {
        losses = 0;
        lastId = event.id ?? lastId;
        yield event;
        if (isLast(event)) return;
      }
      loss = connectionFailed(brokeOff(stream));
    } catch (cause) {
      if (signal?.aborted) throw signal.reason;
      // Options that cannot be sent.
      if (!isOpen && !(cause instanceof ReelhookError)) throw cause;
      const error = cause instanceof ReelhookError ? cause : connectionFailed(brokeOff(stream), cause);
      if (!mayBeLost || !isTemporary(error)) throw error;
      loss = error;
    }
    yield loss;
    await pause(waitBeforeReopening(loss, ++losses, Math.random()), signal);
  }
}

/** @throws if the connection is lost, or the signal aborts. */
async function* eventsIn(
  { body }: Response,
  signal: AbortSignal | undefined,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  if (body === null) return;
  const events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  const reader = body.getReader();
  const decoder = new TextDecoder();
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = await readWithin(reader, SILENCE_MS, signal);
      // An event whose end has not arrived is sent again.
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      for (const { id = null, event: type = "message", data } of events.splice(0)) {
        yield { id, type, data };
        signal?.throwIfAborted();
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** @throws the signal's reason as soon as it aborts, even if the custom `fetch` of the caller ignores the signal. */
function readWithin(reader: ReadableStreamDefaultReader<Uint8Array>, ms: number, signal: AbortSignal | undefined) {
  return new Promise<ReadableStreamReadResult<Uint8Array>>((resolve, reject) => {
    const stop = () => reject(signal?.reason);
    const timer = setTimeout(() => reject(new Error(`silent for ${ms / 1_000} s`)), ms);
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    };
    signal?.addEventListener("abort", stop);
    reader.read().then(resolve, reject).finally(settle);
  });
}

/**
 * The data of an event of the API, which is JSON.
 *
 * @throws ReelhookError if it is not.
 * @internal
 */
export function jsonIn({ type, data }: ServerSentEvent) {
  try {
    return JSON.parse(data);
  } catch (cause) {
    const message = `The data of the event ${type} is not JSON. Check the base URL, and any proxy in front of the deployment.`;
    throw new ReelhookError(message, { status: null, code: "unexpected_answer", cause });
  }
}

function brokeOff({ path }: Pick<Stream, "path">): string {
  return `GET ${path}: the stream broke off`;
}
