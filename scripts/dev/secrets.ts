// The secrets that can have signed a callback to the inbox, read from the Worker with the API keys of .dev.vars: those of each
// account and mode, and those of standing webhook endpoints whose URL is the inbox.

import { Webhook } from "standardwebhooks";
import type { EndpointList } from "../../src/contract/webhook-endpoints.ts";
import type { Scope } from "../../src/core/scope.ts";
import { isLoopback } from "../../src/core/webhooks/url-rules.ts";
import type { PlainKey } from "./vars.ts";

export interface Verdict {
  /** Whose secret signed it; null if none did. */
  readonly scope: Scope | null;
  /** Why it is not verified; null if it is. */
  readonly reason: string | null;
}

interface KnownSecret {
  readonly scope: Scope;
  readonly secret: string;
}

/** Calls the Worker with an API key. @throws unless the answer is 2xx. */
export type Read = <T>(path: string, key: string) => Promise<T>;

/** Forged callbacks must not cause more reads than this. */
const BETWEEN_READS_MS = 1_000;

export class Secrets {
  readonly #keys: readonly PlainKey[];
  readonly #inboxPort: number;
  readonly #read: Read;
  #known: readonly KnownSecret[] = [];
  #reading: Promise<void> | null = null;
  #readAt = 0;

  constructor(keys: readonly PlainKey[], inboxPort: number, read: Read) {
    this.#keys = keys;
    this.#inboxPort = inboxPort;
    this.#read = read;
  }

  /** Reads the secrets again if none verifies: an endpoint may be new, or a secret rotated. */
  async verify(headers: Readonly<Record<string, string>>, body: string): Promise<Verdict> {
    const { reason } = verdictOf([UNKNOWN], headers, body);
    if (reason !== NOT_SIGNED) return { scope: null, reason };
    const first = verdictOf(this.#known, headers, body);
    if (first.reason === null) return first;
    if (this.#reading !== null) {
      // It may have begun before the secret was made, so it does not tell that the callback is forged.
      await this.#reading;
      const second = verdictOf(this.#known, headers, body);
      if (second.reason === null) return second;
    }
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = null;
    });
    await this.#reading;
    return verdictOf(this.#known, headers, body);
  }

  async #readAll(): Promise<void> {
    const wait = this.#readAt === 0 ? 0 : this.#readAt + BETWEEN_READS_MS - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    this.#readAt = performance.now();
    const read = await Promise.allSettled(this.#keys.map((key) => this.#secretsOf(key)));
    this.#known = read.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
  }

  async #secretsOf({ account, mode, key }: PlainKey): Promise<KnownSecret[]> {
    const [own, { data }] = await Promise.all([
      this.#read<{ secret: string }>("/v1/webhook-secret", key),
      this.#read<EndpointList>("/v1/webhook-endpoints", key),
    ]);
    const endpoints = await Promise.all(
      data
        .filter(({ url }) => this.#isInbox(url))
        .map(({ id }) => this.#read<{ secret: string }>(`/v1/webhook-endpoints/${id}/secret`, key)),
    );
    return [own, ...endpoints].map(({ secret }) => ({ scope: { account, mode }, secret }));
  }

  #isInbox(url: string): boolean {
    const { hostname, port } = new URL(url);
    return isLoopback(hostname) && Number(port) === this.#inboxPort;
  }
}

/** Signs nothing. Finds what is wrong with a callback whatever the secret is. */
const UNKNOWN: KnownSecret = {
  scope: { account: "", mode: "test" },
  secret: Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64"),
};

function verdictOf(known: readonly KnownSecret[], headers: Readonly<Record<string, string>>, body: string): Verdict {
  let reason = "its secrets cannot be read from the Worker";
  for (const { scope, secret } of known) {
    try {
      new Webhook(secret).verify(body, headers);
      return { scope, reason: null };
    } catch (cause) {
      reason = reasonOf(cause);
    }
  }
  return { scope: null, reason };
}

const NOT_SIGNED = "no known secret has signed it";

const REASONS: Readonly<Record<string, string>> = {
  "Missing required headers": "a webhook-… header is missing",
  "Invalid Signature Headers": "its webhook-timestamp is not a number",
  "Message timestamp too old": "it was signed over five minutes ago",
  "Message timestamp too new": "its timestamp is in the future",
  "No matching signature found": NOT_SIGNED,
};

function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return REASONS[message] ?? message;
}
