import { type Connection, dataOf } from "./connection.ts";
import type { CallOptions } from "./options.ts";
import type { Model, ModelDetail } from "./types.ts";

/** Each method throws a `ReelhookError` unless the call succeeds. */
export class Models {
  readonly #connection: Connection;

  /** @internal */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Every video model, with its price. */
  async list(options: CallOptions = {}): Promise<readonly Model[]> {
    const { api } = this.#connection;
    const { data } = await dataOf(api.GET("/v1/models", this.#connection.until(options)));
    return data;
  }

  /**
   * A model with the JSON Schema of its input, `input_schema`: null if that cannot be read, and any input is passed on.
   *
   * @param id id or alias, such as `runway/gen4_aleph`.
   */
  get(id: string, options: CallOptions = {}): Promise<ModelDetail> {
    const { api } = this.#connection;
    return dataOf(api.GET("/v1/models/{id}", { params: { path: { id } }, ...this.#connection.until(options) }));
  }
}
