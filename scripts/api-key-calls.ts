// Calls to a deployment that make, list and revoke API keys with ADMIN_KEY, and read the webhook secret of a new key.

import * as z from "zod/mini";
import {
  type ApiKeyView,
  type apiKeyRequestSchema,
  apiKeySchema,
  type NewApiKeyView,
  newApiKeySchema,
} from "../src/contract/api-keys.ts";
import type { FieldError } from "../src/contract/problems.ts";

export type ApiKeyRequest = z.input<typeof apiKeyRequestSchema>;

/** A deployment and the key that manages its API keys. */
export interface AdministeredDeployment {
  /** Its origin, such as `https://reelhook.example.com`. */
  readonly url: string;
  readonly adminKey: string;
}

/** A call that did not succeed. No text in it contains a key. */
export class CallFailure extends Error {
  /** HTTP status; 0 if there was no answer. */
  readonly status: number;
  /** The problem code; null if the answer is not one of Reelhook's. */
  readonly code: string | null;
  /** The fields that the deployment refuses. */
  readonly errors: readonly FieldError[];

  constructor(status: number, code: string | null, message: string, errors: readonly FieldError[] = []) {
    super(message);
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}

const TIMEOUT_MS = 30_000;

const PATH = "/v1/api-keys";

// Not strict, because a newer release may answer with more fields.
const keyAnswer = z.object(apiKeySchema.shape);
const newKeyAnswer = z.object(newApiKeySchema.shape);
const listAnswer = z.object({ data: z.array(keyAnswer), next_cursor: z.nullable(z.string()) });
const secretAnswer = z.object({ secret: z.string() });
const problemAnswer = z.object({
  code: z.string(),
  detail: z.string(),
  errors: z.optional(z.array(z.object({ pointer: z.string(), message: z.string() }))),
});

/**
 * @returns the key, which the deployment does not show again.
 * @throws CallFailure
 */
export function createApiKey(deployment: AdministeredDeployment, request: ApiKeyRequest): Promise<NewApiKeyView> {
  return call(newKeyAnswer, deployment.url, deployment.adminKey, "POST", PATH, request);
}

/**
 * @param account null for all accounts.
 * @returns all pages, newest first.
 * @throws CallFailure
 */
export async function listApiKeys(
  { url, adminKey }: AdministeredDeployment,
  account: string | null,
): Promise<readonly ApiKeyView[]> {
  const keys: ApiKeyView[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({
      limit: "100",
      ...(account === null ? {} : { account }),
      ...(cursor === null ? {} : { cursor }),
    });
    const page: z.output<typeof listAnswer> = await call(listAnswer, url, adminKey, "GET", `${PATH}?${query}`);
    keys.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return keys;
}

/** @throws CallFailure; with status 404 if there is no such key. */
export async function revokeApiKey({ url, adminKey }: AdministeredDeployment, id: string): Promise<void> {
  await call(z.null(), url, adminKey, "DELETE", `${PATH}/${encodeURIComponent(id)}`);
}

/**
 * Reads the secret that signs callbacks to webhooks that requests name.
 *
 * @param apiKey a key of the account and mode that is not read-only.
 * @throws CallFailure
 */
export async function readWebhookSecret(url: string, apiKey: string): Promise<string> {
  return (await call(secretAnswer, url, apiKey, "GET", "/v1/webhook-secret")).secret;
}

async function call<T>(
  answer: z.ZodMiniType<T>,
  url: string,
  key: string,
  method: string,
  path: string,
  body?: object,
): Promise<T> {
  const { status, text } = await send(url, key, method, path, body);
  const json = status === 204 ? null : jsonIn(text);
  const { host } = new URL(url);
  if (status >= 200 && status < 300) {
    const read = answer.safeParse(json);
    if (read.success) return read.data;
  }
  const problem = problemAnswer.safeParse(json);
  if (problem.success) {
    throw new CallFailure(status, problem.data.code, problem.data.detail, problem.data.errors);
  }
  throw new CallFailure(status, null, `${host} answered with status ${status}, but not as Reelhook does.`);
}

async function send(url: string, key: string, method: string, path: string, body: object | undefined) {
  try {
    const response = await fetch(new URL(path, url), {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      // A redirect could send the key to another host.
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  } catch (cause) {
    throw new CallFailure(0, null, `Nothing answers at ${url} (${reasonOf(cause)}).`);
  }
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "no answer";
  if (cause.name === "TimeoutError") return `no answer within ${TIMEOUT_MS / 1000} s`;
  // `fetch` only says "fetch failed"; its cause says why. One for several addresses has a code, but no message.
  const { cause: inner } = cause;
  if (!(inner instanceof Error)) return cause.message;
  return inner.message || ("code" in inner ? String(inner.code) : cause.message);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
