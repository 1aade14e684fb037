// Decides whether two URLs are the same webhook. The case of the host, an explicit default port and the slash of an
// empty path make no difference. Callers still see their URL as they wrote it.

/** Normalized URL, the same for all spellings. */
export function urlIdentity(url: string): string {
  return URL.canParse(url) ? new URL(url).href : url;
}

export function sameUrl(a: string, b: string): boolean {
  return a === b || urlIdentity(a) === urlIdentity(b);
}
