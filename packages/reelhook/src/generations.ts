import { type Connection, dataOf } from "./connection.ts";
import { endable } from "./endable.ts";
import { ReelhookError } from "./errors.ts";
import { type FollowOptions, follow, followWithLosses } from "./event-stream.ts";
import { type GenerationEvent, generationEventIn, streamOf } from "./generation-events.ts";
import { arrivesUnchanged } from "./idempotency-key.ts";
import { linkedTo } from "./linked-abort.ts";
import type { CallOptions } from "./options.ts";
import { Pages } from "./pages.ts";
import type {
  Delivery,
  DeliveryDetail,
  Generation,
  GenerationInput,
  GenerationQuery,
  GenerationSummary,
  Simulation,
} from "./types.ts";
import { type WaitOptions, waitForEnd } from "./waiting.ts";

export interface ReadOptions extends CallOptions {
  /** Whole seconds to wait for the end of the generation. The API waits 60 seconds at most. */
  readonly wait?: number | undefined;
}

export interface CreateOptions extends ReadOptions {
  /**
   * Requests with the same key and body return the same generation and are billed once. 1 to 255 characters of printable
   * ASCII, without spaces at its ends. Default: a random key for each call.
   */
  readonly idempotencyKey?: string | undefined;
  /** Passes on fields that the model's schema does not have, instead of refusing them. */
  readonly lenient?: boolean | undefined;
  /** Test mode only: the outcome, for models that have no prompt to put a marker such as `[fail]` into. */
  readonly simulate?: Simulation | undefined;
}

/** Timers with a longer delay fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Generations of the account and mode of the API key. Each method throws a `ReelhookError` unless the call succeeds. */
export class Generations {
  readonly #connection: Connection;

  /** @internal */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Creates a generation. Safe to repeat: the call carries an idempotency key, and is repeated with it after 429, 5xx and
   * lost connections. The answer can take 10 seconds, because it waits for the provider's first answer.
   *
   * @returns the generation, which has ended if it did so within `wait`.
   * @throws ReelhookError such as `invalid_request`, with all bad fields in `errors`, or `invalid_input`, if the provider
   *   refuses it, with the `generationId` of the failed generation.
   */
  async create(input: GenerationInput, options: CreateOptions = {}): Promise<Generation> {
    const { idempotencyKey = crypto.randomUUID(), wait, lenient = false, simulate } = options;
    if (!arrivesUnchanged(idempotencyKey))
      throw new TypeError("idempotencyKey must be printable ASCII, without spaces at its ends.");
    const preferences = [wait === undefined ? [] : `wait=${wait}`, lenient ? "handling=lenient" : []].flat();
    const header = {
      "Idempotency-Key": idempotencyKey,
      ...(preferences.length === 0 ? {} : { Prefer: preferences.join(", ") }),
      ...(simulate === undefined ? {} : { "Reelhook-Simulate": simulate }),
    };
    const { api } = this.#connection;
    return dataOf(api.POST("/v1/generations", { params: { header }, body: input, ...this.#connection.until(options) }));
  }

  /** A generation as it is now or, with `wait`, when it has ended or the time is over. */
  get(id: string, options: ReadOptions = {}): Promise<Generation> {
    const { wait } = options;
    const params = { path: { id }, header: wait === undefined ? {} : { Prefer: `wait=${wait}` } };
    const { api } = this.#connection;
    return dataOf(api.GET("/v1/generations/{id}", { params, ...this.#connection.until(options) }));
  }

  /** Newest first. `limit` is the size of a page, at most 100. */
  list({ metadata = {}, ...query }: GenerationQuery = {}, options: CallOptions = {}): Pages<GenerationSummary> {
    const { api } = this.#connection;
    const pairs = Object.fromEntries(Object.entries(metadata).map(([key, value]) => [`metadata.${key}`, value]));
    return new Pages((cursor) => {
      const params = { query: { ...query, ...pairs, ...(cursor === undefined ? {} : { cursor }) } };
      return dataOf(api.GET("/v1/generations", { params, ...this.#connection.until(options) }));
    });
  }

  /**
   * Waits until the generation has ended: read `status` to see how. Follows its events, and reads it from time to time
   * if they do not arrive.
   *
   * @throws ReelhookError `timed_out` after `timeoutMs`; `not_found` if the generation is deleted; the error of the last
   *   try if the deployment has not answered for 5 minutes.
   */
  async wait(id: string, { timeoutMs, ...options }: WaitOptions = {}): Promise<Generation> {
    const { signal, abort, unlink } = linkedTo(options.signal);
    const stop = () => abort(timedOut(id, timeoutMs));
    const timer = timeoutMs === undefined ? undefined : setTimeout(stop, Math.min(timeoutMs, MAX_TIMER_MS));
    const watched = {
      read: () => this.get(id, { signal }),
      follow: () => this.#eventsAndLosses(id, signal),
    };
    try {
      return await waitForEnd(watched, { ...options, signal });
    } finally {
      clearTimeout(timer);
      unlink();
    }
  }

  /** Ends the generation. The provider may still bill it. @throws ReelhookError `already_finished` if it has ended. */
  cancel(id: string, options: CallOptions = {}): Promise<Generation> {
    const { api } = this.#connection;
    return dataOf(
      api.POST("/v1/generations/{id}/cancel", { params: { path: { id } }, ...this.#connection.until(options) }),
    );
  }

  /**
   * Deletes the record, the video and pending deliveries of a generation that has ended.
   *
   * @throws ReelhookError `in_progress` if it has not.
   */
  async delete(id: string, options: CallOptions = {}): Promise<void> {
    const { api } = this.#connection;
    await api.DELETE("/v1/generations/{id}", { params: { path: { id } }, ...this.#connection.until(options) });
  }

  /**
   * Past and future events of a generation, until it ends. After a lost connection, the stream is opened again and
   * continues where it broke off. Leaving the loop, or `return`, closes the stream.
   *
   * @throws ReelhookError if the stream cannot be opened at first; `not_found` if the generation is deleted.
   */
  events(id: string, { signal, ...options }: FollowOptions = {}): AsyncGenerator<GenerationEvent, void, undefined> {
    return endable(signal, (either) => this.#events(id, { ...options, signal: either }));
  }

  async *#events(id: string, options: FollowOptions): AsyncGenerator<GenerationEvent, void, undefined> {
    for await (const sent of follow(this.#connection, streamOf(id), options)) {
      const event = generationEventIn(sent);
      if (event !== null) yield event;
    }
  }

  async *#eventsAndLosses(id: string, signal: AbortSignal): AsyncGenerator<GenerationEvent | ReelhookError> {
    for await (const item of followWithLosses(this.#connection, streamOf(id), { signal }, true)) {
      const event = item instanceof ReelhookError ? item : generationEventIn(item);
      if (event !== null) yield event;
    }
  }

  /**
   * The video, from R2. The body is a stream: read or cancel it. If it breaks off, ask for the rest with `range`.
   *
   * @param range bytes to read, such as `bytes=0-1023`.
   * @throws ReelhookError `not_stored_yet` before the generation has completed.
   */
  video(id: string, { range, signal }: CallOptions & { readonly range?: string | undefined } = {}): Promise<Response> {
    const headers = range === undefined ? {} : { range };
    const opening = { path: "/v1/generations/{id}/video", ids: { id }, headers, type: "video/" } as const;
    return this.#connection.open(opening, { signal });
  }

  /**
   * Every delivery of the generation's events with its attempts, oldest first.
   *
   * @param limit size of a page, at most 100. A page ends earlier if it would exceed 2 MB.
   */
  deliveries(id: string, options: CallOptions & { readonly limit?: number | undefined } = {}): Pages<Delivery> {
    const { api } = this.#connection;
    const limit = options.limit === undefined ? {} : { limit: options.limit };
    return new Pages((cursor) => {
      const query = { ...limit, ...(cursor === undefined ? {} : { cursor }) };
      const params = { path: { id }, query };
      return dataOf(api.GET("/v1/generations/{id}/deliveries", { params, ...this.#connection.until(options) }));
    });
  }

  /** One delivery with the body that is sent. */
  delivery(id: string, delivery: string, options: CallOptions = {}): Promise<DeliveryDetail> {
    const { api } = this.#connection;
    const params = { path: { id, delivery } };
    return dataOf(
      api.GET("/v1/generations/{id}/deliveries/{delivery}", { params, ...this.#connection.until(options) }),
    );
  }

  /** Sends a delivery again now, with the same id and body. */
  redeliver(id: string, delivery: string, options: CallOptions = {}): Promise<Delivery> {
    const { api } = this.#connection;
    const params = { path: { id, delivery } };
    const path = "/v1/generations/{id}/deliveries/{delivery}/redeliver";
    return dataOf(api.POST(path, { params, ...this.#connection.until(options) }));
  }
}

function timedOut(id: string, ms: number | undefined): ReelhookError {
  const message = `The generation ${id} has not ended within ${ms} ms. It continues: call wait again to go on waiting.`;
  return new ReelhookError(message, { status: null, code: "timed_out" });
}
