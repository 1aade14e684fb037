// Sends every call of the client, so that authentication, repetition and errors are handled in one place.

import createClient, { type Client } from "openapi-fetch";
import { readApiKey, readBaseUrl } from "./deployment.ts";
import { connectionFailed, errorOf, type ReelhookError, unexpectedAnswer } from "./errors.ts";
import type { paths } from "./generated/api.ts";
import { linkedTo } from "./linked-abort.ts";
import type { CallOptions, ReelhookOptions } from "./options.ts";
import { pathOf } from "./paths.ts";
import { pause } from "./pause.ts";
import { mayHaveBeenExecuted, waitBeforeRetry } from "./retry.ts";

interface Sending {
  readonly method: string;
  readonly headers: Headers;
  readonly body?: ArrayBuffer | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly isTriedOnce?: boolean;
  /** Whether the body is read after the call, and must then still be aborted with the signal. */
  readonly isReadLater?: boolean;
}

/** A `GET` for a body that the caller reads as it arrives. */
export interface Opening {
  /** Path with placeholders for ids, such as `/v1/generations/{id}/video`. */
  readonly path: keyof paths;
  readonly ids?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How the `Content-Type` of the answer begins. */
  readonly type: string;
  /** Whether a failure is thrown at once instead of repeating the call. Default: false. */
  readonly isTriedOnce?: boolean;
}

/** Reads a successful answer. @returns an error if the API cannot have sent it. */
type Read = (response: Response, call: string) => Promise<Response | ReelhookError>;

/** How long an answer may take, in addition to the time that the call asks the API to wait. */
const ANSWER_TIMEOUT_MS = 60_000;

/** The longest wait that the API grants. */
const MAX_WAIT_SECONDS = 60;

/** A large input needs longer on a slow connection: the time is extended by one second for each 100 kB. */
const BYTES_PER_MS = 100;

export class Connection {
  /** Typed calls, which throw unless they succeed. `until` passes the options of a call. */
  readonly api: Client<paths>;
  readonly #baseUrl: string;
  readonly #authorization: string;
  readonly #fetch: NonNullable<ReelhookOptions["fetch"]>;
  readonly #mostTries: number;

  /** @throws TypeError if an option is missing or malformed. */
  constructor({ baseUrl, apiKey, fetch, maxRetries = 4 }: ReelhookOptions) {
    this.#baseUrl = readBaseUrl(baseUrl, "baseUrl");
    const key = readApiKey(apiKey);
    // The error of `Headers` would show the key.
    if (key === null) throw new TypeError("apiKey must be an API key of the deployment.");
    this.#authorization = `Bearer ${key}`;
    // Looked up at each call, so that a `fetch` that is replaced later, for example by a test, takes effect.
    this.#fetch = fetch ?? ((...args) => globalThis.fetch(...args));
    if (!Number.isInteger(maxRetries) || maxRetries < 0)
      throw new TypeError("maxRetries must be a whole number, 0 or more.");
    this.#mostTries = maxRetries + 1;
    this.api = createClient<paths>({ baseUrl: this.#baseUrl, pathSerializer: pathOf, ...this.until({}) });
  }

  /** The part of a call's options that sends it. A `Request` with the caller's signal would keep a listener on it. */
  until({ signal }: CallOptions): { readonly fetch: (request: Request) => Promise<Response> } {
    return {
      fetch: async (request) => {
        const { url, method, headers } = request;
        const body = request.body === null ? undefined : await request.arrayBuffer();
        return this.#send(url, { method, headers, body, signal }, (response, call) =>
          response.status === 204 && method === "DELETE" ? Promise.resolve(response) : readJson(response, call),
        );
      },
    };
  }

  /** @throws ReelhookError unless the answer is a success of that type, or has no content. */
  async open({ path, ids = {}, query = "", type, ...opening }: Opening, { signal }: CallOptions): Promise<Response> {
    const url = `${this.#baseUrl}${pathOf(path, ids)}${query}`;
    const headers = new Headers(opening.headers);
    const sending = { ...opening, method: "GET", headers, signal, isReadLater: true };
    return this.#send(url, sending, async (response, call) => {
      if (response.status === 204 || response.headers.get("content-type")?.startsWith(type)) return response;
      await response.body?.cancel();
      return unexpectedAnswer(call, response);
    });
  }

  async #send(url: string, sending: Sending, read: Read): Promise<Response> {
    const { method, headers, signal, isTriedOnce = false } = sending;
    headers.set("authorization", this.#authorization);
    const call = `${method} ${new URL(url).pathname}`;
    // The same key, or canceling again, has no second effect.
    const isRepeatable = method !== "POST" || headers.has("idempotency-key") || url.endsWith("/cancel");
    const most = isTriedOnce ? 1 : this.#mostTries;
    let mayBeDone = false;
    for (let failed = 1; ; failed++) {
      const result = await this.#try(call, url, sending, read);
      if (result instanceof Response) return result;
      // An earlier try whose answer was lost has deleted it.
      if (method === "DELETE" && mayBeDone && result.code === "not_found") return new Response(null, { status: 204 });
      mayBeDone ||= mayHaveBeenExecuted(result);
      const waitMs = waitBeforeRetry(result, { failed, most, isRepeatable }, Math.random());
      if (waitMs === null) throw result;
      await pause(waitMs, signal);
    }
  }

  /** @throws only the reason of the caller's signal. */
  async #try(
    call: string,
    url: string,
    { method, headers, body, signal, isReadLater = false }: Sending,
    read: Read,
  ): Promise<Response | ReelhookError> {
    if (signal?.aborted) throw signal.reason;
    const timeout = linkedTo(isReadLater ? undefined : signal);
    const aborted = isReadLater && signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal;
    const timer = setTimeout(() => timeout.abort(new Error("no answer in time")), answerTimeoutMs(headers, body));
    // Called without `this`, which the fetch of browsers and Workers refuses.
    const fetch = this.#fetch;
    try {
      const response = await fetch(url, { method, headers, body: body ?? null, signal: aborted, redirect: "manual" });
      if (!response.ok) return errorOf(call, response, await response.text());
      return await read(response, call);
    } catch (cause) {
      if (signal?.aborted) throw signal.reason;
      return connectionFailed(`${call}: no answer from ${new URL(url).origin}`, cause);
    } finally {
      clearTimeout(timer);
      timeout.unlink();
    }
  }
}

/** Reads the whole body, so that one that breaks off counts as a lost connection. */
async function readJson(response: Response, call: string): Promise<Response | ReelhookError> {
  const { status, headers } = response;
  const body = await response.text();
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? new Response(body, { status })
      : unexpectedAnswer(call, response);
  } catch {
    const isMeantAsJson = /^application\/json\b/.test(headers.get("content-type") ?? "");
    return isMeantAsJson ? connectionFailed(`${call}: the answer broke off`) : unexpectedAnswer(call, response);
  }
}

function answerTimeoutMs(headers: Headers, body: ArrayBuffer | undefined): number {
  const waitSeconds = Number(/\bwait=(\d+)/.exec(headers.get("prefer") ?? "")?.[1] ?? 0);
  const uploadMs = (body?.byteLength ?? 0) / BYTES_PER_MS;
  return ANSWER_TIMEOUT_MS + Math.min(waitSeconds, MAX_WAIT_SECONDS) * 1_000 + uploadMs;
}

/** The body of a successful answer, which openapi-fetch types as optional. */
export async function dataOf<T>(call: Promise<{ readonly data?: T }>): Promise<T> {
  const { data } = await call;
  return data as T;
}
