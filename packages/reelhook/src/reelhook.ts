import { Connection, dataOf } from "./connection.ts";
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
 * Calls throw a `ReelhookError` unless they succeed. They are repeated after 429, 5xx and lost connections if nothing can
 * be executed twice.
 */
export class Reelhook {
  readonly generations: Generations;
  readonly models: Models;
  readonly webhookEndpoints: WebhookEndpoints;
  readonly webhookSecret: {
    /** The secret and public key for webhooks named in requests. */
    get(options?: CallOptions): Promise<WebhookSecret>;
    /** Makes new ones. For 24 hours, the old ones sign, too. */
    rotate(options?: CallOptions): Promise<WebhookSecret>;
  };
  readonly usage: {
    /** What was generated and spent, by day and model. */
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
      get: ({ signal } = {}) => dataOf(api.GET("/v1/webhook-secret", { signal: signal ?? null })),
      rotate: ({ signal } = {}) => dataOf(api.POST("/v1/webhook-secret/rotate", { signal: signal ?? null })),
    };
    this.usage = {
      get: (query = {}, { signal } = {}) => dataOf(api.GET("/v1/usage", { params: { query }, signal: signal ?? null })),
    };
    this.account = { get: ({ signal } = {}) => dataOf(api.GET("/v1/account", { signal: signal ?? null })) };
  }

  /**
   * Everything that happens in the account and mode, without end. Lost connections are opened again. After `reset`,
   * events are missing: read the list.
   */
  events({ bodies = false, ...options }: EventsOptions = {}): AsyncGenerator<ServerSentEvent, void, undefined> {
    return follow(this.#connection, `/v1/events${bodies ? "?bodies=true" : ""}`, () => false, options);
  }
}
