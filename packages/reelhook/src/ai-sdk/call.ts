// One call of the AI SDK: adds the SDK's headers to each request, and throws the SDK's own errors.

import { APICallError } from "@ai-sdk/provider";
import { ReelhookError } from "../errors.ts";
import { Reelhook } from "../reelhook.ts";
import { waitBeforeRetry } from "../retry.ts";
import type { ReelhookProviderOptions, SdkHeaders } from "./video-model.ts";

interface Latest {
  readonly url: string;
  headers?: Record<string, string>;
}

type Send = NonNullable<ReelhookProviderOptions["fetch"]>;

/** Headers that the client sets. */
const OWN_HEADERS: readonly string[] = ["authorization", "content-type", "idempotency-key"];

export class Call {
  /** Sends each request once, because the SDK repeats calls. */
  readonly client: Reelhook;
  readonly idempotencyKey: string | undefined;
  readonly #headers: readonly (readonly [string, string])[];
  #latest: Latest;

  constructor({ baseUrl, apiKey, fetch }: ReelhookProviderOptions, headers: SdkHeaders = {}) {
    this.#latest = { url: baseUrl };
    const given = Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), value] as const],
    );
    this.#headers = given.filter(([name]) => !OWN_HEADERS.includes(name));
    this.idempotencyKey = given.find(([name]) => name === "idempotency-key")?.[1];
    const send: Send =
      fetch === undefined ? (url, init) => globalThis.fetch(url, init) : (url, init) => fetch(url, init);
    this.client = new Reelhook({
      baseUrl,
      apiKey,
      maxRetries: 0,
      fetch: (url, init) => this.#send(send, url, init),
    });
  }

  /** Headers of the latest answer. */
  get responseHeaders(): Record<string, string> | undefined {
    return this.#latest.headers;
  }

  /**
   * @param body of the request, for the error.
   * @throws APICallError instead of `ReelhookError`.
   */
  async run<T>(work: (client: Reelhook) => Promise<T>, body: unknown = {}): Promise<T> {
    try {
      return await work(this.client);
    } catch (cause) {
      if (cause instanceof ReelhookError) throw this.#errorOf(cause, body);
      throw cause;
    }
  }

  async #send(send: Send, url: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    for (const [name, value] of this.#headers) headers.set(name, value);
    const latest: Latest = { url };
    this.#latest = latest;
    const response = await send(url, { ...init, headers });
    latest.headers = Object.fromEntries(response.headers);
    return response;
  }

  #errorOf(error: ReelhookError, body: unknown): APICallError {
    const { message, status, code, errors, requestId, generationId } = error;
    const { url, headers } = this.#latest;
    return new APICallError({
      message,
      url,
      requestBodyValues: body,
      ...(status === null ? {} : { statusCode: status }),
      ...(headers === undefined ? {} : { responseHeaders: headers }),
      cause: error,
      // Creating a generation is repeatable, because the SDK sends an idempotency key.
      isRetryable: waitBeforeRetry(error, { failed: 1, most: 2, isRepeatable: true }, 0) !== null,
      data: { code, errors, request_id: requestId, generation_id: generationId },
    });
  }
}
