// The forms in which runtimes and frameworks pass a callback.

/** `Headers`, pairs, or an object with names in any case, such as the headers of a request in Node. */
export type WebhookHeaders =
  | { get(name: string): string | null }
  | Iterable<readonly [string, string]>
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** A `Request` of the Fetch API, as in Workers, Hono, Next.js, Deno and Bun. Its body is read. */
export interface FetchRequest {
  readonly headers: WebhookHeaders;
  readonly bodyUsed: boolean;
  readonly body?: unknown;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A request in Node, also in Express and Koa. Its body is read, unless it has the raw body as `body` already. */
export interface NodeRequest extends AsyncIterable<unknown> {
  readonly headers: WebhookHeaders;
}

/** A request whose body has been read. */
export interface ReadRequest {
  readonly headers: WebhookHeaders;
  /** The raw body: the text or bytes as they arrived. */
  readonly body: string | Uint8Array | ArrayBuffer;
}

export type WebhookRequest = FetchRequest | NodeRequest | ReadRequest;
