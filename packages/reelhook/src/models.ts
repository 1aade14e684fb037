import { type Connection, dataOf } from "./connection.ts";
import type { CallOptions } from "./options.ts";
import type { Model, ModelDetail } from "./types.ts";

export class Models {
  readonly #connection: Connection;

  /** @internal */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Every video model, with its price. */
  async list({ signal }: CallOptions = {}): Promise<readonly Model[]> {
    const { data } = await dataOf(this.#connection.api.GET("/v1/models", { signal: signal ?? null }));
    return data;
  }

  /** @param id id or alias, such as `runway/gen4_aleph`. */
  get(id: string, { signal }: CallOptions = {}): Promise<ModelDetail> {
    return dataOf(this.#connection.api.GET("/v1/models/{id}", { params: { path: { id } }, signal: signal ?? null }));
  }
}
