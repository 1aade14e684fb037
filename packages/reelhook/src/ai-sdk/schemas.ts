import { ReelhookError } from "../errors.ts";
import type { Reelhook } from "../reelhook.ts";
import type { InputSchema } from "./input-schema.ts";

/** Models rarely change. A field that is new is refused until then, or sent with `providerOptions`. */
const KEPT_MS = 10 * 60_000;

/**
 * The input schemas of models, read once and then kept for 10 minutes. Not kept are reads that fail, and null, which is
 * also the answer while the deployment cannot read a schema.
 */
export class Schemas {
  readonly #reads = new Map<string, { readonly at: number; readonly schema: Promise<InputSchema | null> }>();

  /**
   * @returns null if the fields of the model are not known. If the model itself is not, the request will be refused with
   * similar names.
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

/** @throws what the signal was aborted with, as soon as it is. */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
