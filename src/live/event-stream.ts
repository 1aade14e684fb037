// Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html

/** Proxies close streams that are silent for longer. A heartbeat also detects a listener that has gone. */
export const HEARTBEAT_MS = 15_000;

export interface ServerSentEvent {
  readonly id: string;
  readonly event: string;
  readonly data: object;
}

const encoder = new TextEncoder();

/** One listener's stream. Writes to it fail once the listener has gone. */
export class EventStream {
  readonly readable: ReadableStream<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor() {
    const { readable, writable } = new IdentityTransformStream();
    this.readable = readable;
    this.#writer = writable.getWriter();
  }

  /** @throws if the listener has gone. */
  async send({ id, event, data }: ServerSentEvent): Promise<void> {
    // `JSON.stringify` escapes line breaks, which would end the field.
    await this.#writer.write(encoder.encode(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
  }

  /**
   * Sends an event without an id: a listener that reconnects does not receive it again.
   *
   * @throws if the listener has gone.
   */
  async note(event: string, data: object): Promise<void> {
    await this.#writer.write(encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
  }

  /** @throws if the listener has gone. */
  async heartbeat(): Promise<void> {
    await this.#writer.write(encoder.encode(": still here\n\n"));
  }

  /** Ends the stream at once and discards unread data. */
  abort(): void {
    this.#writer.abort(new Error("the listener has gone or is too slow")).catch(() => {});
  }

  async close(): Promise<void> {
    await this.#writer.close().catch(() => {});
  }
}
