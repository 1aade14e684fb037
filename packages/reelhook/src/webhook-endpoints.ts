import { type Connection, dataOf } from "./connection.ts";
import type { CallOptions } from "./options.ts";
import { Pages } from "./pages.ts";
import type {
  Delivery,
  EndpointDelivery,
  NewWebhookEndpoint,
  Recovery,
  WebhookEndpoint,
  WebhookEndpointChange,
  WebhookEndpointInput,
} from "./types.ts";

export interface RecoverOptions extends CallOptions {
  /** Deliveries of generations that were accepted before this time are not sent again. */
  readonly since: Date;
  /** Only counts them. */
  readonly dryRun?: boolean | undefined;
}

export interface EndpointDeliveriesOptions extends CallOptions {
  /** Only deliveries in this state. */
  readonly state?: EndpointDelivery["state"] | undefined;
  /** Size of a page, at most 100. A page can be shorter with `state`. */
  readonly limit?: number | undefined;
}

/** Standing webhooks of the account and mode, 100 at most. Each method throws a `ReelhookError` unless the call succeeds. */
export class WebhookEndpoints {
  readonly #connection: Connection;

  /** @internal */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Creates an endpoint. The answer has the `secret` that signs its deliveries; `secret(id)` returns it again.
   *
   * Not repeated after a lost connection, because that could create a second one: look for its URL in the list.
   */
  create(input: WebhookEndpointInput, options: CallOptions = {}): Promise<NewWebhookEndpoint> {
    const { api } = this.#connection;
    return dataOf(api.POST("/v1/webhook-endpoints", { body: input, ...this.#connection.until(options) }));
  }

  /** Oldest first. */
  async list(options: CallOptions = {}): Promise<readonly WebhookEndpoint[]> {
    const { api } = this.#connection;
    const { data } = await dataOf(api.GET("/v1/webhook-endpoints", this.#connection.until(options)));
    return data;
  }

  /** An endpoint with its health. `secret` returns its secret. */
  get(id: string, options: CallOptions = {}): Promise<WebhookEndpoint> {
    return dataOf(this.#connection.api.GET("/v1/webhook-endpoints/{id}", this.#at(id, options)));
  }

  /** Fields that are left out stay as they are. */
  update(id: string, change: WebhookEndpointChange, options: CallOptions = {}): Promise<WebhookEndpoint> {
    const { api } = this.#connection;
    return dataOf(api.PATCH("/v1/webhook-endpoints/{id}", { ...this.#at(id, options), body: change }));
  }

  /** Deletes an endpoint. Its pending deliveries end. */
  async delete(id: string, options: CallOptions = {}): Promise<void> {
    await this.#connection.api.DELETE("/v1/webhook-endpoints/{id}", this.#at(id, options));
  }

  /** @returns the secret that signs the endpoint's deliveries, `whsec_…`. */
  async secret(id: string, options: CallOptions = {}): Promise<string> {
    const { api } = this.#connection;
    const { secret } = await dataOf(api.GET("/v1/webhook-endpoints/{id}/secret", this.#at(id, options)));
    return secret;
  }

  /** Replaces the secret. The old one also signs for 24 hours. @returns the new one. */
  async rotateSecret(id: string, options: CallOptions = {}): Promise<string> {
    const { api } = this.#connection;
    const { secret } = await dataOf(api.POST("/v1/webhook-endpoints/{id}/rotate-secret", this.#at(id, options)));
    return secret;
  }

  /** Sends a `webhook.test` event now. @returns its delivery, with the endpoint's answer if it came within 10 seconds. */
  test(id: string, options: CallOptions = {}): Promise<Delivery> {
    return dataOf(this.#connection.api.POST("/v1/webhook-endpoints/{id}/test", this.#at(id, options)));
  }

  /** What the endpoint was sent in the last 30 days, newest first. `generations.delivery` has a delivery's attempts. */
  deliveries(id: string, { state, limit, ...options }: EndpointDeliveriesOptions = {}): Pages<EndpointDelivery> {
    const { api } = this.#connection;
    return new Pages((cursor) => {
      const query = {
        ...(state === undefined ? {} : { state }),
        ...(limit === undefined ? {} : { limit }),
        ...(cursor === undefined ? {} : { cursor }),
      };
      const params = { path: { id }, query };
      return dataOf(api.GET("/v1/webhook-endpoints/{id}/deliveries", { params, ...this.#connection.until(options) }));
    });
  }

  /**
   * Sends failed deliveries again, for generations accepted since a time. `recovery` of the endpoint has the progress.
   *
   * @param dryRun only counts them.
   */
  recover(id: string, { since, dryRun, ...options }: RecoverOptions): Promise<Recovery> {
    const body = { since: since.toISOString(), ...(dryRun === undefined ? {} : { dry_run: dryRun }) };
    const { api } = this.#connection;
    return dataOf(api.POST("/v1/webhook-endpoints/{id}/recover", { ...this.#at(id, options), body }));
  }

  #at(id: string, options: CallOptions) {
    return { params: { path: { id } }, ...this.#connection.until(options) };
  }
}
