// Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html

/** Proxies close streams that are silent for longer. A heartbeat also detects a listener that has gone. */
export const HEARTBEAT_MS = 15_000;

/** How long a listener may take to read an event. A slower one is dropped, because it keeps the object in memory. */
export const STALL_MS = 60_000;

export interface ServerSentEvent {
  /** Without an id, a listener that reconnects does not receive the event again. */
  readonly id?: string;
  readonly event: string;
  /** A string is JSON that is sent as it is. */
  readonly data: object | string;
}

const encoder = new TextEncoder();

/** The event as it is sent. The bytes can be shared by any number of listeners. */
export function encodeEvent({ id, event, data }: ServerSentEvent): Uint8Array {
  const idLine = id === undefined ? "" : `id: ${id}\n`;
  // Line breaks (CR, LF) would end the field. `JSON.stringify` escapes them, and it made the strings, too.
  const json = typeof data === "string" ? data : JSON.stringify(data);
  return encoder.encode(`${idLine}event: ${event}\ndata: ${json}\n\n`);
}

/** A comment, which clients ignore. */
export const HEARTBEAT: Uint8Array = encoder.encode(": still here\n\n");

/** One listener's stream. It has no buffer: a write ends once the listener has read it. */
export class EventStream {
  readonly readable: ReadableStream<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #isOpen = true;
  /** Whether a write waits until the listener reads it. */
  #isWriting = false;

  constructor() {
    const { readable, writable } = new IdentityTransformStream();
    this.readable = readable;
    this.#writer = writable.getWriter();
    this.#writer.closed.catch(() => {});
  }

  /** False once the stream has been closed or aborted, or a write has failed. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Resolves once the listener has read everything. @throws if it has gone, or the stream was aborted meanwhile. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#isWriting = true;
    try {
      await this.#writer.write(bytes);
    } catch (cause) {
      this.abort();
      throw cause;
    } finally {
      this.#isWriting = false;
    }
  }

  /** Ends the stream: closes it if the listener has read everything, otherwise aborts it. */
  drop(): void {
    if (this.#isWriting) this.abort();
    else void this.close();
  }

  /** Breaks the stream off at once, discards unread data and fails the pending write. */
  abort(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#writer.abort(new Error("the listener has gone or is too slow")).catch(() => {});
  }

  /** Ends the stream after everything that was written. */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#writer.close().catch(() => {});
  }
}
