import { type Connection, dataOf } from "./connection.ts";
import { ReelhookError } from "./errors.ts";
import { type FollowOptions, follow } from "./event-stream.ts";
import type { CallOptions } from "./options.ts";
import { Pages } from "./pages.ts";
import type {
  Delivery,
  DeliveryDetail,
  Generation,
  GenerationInput,
  GenerationQuery,
  GenerationSummary,
  Status,
  TimelineItem,
} from "./types.ts";

export interface CreateOptions extends CallOptions {
  /**
   * Requests with the same key and body return the same generation and are billed once. At most 255 characters.
   * Default: a random key for each call.
   */
  readonly idempotencyKey?: string | undefined;
  /** Seconds to wait for the end of the generation, at most 60. */
  readonly wait?: number | undefined;
  /** Passes on fields that the model's schema does not have, instead of refusing them. */
  readonly lenient?: boolean | undefined;
}

export interface WaitOptions extends CallOptions {
  /** How long to wait, in milliseconds. Default: without limit. The generation continues in any case. */
  readonly timeoutMs?: number | undefined;
  /** Called with the generation whenever its status, its place in line or the progress of its copy has changed. */
  readonly onUpdate?: ((generation: Generation) => void) | undefined;
}

/** An event of one generation. */
export type GenerationEvent =
  /** An item of the timeline, such as `generation.completed`. */
  | TimelineItem
  /** The place in line, at most every 5 seconds. */
  | {
      readonly id: null;
      readonly type: "generation.queue";
      readonly data: {
        readonly position: number;
        readonly waiting: number;
        /** An estimate; null while it is not known. */
        readonly remaining_seconds: number | null;
      };
    }
  /** The progress of the copy to R2. */
  | { readonly id: null; readonly type: "progress"; readonly data: NonNullable<Generation["progress"]> };

const ORDER: readonly string[] = [
  "queued",
  "generating",
  "storing",
  "completed",
  "failed",
  "canceled",
] satisfies Status[];
const FIRST_FINAL = ORDER.indexOf("completed");

/** Whether the generation has ended: its status never changes again. */
export function isFinal({ status }: { readonly status: Status }): boolean {
  return ORDER.indexOf(status) >= FIRST_FINAL;
}

/** Each method throws a `ReelhookError` unless the call succeeds. */
export class Generations {
  readonly #connection: Connection;

  /** @internal */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Creates a generation. Safe to repeat: the call carries an idempotency key, and is repeated with it after 429, 5xx
   * and lost connections.
   *
   * @returns the generation, which has ended if it did so within `wait`.
   */
  create(input: GenerationInput, options: CreateOptions = {}): Promise<Generation> {
    const { idempotencyKey = crypto.randomUUID(), wait, lenient = false, signal } = options;
    const preferences = [wait === undefined ? [] : `wait=${wait}`, lenient ? "handling=lenient" : []].flat();
    const header = {
      "Idempotency-Key": idempotencyKey,
      ...(preferences.length === 0 ? {} : { Prefer: preferences.join(", ") }),
    };
    return dataOf(
      this.#connection.api.POST("/v1/generations", { params: { header }, body: input, signal: signal ?? null }),
    );
  }

  /** @param wait seconds to wait for the end of the generation, at most 60. */
  get(id: string, { wait, signal }: CallOptions & { readonly wait?: number | undefined } = {}): Promise<Generation> {
    const header = wait === undefined ? {} : { Prefer: `wait=${wait}` };
    const params = { path: { id }, header };
    return dataOf(this.#connection.api.GET("/v1/generations/{id}", { params, signal: signal ?? null }));
  }

  /** Newest first. `limit` is the size of a page. */
  list(query: GenerationQuery = {}, { signal }: CallOptions = {}): Pages<GenerationSummary> {
    return new Pages((cursor) => {
      const params = { query: { ...query, ...(cursor === undefined ? {} : { cursor }) } };
      return dataOf(this.#connection.api.GET("/v1/generations", { params, signal: signal ?? null }));
    });
  }

  /**
   * Waits until the generation has ended: read `status` to see how.
   *
   * @throws ReelhookError `timed_out` after `timeoutMs`.
   */
  async wait(id: string, { timeoutMs, onUpdate, signal }: WaitOptions = {}): Promise<Generation> {
    const timeout = new AbortController();
    const either = signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal;
    const timer =
      timeoutMs === undefined ? undefined : setTimeout(() => timeout.abort(timedOut(id, timeoutMs)), timeoutMs);
    try {
      let latest = await this.get(id, { signal: either });
      const update = (generation: Generation) => {
        latest = generation;
        onUpdate?.(generation);
      };
      update(latest);
      if (isFinal(latest)) return latest;
      for await (const event of this.events(id, { signal: either })) {
        if (event.id === null) update({ ...latest, ...momentaryFields(event) });
        else if (isNews(event, latest)) update(await this.get(id, { signal: either }));
        if (isFinal(latest)) return latest;
      }
      update(await this.get(id, { signal: either }));
      return latest;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the generation. The provider may still bill it. */
  cancel(id: string, { signal }: CallOptions = {}): Promise<Generation> {
    const params = { path: { id } };
    return dataOf(this.#connection.api.POST("/v1/generations/{id}/cancel", { params, signal: signal ?? null }));
  }

  /** Deletes the record, the video and pending deliveries of a generation that has ended. */
  async delete(id: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#connection.api.DELETE("/v1/generations/{id}", { params: { path: { id } }, signal: signal ?? null });
  }

  /** Past and future events of a generation, until it ends. Lost connections are opened again. */
  async *events(id: string, options: FollowOptions = {}): AsyncGenerator<GenerationEvent, void, undefined> {
    const path = `/v1/generations/${encodeURIComponent(id)}/events`;
    const isLast = ({ type }: { readonly type: string }) => ORDER.indexOf(statusIn(type)) >= FIRST_FINAL;
    for await (const event of follow(this.#connection, path, isLast, options)) {
      const data = JSON.parse(event.data);
      // An item of the timeline is sent as a whole.
      yield event.id === null ? { id: null, type: event.type, data } : data;
    }
  }

  /**
   * The video, from R2. Its body is a stream.
   *
   * @param range bytes to read, such as `bytes=0-1023`.
   */
  video(id: string, { range, signal }: CallOptions & { readonly range?: string | undefined } = {}): Promise<Response> {
    const path = `/v1/generations/${encodeURIComponent(id)}/video`;
    return this.#connection.open(path, range === undefined ? {} : { range }, { signal });
  }

  /** Every delivery of the generation's events with its attempts, oldest first. */
  deliveries(id: string, { signal }: CallOptions = {}): Pages<Delivery> {
    return new Pages((cursor) => {
      const params = { path: { id }, ...(cursor === undefined ? {} : { query: { cursor } }) };
      return dataOf(this.#connection.api.GET("/v1/generations/{id}/deliveries", { params, signal: signal ?? null }));
    });
  }

  /** One delivery with the body that is sent. */
  delivery(id: string, delivery: string, { signal }: CallOptions = {}): Promise<DeliveryDetail> {
    const params = { path: { id, delivery } };
    return dataOf(
      this.#connection.api.GET("/v1/generations/{id}/deliveries/{delivery}", { params, signal: signal ?? null }),
    );
  }

  /** Sends a delivery again now, with the same id and body. */
  redeliver(id: string, delivery: string, { signal }: CallOptions = {}): Promise<Delivery> {
    const params = { path: { id, delivery } };
    return dataOf(
      this.#connection.api.POST("/v1/generations/{id}/deliveries/{delivery}/redeliver", {
        params,
        signal: signal ?? null,
      }),
    );
  }
}

/** The status that begins with an event, such as `completed` for `generation.completed`. */
function statusIn(type: string): string {
  return type.replace(/^generation\./, "");
}

/** What only the stream tells at once: the place in line, and the progress of the copy. */
function momentaryFields(event: Extract<GenerationEvent, { readonly id: null }>): Partial<Generation> {
  if (event.type === "progress") return { progress: event.data };
  const { position, waiting } = event.data;
  return { queue: { position, waiting } };
}

/** Whether the event reports a later status. The stream begins with the past ones. */
function isNews({ data }: TimelineItem, { status }: Generation): boolean {
  return ORDER.indexOf(String(data["status"])) > ORDER.indexOf(status);
}

function timedOut(id: string, ms: number): ReelhookError {
  const message = `The generation ${id} has not ended within ${ms} ms. It continues: call wait again to go on waiting.`;
  return new ReelhookError(message, { status: null, code: "timed_out" });
}
