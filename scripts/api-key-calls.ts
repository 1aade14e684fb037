// Makes, lists and revokes API keys of a deployment, with its ADMIN_KEY, and reads the webhook secret of a new key.

import type { ApiKeyList, ApiKeyView, NewApiKeyView } from "../src/contract/api-keys.ts";
import type { ProblemView } from "../src/contract/problem.ts";
import type { WebhookSecret } from "../src/contract/webhook-endpoints.ts";
import type { Mode } from "../src/contract/words.ts";
import { isLoopback } from "../src/core/webhooks/url-rules.ts";

const TIMEOUT_MS = 30_000;
const MAX_PAGE = 100;

/** A deployment and the right to manage its API keys. */
export interface Administration {
  /** The origin, such as `https://reelhook.example.com`. */
  readonly url: string;
  readonly adminKey: string;
  /** Replaced in tests. */
  readonly fetch?: typeof fetch;
}

/** What to make: the body of `POST /v1/api-keys`. */
export interface KeyRequest {
  readonly account: string;
  readonly mode: Mode;
  /** What the key is for: 1 to 100 characters. */
  readonly name: string;
  /** RFC 3339. By default, the key never expires. */
  readonly expires_at?: string;
  readonly read_only?: boolean;
}

/** A call that failed. The message never contains ADMIN_KEY or an API key. */
export class ApiKeyCallError extends Error {
  /** Null if there was no answer. */
  readonly status: number | null;
  /** The problem code; null if there was no answer, or none of Reelhook's. */
  readonly code: string | null;

  constructor(message: string, status: number | null, code: string | null = null) {
    super(message);
    this.status = status;
    this.code = code;
  }

  /** Whether the call may succeed later. A key may have been made or revoked even though the call failed. */
  get isTemporary(): boolean {
    return this.status === null || this.status === 429 || this.status >= 500;
  }
}

/** @returns the new key, which nobody can read again. @throws ApiKeyCallError */
export async function makeKey(administration: Administration, request: KeyRequest): Promise<NewApiKeyView> {
  // People paste it into a shell.
  const isMade = (answer: object): answer is NewApiKeyView =>
    "key" in answer && typeof answer.key === "string" && /^rh_\w+$/.test(answer.key);
  return call(administration, "POST", "/v1/api-keys", isMade, request);
}

/** @returns all keys of the account, or of all accounts, newest first. @throws ApiKeyCallError */
export async function listKeys(administration: Administration, account?: string): Promise<ApiKeyView[]> {
  const keys: ApiKeyView[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ limit: String(MAX_PAGE) });
    if (account !== undefined) query.set("account", account);
    if (cursor !== null) query.set("cursor", cursor);
    const page: ApiKeyList = await call(administration, "GET", `/v1/api-keys?${query}`, isList);
    keys.push(...page.data);
    if (page.next_cursor === cursor && cursor !== null) {
      throw new ApiKeyCallError("GET /v1/api-keys: the next page is always the same", 200);
    }
    cursor = page.next_cursor;
  } while (cursor !== null);
  return keys;
}

/** The key stops working within 60 seconds. @throws ApiKeyCallError, with status 404 if there is no such key. */
export async function revokeKey(administration: Administration, id: string): Promise<void> {
  await call(administration, "DELETE", `/v1/api-keys/${encodeURIComponent(id)}`, isAny);
}

/**
 * Reads the secret that signs callbacks to webhooks that requests name.
 *
 * @param apiKey a key of the account and mode that is not read-only.
 * @throws ApiKeyCallError
 */
export async function readWebhookSecret(url: string, apiKey: string): Promise<string> {
  const hasSecret = (answer: object): answer is WebhookSecret =>
    "secret" in answer && typeof answer.secret === "string";
  return (await call({ url, adminKey: apiKey }, "GET", "/v1/webhook-secret", hasSecret)).secret;
}

function isAny(_answer: object): _answer is object {
  return true;
}

function isList(answer: object): answer is ApiKeyList {
  return "data" in answer && Array.isArray(answer.data);
}

/** ADMIN_KEY is only sent over HTTPS, or to this machine. @returns the origin; null for any other text. */
export function originOf(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.username !== "" || url.password !== "") return null;
  const isSafe = url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
  return isSafe ? url.origin : null;
}

/** @param isExpected whether a success is what Reelhook answers. */
async function call<T extends object>(
  { url, adminKey, fetch: send = fetch }: Administration,
  method: string,
  path: string,
  isExpected: (answer: object) => answer is T,
  body?: object,
): Promise<T> {
  const name = `${method} ${path.replace(/\?.*$/, "")}`;
  const origin = originOf(url);
  if (origin === null) throw new Error("The address must be an https: URL, or an http: URL of this machine.");
  const authorization = `Bearer ${adminKey}`;
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  let status: number;
  let text: string;
  try {
    const response = await send(`${origin}${path}`, {
      ...{ method, redirect: "manual", signal },
      headers: { authorization, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    status = response.status;
    text = await response.text();
  } catch (cause) {
    throw new ApiKeyCallError(`${name}: ${reasonOf(cause)}`, null);
  }
  if (status < 200 || status > 299) {
    const { message, code } = problemOf(status, text);
    throw new ApiKeyCallError(`${name}: ${message}`, status, code);
  }
  const answer = status === 204 ? {} : objectOf(text);
  if (answer === null || !isExpected(answer)) {
    throw new ApiKeyCallError(`${name}: the answer does not come from Reelhook`, status);
  }
  return answer;
}

/** @returns why a request got no answer, such as `getaddrinfo ENOTFOUND reelhook.example.com`. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "no answer";
  if (cause.name === "TimeoutError") return "no answer in time";
  const { cause: inner } = cause;
  if (!(inner instanceof Error)) return cause.message;
  // Failed connections to several addresses of a host have a code, but no message.
  return inner.message || ("code" in inner ? String(inner.code) : cause.message);
}

interface ReadProblem {
  readonly message: string;
  readonly code: string | null;
}

/** @param text a problem as in RFC 9457, or anything else if the answer does not come from Reelhook. */
function problemOf(status: number, text: string): ReadProblem {
  const problem: Partial<ProblemView> | null = objectOf(text);
  const { detail, code, errors = [] } = problem ?? {};
  if (typeof detail !== "string") return { message: `${status}, which is not an answer of Reelhook`, code: null };
  const fields = errors.map(({ pointer, message }) => `\n  ${pointer.replace(/^\//, "")} ${message}`);
  return { message: `${status}: ${detail}${fields.join("")}`, code: code ?? null };
}

function objectOf(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}
