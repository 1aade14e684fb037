// The inbox: a webhook receiver on this machine. It takes a callback at any path, verifies it, and keeps the last hundred in
// memory. The Worker reads them for the dashboard.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { InboxCallback, InboxView } from "../../src/contract/inbox.ts";
import type { Mode } from "../../src/contract/words.ts";
import { isLoopback } from "../../src/core/webhooks/url-rules.ts";
import { listenFrom } from "./ports.ts";
import { type Read, Secrets, type Verdict } from "./secrets.ts";
import type { PlainKey } from "./vars.ts";

const KEPT = 100;

/** A callback has less than 20,000 bytes. */
const MAX_BODY_BYTES = 64 * 1024;

/** Answers the Worker with a list of callbacks. */
const LIST_PATH = "/callbacks";

interface Kept {
  readonly callback: InboxCallback;
  /** Who may see it. Null for one that no known secret has signed. */
  readonly scope: Verdict["scope"];
  /** The mode that an unverified callback claims. */
  readonly claimed: Mode | null;
}

export interface InboxOptions {
  /** The next free port is taken if this one is not free. */
  readonly port: number;
  /** Port that the Worker is about to take. */
  readonly workerPort: number;
  /** Where a browser that opens the inbox is sent. */
  readonly dashboard: string;
  /**
   * Read the secrets that can have signed a callback. The account of the first key sees callbacks that are not verified,
   * because nobody knows their account. So do accounts that have no key here, whose callbacks cannot be verified: their
   * keys were made with ADMIN_KEY.
   */
  readonly keys: readonly PlainKey[];
  readonly read: Read;
  onCallback(callback: InboxCallback): void;
}

export interface Inbox {
  readonly url: string;
  stop(): Promise<void>;
}

/** Listens on loopback only. */
export async function startInbox(options: InboxOptions): Promise<Inbox> {
  let url = "";
  let secrets = new Secrets([], 0, options.read);
  const kept: Kept[] = [];
  let count = 0;

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    if (body === null) {
      response.writeHead(413).end();
      return;
    }
    const headers = headersOf(request);
    const { scope, reason } = await secrets.verify(headers, body);
    const webhookId = headers["webhook-id"] ?? null;
    const before = kept.find(({ callback }) => webhookId !== null && callback.webhook_id === webhookId);
    const { type, generation, mode } = factsOf(body);
    count += 1;
    const callback: InboxCallback = {
      ...{ id: String(count), webhook_id: webhookId, received_at: new Date().toISOString() },
      ...{ path: request.url ?? "/", type, generation, attempt: (before?.callback.attempt ?? 0) + 1 },
      ...{ verified: reason === null, reason, headers, body },
    };
    kept.unshift({ callback, scope, claimed: mode });
    kept.length = Math.min(kept.length, KEPT);
    options.onCallback(callback);
    // Also for one that is not verified: the inbox shows why, and a retry would not help.
    response.writeHead(204).end();
  }

  function list(query: URLSearchParams): InboxView {
    const [account, mode] = [query.get("account"), query.get("mode")];
    const [first, ...others] = options.keys;
    const seesUnverified = account === first?.account || others.every((key) => key.account !== account);
    const isVisible = ({ scope, claimed }: Kept) =>
      scope === null
        ? seesUnverified && (claimed === null || claimed === mode)
        : scope.account === account && scope.mode === mode;
    return { object: "list", url, data: kept.filter(isVisible).map(({ callback }) => callback) };
  }

  const server = createServer((request, response) => {
    if (!isLocal(request)) {
      response.writeHead(403).end();
    } else if (request.method === "POST") {
      receive(request, response).catch(() => response.destroy());
    } else if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { allow: "GET, HEAD, POST" }).end();
    } else {
      // Not parsed as a URL, because anything can be sent here: `//` is not a valid one.
      const [path, query] = (request.url ?? "/").split("?", 2);
      if (path !== LIST_PATH) response.writeHead(302, { location: options.dashboard }).end();
      else
        response
          .writeHead(200, { "content-type": "application/json" })
          .end(JSON.stringify(list(new URLSearchParams(query))));
    }
  });
  const port = await listenFrom(server, options.port, options.workerPort);
  url = `http://localhost:${port}`;
  secrets = new Secrets(options.keys, port, options.read);
  return {
    url,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * Refuses the pages of other sites: their host name may lead to this machine, and they may post forms, which would displace
 * the callbacks. A Worker sends no `Origin`.
 */
function isLocal({ headers: { host = "", origin } }: IncomingMessage): boolean {
  return [`http://${host}`, ...(origin === undefined ? [] : [origin])].every(
    (url) => URL.canParse(url) && isLoopback(new URL(url).hostname),
  );
}

/** @returns null if it is too large. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.byteLength;
    if (size <= MAX_BODY_BYTES) parts.push(part);
  }
  return size > MAX_BODY_BYTES ? null : Buffer.concat(parts).toString("utf8");
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

interface Facts {
  readonly type: string | null;
  /** Id of the generation; null for `webhook.test`. */
  readonly generation: string | null;
  readonly mode: Mode | null;
}

/** What the body says. It may be anything. */
function factsOf(body: string): Facts {
  let value: { type?: unknown; data?: { id?: unknown; object?: unknown; mode?: unknown } | null } | null;
  try {
    value = JSON.parse(body);
  } catch {
    value = null;
  }
  const { type, data } = value ?? {};
  const { id, object, mode } = data ?? {};
  return {
    type: typeof type === "string" ? type : null,
    generation: object === "generation" && typeof id === "string" ? id : null,
    mode: mode === "test" || mode === "live" ? mode : null,
  };
}
