// GET requests for JSON, with an API key. They are idempotent, so a call that fails temporarily is repeated.

import { parseRetryAfter } from "../../src/core/http-fields.ts";
import { cutText } from "../../src/core/text.ts";
import { readReason } from "../../src/providers/aimlapi-answers.ts";

/** The network and the clock. Replaced in tests. */
export interface Outside {
  readonly fetch: typeof fetch;
  /** Milliseconds since the Unix epoch. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** A failure that the command reports before it exits with code 2. The message never contains a key. */
export class Failure extends Error {}

/** Where the calls go, and with which key. */
export interface Target {
  /** The origin, such as `https://api.aimlapi.com`. */
  readonly baseUrl: string;
  readonly key: string;
  /** What to check if the key is refused, such as `AIMLAPI_KEY`. */
  readonly keyName: string;
  /** Shortest time between two calls, in milliseconds. */
  readonly paceMs: number;
}

const TIMEOUT_MS = 60_000;
const MAX_TRIES = 5;
const FIRST_WAIT_MS = 1_000;
/** A longer `Retry-After` ends the command. */
const MAX_WAIT_MS = 5 * 60_000;
const MAX_REASON_LENGTH = 200;

type Answer = { readonly status: number; readonly headers: Headers; readonly text: string };

/** Calls to one server. */
export class Calls {
  readonly #target: Target;
  readonly #outside: Outside;
  #nextAt = 0;

  constructor(target: Target, outside: Outside) {
    this.#target = target;
    this.#outside = outside;
  }

  /** @returns the parsed body. @throws Failure if there is no answer with status 200 and JSON. */
  async get(path: string, query: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const { baseUrl, keyName } = this.#target;
    const url = `${baseUrl}${path}?${new URLSearchParams(query)}`;
    const name = `GET ${new URL(baseUrl).host}${path}`;
    for (let tries = 1; ; tries++) {
      const found = await this.#once(url);
      if (typeof found !== "string" && found.status === 200) return parsed(found.text, name);
      const problem = typeof found === "string" ? found : this.#problemOf(found);
      if (typeof found !== "string" && (found.status === 401 || found.status === 403)) {
        throw new Failure(`${name}: ${problem}. Check ${keyName}.`);
      }
      const waitMs = waitOf(found, tries, this.#outside.now());
      if (waitMs === null || tries === MAX_TRIES) throw new Failure(`${name}: ${problem}.`);
      if (waitMs > MAX_WAIT_MS) {
        throw new Failure(`${name}: ${problem}. Try again in ${Math.ceil(waitMs / 60_000)} minutes.`);
      }
      await this.#outside.sleep(waitMs);
    }
  }

  /** @returns the answer, or the reason why there was none. */
  async #once(url: string): Promise<Answer | string> {
    const { key, paceMs } = this.#target;
    const { fetch, now, sleep } = this.#outside;
    const early = this.#nextAt - now();
    if (early > 0) await sleep(early);
    this.#nextAt = now() + paceMs;
    try {
      const response = await fetch(url, {
        headers: { authorization: `Bearer ${key}`, accept: "application/json" },
        // A redirect would send the key to another host.
        redirect: "manual",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return { status: response.status, headers: response.headers, text: await response.text() };
    } catch (cause) {
      return this.#clean(noAnswer(cause));
    }
  }

  #problemOf({ status, text }: Answer): string {
    const { message } = readReason(jsonIn(text));
    const reason = message === null ? "" : ` (${this.#clean(message)})`;
    return `status ${status}${reason}`;
  }

  /** Some servers repeat the key that they refuse. */
  #clean(message: string): string {
    const text = message.replaceAll(this.#target.key, "[API key]");
    return printable(cutText(text, MAX_REASON_LENGTH)).replace(/[.\s]+$/, "");
  }
}

/** Milliseconds until the next try; null if another try would not help. */
function waitOf(found: Answer | string, tries: number, now: number): number | null {
  const ownMs = FIRST_WAIT_MS * 2 ** (tries - 1);
  if (typeof found === "string") return ownMs;
  if (found.status !== 429 && found.status < 500) return null;
  return Math.max(ownMs, parseRetryAfter(found.headers.get("retry-after"), now) ?? 0);
}

function noAnswer(cause: unknown): string {
  if (!(cause instanceof Error)) return "no answer";
  if (cause.name === "TimeoutError") return `no answer within ${TIMEOUT_MS / 1000} s`;
  const { cause: inner } = cause;
  return inner instanceof Error ? inner.message || cause.message : cause.message;
}

function parsed(text: string, name: string): unknown {
  const body = jsonIn(text);
  if (body === undefined) throw new Failure(`${name}: the answer is not JSON.`);
  return body;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Replaces control characters in a text of an answer, because they could change what the terminal shows. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]+/gu, " ");
}
