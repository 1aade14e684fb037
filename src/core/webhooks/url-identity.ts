// When two URLs are the same webhook. Callers see theirs as they wrote it; a host in capitals, the port that goes without
// saying and the slash of an empty path make no other receiver.

/** The same for all spellings of a URL. */
export function urlIdentity(url: string): string {
  return URL.canParse(url) ? new URL(url).href : url;
}

export function sameUrl(a: string, b: string): boolean {
  return a === b || urlIdentity(a) === urlIdentity(b);
}
