// Where the deployed Worker is reached.

/** A host name, and the rest of the pattern of a route. Only a workers.dev address has a scheme. */
const TARGET = /^(?:https:\/\/)?(?<host>[a-z0-9-]+(?:\.[a-z0-9-]+)+)(?<path>\/\S*)?(?:\s|$)/i;

/**
 * @param targets what wrangler reports: `https://reelhook.acme.workers.dev`, `reelhook.example.com (custom domain)`,
 * `reelhook.example.com/* (zone name: example.com)`.
 * @returns the origin: of a custom domain, else of a route to every path of a host, else at workers.dev; null if there
 * is none.
 */
export function addressIn(targets: readonly string[]): string | null {
  const reached = targets.flatMap((target) => {
    const { host, path } = TARGET.exec(target)?.groups ?? {};
    // Below a path, the Worker would not recognize the paths of its API.
    if (host === undefined || (path !== undefined && path !== "/*")) return [];
    return [{ host: host.toLowerCase(), isCustomDomain: target.includes("(custom domain") }];
  });
  const best =
    reached.find(({ isCustomDomain }) => isCustomDomain) ??
    reached.find(({ host }) => !host.endsWith(".workers.dev")) ??
    reached[0];
  return best === undefined ? null : `https://${best.host}`;
}
