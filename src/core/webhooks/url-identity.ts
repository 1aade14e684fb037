// Decides whether two URLs are the same webhook: whether both lead to the same request to the same host. Callers still
// see their URL as they wrote it.

/** Longer URLs are not accepted for webhooks (url-rules.ts), so they are not remembered. */
const MAX_REMEMBERED_LENGTH = 2048;

/** Enough for the webhooks and webhook endpoints of one generation, which are compared in pairs: 20 and 100. */
const MAX_REMEMBERED = 300;

/** Identities by URL, oldest first. One takes up to 60 µs, and a fan-out to 100 endpoints asks for thousands. */
const remembered = new Map<string, string>();

/**
 * Normalized URL, the same for all spellings. The parser normalizes the case of the host, an explicit default port and
 * the slash of an empty path. The fragment is removed because it is never sent, and the final dot of the host because
 * it makes no difference. Escapes are normalized as in RFC 3986, section 6.2.2.
 */
export function urlIdentity(url: string): string {
  if (url.length > MAX_REMEMBERED_LENGTH) return normalized(url);
  const known = remembered.get(url);
  if (known !== undefined) return known;
  const identity = normalized(url);
  if (remembered.size >= MAX_REMEMBERED) remembered.delete(remembered.keys().next().value ?? "");
  remembered.set(url, identity);
  return identity;
}

function normalized(url: string): string {
  if (!URL.canParse(url)) return url;
  const same = new URL(url);
  same.hash = "";
  same.hostname = same.hostname.replace(/\.$/, "");
  return same.href.replace(/%[0-9a-f]{2}/gi, normalizedEscape);
}

/** Decodes escapes of unreserved characters, and writes all other escapes in upper case. */
function normalizedEscape(code: string): string {
  const character = String.fromCharCode(Number.parseInt(code.slice(1), 16));
  return /[A-Za-z0-9._~-]/.test(character) ? character : code.toUpperCase();
}

export function sameUrl(a: string, b: string): boolean {
  return a === b || urlIdentity(a) === urlIdentity(b);
}

/** The host and port that a URL leads to, the same for all spellings. Null if it cannot be parsed. */
export function hostOf(url: string): string | null {
  const identity = urlIdentity(url);
  return URL.canParse(identity) ? new URL(identity).host : null;
}
