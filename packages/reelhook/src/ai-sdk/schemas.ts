import { ReelhookError } from "../errors.ts";
import { orAborted } from "../or-aborted.ts";
import type { Reelhook } from "../reelhook.ts";
import type { InputSchema } from "./input-schema.ts";

/** Models rarely change. Until then, a new field has to be set in `providerOptions`. */
const KEPT_MS = 10 * 60_000;

/** Starts whose schema is remembered. */
const MAX_STARTS = 1_000;

/**
 * The input schemas of models, kept for 10 minutes. A read that fails is not kept, and neither is null, which the API
 * also returns while it cannot read a schema.
 */
export class Schemas {
  readonly #reads = new Map<string, { readonly at: number; readonly schema: Promise<InputSchema | null> }>();
  /** By model and idempotency key, the oldest first. */
  readonly #starts = new Map<string, InputSchema | null>();

  /**
   * @returns null if the fields of the model are not known. Also for an unknown model: the API then refuses the request
   * and suggests similar names.
   */
  async read(client: Reelhook, modelId: string, signal: AbortSignal | undefined): Promise<InputSchema | null> {
    signal?.throwIfAborted();
    try {
      return await orAborted(this.#shared(client, modelId), signal);
    } catch (cause) {
      if (cause instanceof ReelhookError && cause.code === "not_found") return null;
      throw cause;
    }
  }

  /**
   * Like `read`, but the same for all calls with one idempotency key. Otherwise, a repeated start could have other fields,
   * and would be refused although the first one, whose answer was lost, is paid for.
   */
  async readForStart(
    client: Reelhook,
    modelId: string,
    {
      idempotencyKey,
      signal,
    }: { readonly idempotencyKey: string | undefined; readonly signal: AbortSignal | undefined },
  ): Promise<InputSchema | null> {
    if (idempotencyKey === undefined) return this.read(client, modelId, signal);
    const start = JSON.stringify([modelId, idempotencyKey]);
    if (!this.#starts.has(start)) {
      const schema = await this.read(client, modelId, signal);
      // Unless another call with this key was faster.
      if (!this.#starts.has(start)) this.#starts.set(start, schema);
      const [oldest = start] = this.#starts.keys();
      if (this.#starts.size > MAX_STARTS) this.#starts.delete(oldest);
    }
    return this.#starts.get(start) ?? null;
  }

  /** Without a signal, because several calls may wait for the same read. */
  #shared(client: Reelhook, modelId: string): Promise<InputSchema | null> {
    const kept = this.#reads.get(modelId);
    if (kept !== undefined && Date.now() - kept.at < KEPT_MS) return kept.schema;
    const read = { at: Date.now(), schema: schemaOf(client, modelId) };
    this.#reads.set(modelId, read);
    const forget = () => {
      if (this.#reads.get(modelId) === read) this.#reads.delete(modelId);
    };
    read.schema.then((schema) => schema === null && forget(), forget);
    return read.schema;
  }
}

async function schemaOf(client: Reelhook, modelId: string): Promise<InputSchema | null> {
  const { input_schema } = await client.models.get(modelId);
  return input_schema;
}
