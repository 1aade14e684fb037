import { Connection, dataOf } from "./connection.ts";
import { endable } from "./endable.ts";
import { type FollowOptions, follow, type ServerSentEvent } from "./event-stream.ts";
import { Generations } from "./generations.ts";
import { Models } from "./models.ts";
import type { CallOptions, ReelhookOptions } from "./options.ts";
import type { Account, Usage, UsageQuery, WebhookSecret } from "./types.ts";
import { WebhookEndpoints } from "./webhook-endpoints.ts";

/** Options of the stream of all events. */
export interface EventsOptions extends FollowOptions {
  /** Sends each event that a webhook could subscribe to with exactly the body that the webhook would get. */
  readonly bodies?: boolean | undefined;
}

/**
 * A client of one Reelhook deployment.
 *
 * ```ts
 * const reelhook = new Reelhook({ baseUrl: "https://reelhook.example.com", apiKey });
 * const { id } = await reelhook.generations.create({ prompt, video_url });
 * const { status, video } = await reelhook.generations.wait(id);
 * ```
 *
 * Calls throw a `ReelhookError` unless they succeed, and a `TypeError` for options that cannot be sent. After 429, 5xx and
 * lost connections they are repeated, unless that could do something twice. `Retry-After` is honored up to a minute. An
 * answer that takes longer than a minute, in addition to the time that the call asks the API to wait, counts as lost.
 */
export class Reelhook {
  readonly generations: Generations;
  readonly models: Models;
  readonly webhookEndpoints: WebhookEndpoints;
  readonly webhookSecret: {
    /** The secret and public key for webhooks named in requests. */
    get(options?: CallOptions): Promise<WebhookSecret>;
    /** Replaces both. The old ones also sign for 24 hours. */
    rotate(options?: CallOptions): Promise<WebhookSecret>;
  };
  readonly usage: {
    /** Usage and cost, by day and model. */
    get(query?: UsageQuery, options?: CallOptions): Promise<Usage>;
  };
  readonly account: {
    /** The account and mode of the API key. */
    get(options?: CallOptions): Promise<Account>;
  };
  readonly #connection: Connection;

  /** @throws TypeError if an option is missing or malformed. */
  constructor(options: ReelhookOptions) {
    const connection = new Connection(options);
    const { api } = connection;
    this.#connection = connection;
    this.generations = new Generations(connection);
    this.models = new Models(connection);
    this.webhookEndpoints = new WebhookEndpoints(connection);
    this.webhookSecret = {
      get: (options = {}) => dataOf(api.GET("/v1/webhook-secret", connection.until(options))),
      rotate: (options = {}) => dataOf(api.POST("/v1/webhook-secret/rotate", connection.until(options))),
    };
    this.usage = {
      get: (query = {}, options = {}) =>
        dataOf(api.GET("/v1/usage", { params: { query }, ...connection.until(options) })),
    };
    this.account = { get: (options = {}) => dataOf(api.GET("/v1/account", connection.until(options))) };
  }

  /**
   * Streams everything that happens in the account and mode. After a lost connection, the stream is opened again and
   * continues where it broke off, with `open`. If it begins with `reset` instead, events are missing: read the list.
   * Leaving the loop, or `return`, closes the stream.
   *
   * @throws ReelhookError if the stream cannot be opened at first, or is refused later.
   */
  events({ bodies = false, signal, ...options }: EventsOptions = {}): AsyncGenerator<ServerSentEvent, void, undefined> {
    const stream = { path: "/v1/events", query: bodies ? "?bodies=true" : "", isLast: () => false } as const;
    return endable(signal, (either) => follow(this.#connection, stream, { ...options, signal: either }));
  }
}
