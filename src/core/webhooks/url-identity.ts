// Decides whether two URLs are the same webhook: whether the same request would be sent to the same host. Callers still
// see their URL as they wrote it.

/**
 * Normalized URL, the same for all spellings. The parser evens out the case of the host, an explicit default port and the
 * slash of an empty path; the fragment is not sent; the dot of the DNS root names the same host; and escapes are equivalent
 * as in RFC 3986, section 6.2.2.
 */
export function urlIdentity(url: string): string {
  if (!URL.canParse(url)) return url;
  const same = new URL(url);
  same.hash = "";
  same.hostname = same.hostname.replace(/\.$/, "");
  return same.href.replace(/%[0-9a-f]{2}/gi, normalizedEscape);
}

/** Characters that need no escape are written without one, all other escapes in upper case. */
function normalizedEscape(code: string): string {
  const character = String.fromCharCode(Number.parseInt(code.slice(1), 16));
  return /[A-Za-z0-9._~-]/.test(character) ? character : code.toUpperCase();
}

export function sameUrl(a: string, b: string): boolean {
  return a === b || urlIdentity(a) === urlIdentity(b);
}
