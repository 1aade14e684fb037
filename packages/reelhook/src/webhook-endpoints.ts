import { type Connection, dataOf } from "./connection.ts";
import type { CallOptions } from "./options.ts";
import type { Delivery, WebhookEndpoint, WebhookEndpointChange, WebhookEndpointInput } from "./types.ts";

/** Standing webhooks of the account and mode. */
export class WebhookEndpoints {
  readonly #connection: Connection;

  /** @internal */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Creates an endpoint. `secret` returns what signs its deliveries. */
  create(input: WebhookEndpointInput, { signal }: CallOptions = {}): Promise<WebhookEndpoint> {
    return dataOf(this.#connection.api.POST("/v1/webhook-endpoints", { body: input, signal: signal ?? null }));
  }

  /** Oldest first. */
  async list({ signal }: CallOptions = {}): Promise<readonly WebhookEndpoint[]> {
    const { data } = await dataOf(this.#connection.api.GET("/v1/webhook-endpoints", { signal: signal ?? null }));
    return data;
  }

  get(id: string, { signal }: CallOptions = {}): Promise<WebhookEndpoint> {
    return dataOf(this.#connection.api.GET("/v1/webhook-endpoints/{id}", at(id, signal)));
  }

  /** Fields that are left out stay as they are. */
  update(id: string, change: WebhookEndpointChange, { signal }: CallOptions = {}): Promise<WebhookEndpoint> {
    return dataOf(this.#connection.api.PATCH("/v1/webhook-endpoints/{id}", { ...at(id, signal), body: change }));
  }

  async delete(id: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#connection.api.DELETE("/v1/webhook-endpoints/{id}", at(id, signal));
  }

  async secret(id: string, { signal }: CallOptions = {}): Promise<string> {
    const { secret } = await dataOf(this.#connection.api.GET("/v1/webhook-endpoints/{id}/secret", at(id, signal)));
    return secret;
  }

  /** @returns the new secret. For 24 hours, the old one signs, too. */
  async rotateSecret(id: string, { signal }: CallOptions = {}): Promise<string> {
    const { secret } = await dataOf(
      this.#connection.api.POST("/v1/webhook-endpoints/{id}/rotate-secret", at(id, signal)),
    );
    return secret;
  }

  /** Sends a `webhook.test` event now. @returns its delivery, with the endpoint's answer if it came within 10 seconds. */
  test(id: string, { signal }: CallOptions = {}): Promise<Delivery> {
    return dataOf(this.#connection.api.POST("/v1/webhook-endpoints/{id}/test", at(id, signal)));
  }

  /** Sends failed deliveries again, for generations accepted since that time. */
  async recover(id: string, { since, signal }: CallOptions & { readonly since: Date }): Promise<void> {
    const body = { since: since.toISOString() };
    await this.#connection.api.POST("/v1/webhook-endpoints/{id}/recover", { ...at(id, signal), body });
  }
}

function at(id: string, signal: AbortSignal | undefined) {
  return { params: { path: { id } }, signal: signal ?? null };
}
