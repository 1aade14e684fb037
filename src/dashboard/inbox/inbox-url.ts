// Whether this is a development server with an inbox, and where that is.

import type { Client } from "../shared/api.ts";

const urls = new WeakMap<Client, Promise<string | null>>();

/**
 * The webhook URL of the inbox; null if there is none. Asked once per session, and only of a server on this machine, so that
 * a deployment never gets this request.
 */
export function inboxUrl(client: Client): Promise<string | null> {
  const known = urls.get(client);
  if (known !== undefined) return known;
  const asked = isOnThisMachine(location.hostname)
    ? client.getInbox().then(
        ({ url }) => url,
        () => null,
      )
    : null;
  const url = asked ?? Promise.resolve(null);
  urls.set(client, url);
  return url;
}

function isOnThisMachine(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || host.startsWith("127.");
}
