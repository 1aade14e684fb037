// Sends the calls: authentication, repetition and errors are the same for all of them.

import createClient, { type Client } from "openapi-fetch";
import { errorOf, ReelhookError } from "./errors.ts";
import type { paths } from "./generated/api.ts";
import type { CallOptions, ReelhookOptions } from "./options.ts";
import { pause } from "./pause.ts";
import { waitBeforeRetry } from "./retry.ts";

interface Sending {
  readonly method: string;
  readonly headers: Headers;
  readonly body?: ArrayBuffer | undefined;
  readonly signal?: AbortSignal | null | undefined;
}

/** How long an answer may take, in addition to the time that the call asks the API to wait. */
const ANSWER_TIMEOUT_MS = 60_000;

export class Connection {
  /** Typed calls that throw unless the answer is a success. */
  readonly api: Client<paths>;
  readonly #baseUrl: string;
  readonly #apiKey: string;
  readonly #fetch: typeof globalThis.fetch;
  readonly #mostTries: number;

  /** @throws TypeError if the URL or the key is missing or malformed. */
  constructor({ baseUrl, apiKey, fetch, maxRetries = 4 }: ReelhookOptions) {
    if (!isHttpUrl(baseUrl)) throw new TypeError("baseUrl must be an absolute http or https URL.");
    if (typeof apiKey !== "string" || apiKey === "")
      throw new TypeError("apiKey must be an API key of the deployment.");
    this.#baseUrl = baseUrl.replace(/\/+$/, "");
    this.#apiKey = apiKey;
    // Looked up at each call, so that a fetch that is replaced later, for example by a test, is used.
    this.#fetch = fetch ?? ((...args) => globalThis.fetch(...args));
    this.#mostTries = maxRetries + 1;
    this.api = createClient<paths>({ baseUrl: this.#baseUrl, fetch: (request) => this.#sendWhole(request) });
  }

  /**
   * Sends a request for a body that the caller reads, such as a video or an event stream.
   *
   * @throws ReelhookError unless the answer is a success.
   */
  open(path: string, headers: HeadersInit, { signal }: CallOptions = {}): Promise<Response> {
    return this.#send(this.#baseUrl + path, { method: "GET", headers: new Headers(headers), signal }, (response) =>
      Promise.resolve(response),
    );
  }

  async #sendWhole(request: Request): Promise<Response> {
    const { url, method, headers, signal } = request;
    const body = request.body === null ? undefined : await request.arrayBuffer();
    return this.#send(url, { method, headers, body, signal }, async (response) => {
      // Read here, so that a connection that is lost meanwhile counts as one.
      const whole = await response.arrayBuffer();
      return new Response(whole.byteLength === 0 ? null : whole, response);
    });
  }

  async #send(url: string, sending: Sending, read: (response: Response) => Promise<Response>): Promise<Response> {
    const { method, headers, signal } = sending;
    headers.set("authorization", `Bearer ${this.#apiKey}`);
    const call = `${method} ${new URL(url).pathname}`;
    // The same key, or canceling again, has no second effect.
    const isRepeatable = method !== "POST" || headers.has("idempotency-key") || url.endsWith("/cancel");
    for (let failed = 1; ; failed++) {
      const result = await this.#try(call, url, sending, read);
      if (result instanceof Response) return result;
      // An earlier try whose answer was lost has deleted it.
      if (method === "DELETE" && failed > 1 && result.status === 404) return new Response(null, { status: 204 });
      const waitMs = waitBeforeRetry(result, { failed, most: this.#mostTries, isRepeatable }, Math.random());
      if (waitMs === null) throw result;
      await pause(waitMs, signal);
    }
  }

  /** @throws only what the caller's signal was aborted with. */
  async #try(
    call: string,
    url: string,
    { signal, ...sending }: Sending,
    read: (response: Response) => Promise<Response>,
  ): Promise<Response | ReelhookError> {
    const waitSeconds = Number(/\bwait=(\d+)/.exec(sending.headers.get("prefer") ?? "")?.[1] ?? 0);
    if (signal?.aborted) throw signal.reason;
    const timeout = new AbortController();
    const timer = setTimeout(
      () => timeout.abort(new Error("no answer in time")),
      ANSWER_TIMEOUT_MS + waitSeconds * 1_000,
    );
    try {
      const aborted = signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal;
      const init: RequestInit = { ...sending, body: sending.body ?? null, signal: aborted, redirect: "manual" };
      const response = await this.#fetch(url, init);
      if (!response.ok) return errorOf(call, response, await response.text());
      return await read(response);
    } catch (cause) {
      if (signal?.aborted) throw signal.reason;
      const reason = cause instanceof Error ? ` (${reasonOf(cause)})` : "";
      return new ReelhookError(`${call}: no answer from ${new URL(url).origin}${reason}.`, {
        status: null,
        code: "connection_failed",
        cause,
      });
    } finally {
      clearTimeout(timer);
    }
  }
}

/** `fetch` hides the reason of a failure in its cause. */
function reasonOf(error: Error): string {
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message;
}

function isHttpUrl(text: unknown): boolean {
  return typeof text === "string" && /^https?:\/\//i.test(text) && URL.canParse(text);
}

/** The body of a successful answer, which openapi-fetch types as optional. */
export async function dataOf<T>(call: Promise<{ readonly data?: T }>): Promise<T> {
  const { data } = await call;
  return data as T;
}
