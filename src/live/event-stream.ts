// Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html

/** Proxies close what is silent for longer; a listener that has gone away is noticed by it. */
export const HEARTBEAT_MS = 15_000;

export interface ServerSentEvent {
  readonly id: string;
  readonly event: string;
  readonly data: object;
}

const encoder = new TextEncoder();

/** One listener's stream. Whoever writes to it learns in time that the listener has gone. */
export class EventStream {
  readonly readable: ReadableStream<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor() {
    const { readable, writable } = new IdentityTransformStream();
    this.readable = readable;
    this.#writer = writable.getWriter();
  }

  /** @throws when nobody listens any more. */
  async send({ id, event, data }: ServerSentEvent): Promise<void> {
    // JSON holds no line break.
    await this.#writer.write(encoder.encode(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
  }

  /**
   * Tells what is true for now and will not be told again: it has no id.
   *
   * @throws when nobody listens any more.
   */
  async note(event: string, data: object): Promise<void> {
    await this.#writer.write(encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
  }

  /** @throws when nobody listens any more. */
  async heartbeat(): Promise<void> {
    await this.#writer.write(encoder.encode(": still here\n\n"));
  }

  /** Ends it at once, with what is still unread. */
  abort(): void {
    this.#writer.abort(new Error("the listener is gone, or too slow")).catch(() => {});
  }

  async close(): Promise<void> {
    await this.#writer.close().catch(() => {});
  }
}
