// Decides which user-supplied URLs may be called: when a request is accepted, before every send, and at every hop of a
// download. IP literals are always refused: the platform cannot fetch them, so private and public addresses need not be
// distinguished. Names that encode an address (such as nip.io) and names of private networks are refused by list.

export interface UrlRules {
  /** Allows `http:`, any port and loopback. For development only. */
  readonly allowLocal: boolean;
  /** Origins of this Worker, which must not call itself. */
  readonly ownOrigins: readonly string[];
  /** In characters; {@link MAX_URL_LENGTH} when absent. */
  readonly maxLength?: number;
}

export type UrlVerdict = { readonly safe: true; readonly url: URL } | { readonly safe: false; readonly reason: string };

export const MAX_URL_LENGTH = 2048;

/** Limit for links to videos. Signed URLs of object stores can be long. */
export const MAX_VIDEO_URL_LENGTH = 16_384;

/** Suffixes that never name a public host: RFC 6761, 6762, 8375 and 9476, and common private ones. */
const PRIVATE_SUFFIXES = [
  "localhost",
  "localdomain",
  "localdomain4",
  "localdomain6",
  "local",
  "internal",
  "intranet",
  "intra",
  "private",
  "corp",
  "home",
  "lan",
  "mail",
  "domain",
  "workgroup",
  "docker",
  "arpa",
  "svc",
  "kubernetes.default",
  "metadata.goog",
  "consul",
  "onion",
  "i2p",
  "alt",
  "test",
  "invalid",
];

/** Public names that resolve to the address written in them, or to loopback. */
const ADDRESS_NAMES = [
  "nip.io",
  "sslip.io",
  "xip.io",
  "traefik.me",
  "backname.io",
  "ipq.co",
  "localtest.me",
  "lvh.me",
  "vcap.me",
  "lacolhost.com",
  "localho.st",
  "localh.st",
  "ulh.us",
  "loopback.jp",
  "local.gd",
  "1u.ms",
  "rbndr.us",
  "nip.host",
  "xip.name",
  "plex.direct",
  "localhost.direct",
  "lcl.host",
  "fuf.me",
  "local-ip.co",
  "local-ip.sh",
];

/** Ports above 1023 that fetch blocks because other protocols use them: https://fetch.spec.whatwg.org/#port-blocking */
const BLOCKED_PORTS = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

function endsWithName(host: string, names: readonly string[]): boolean {
  return names.some((name) => host === name || host.endsWith(`.${name}`));
}

const refused = (reason: string): UrlVerdict => ({ safe: false, reason });

export function checkUrl(text: string, rules: UrlRules): UrlVerdict {
  const { maxLength = MAX_URL_LENGTH } = rules;
  if (text.length > maxLength) return refused(`must be at most ${maxLength} characters`);
  // URL parsers silently drop or trim these, so the checked URL would differ from the one given.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern must match control characters
  if (/[\u0000-\u0020\u007f-\u00a0\\]/.test(text)) return refused("must not contain spaces, control characters or \\");
  const schemes = rules.allowLocal ? /^https?:\/\/[^/]/i : /^https:\/\/[^/]/i;
  if (!schemes.test(text)) {
    return refused(`must be an absolute https:// ${rules.allowLocal ? "or http:// " : ""}URL`);
  }
  if (!URL.canParse(text)) return refused("must be a valid URL");
  const url = new URL(text);
  if (/^\w+:\/\/[^/?#]*@/.test(text)) return refused("must not contain a user name or password");
  const host = withoutRoot(url.hostname);
  const local = rules.allowLocal && isLoopback(host);
  if (rules.ownOrigins.some((origin) => isSameHost(url, origin, rules.allowLocal))) {
    return refused("must not point to this service");
  }
  if (local) return { safe: true, url };
  if (isAddress(host)) return refused("must use a host name, not an IP address");
  if (!host.includes(".")) return refused("must use a public host name");
  if (!isHostName(host)) return refused("must use a valid host name");
  if (endsWithName(host, PRIVATE_SUFFIXES)) return refused("must use a public host name");
  if (endsWithName(host, ADDRESS_NAMES)) return refused("must not use a host name that stands for an IP address");
  if (!rules.allowLocal && !isUsualPort(url.port))
    return refused("must use port 443 or an unreserved port from 1024 up");
  return { safe: true, url };
}

/**
 * Removes the trailing dot of the DNS root. Only one: the parser treats even an address followed by two dots as a name,
 * and `isHostName` then refuses the empty label.
 */
export function withoutRoot(host: string): string {
  return host.replace(/\.$/, "");
}

/** RFC 1035: labels of 1 to 63 characters, 253 characters in total. Underscores occur in practice. */
function isHostName(host: string): boolean {
  return host.length <= 253 && host.split(".").every((label) => /^[a-z0-9_-]{1,63}$/.test(label));
}

function isUsualPort(port: string): boolean {
  if (port === "") return true;
  const number = Number(port);
  return number === 443 || (number >= 1024 && !BLOCKED_PORTS.has(number));
}

/** The parser has already turned every spelling (octal, hex, short, full-width, percent-encoded) into one of these. */
function isAddress(host: string): boolean {
  return host.startsWith("[") || /^\d+(\.\d+){3}$/.test(host);
}

/** @param host as the URL parser writes it, without the dot of the DNS root. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(\.\d+){3}$/.test(host);
}

function isSameHost(url: URL, origin: string, withPort: boolean): boolean {
  if (!URL.canParse(origin)) return false;
  const own = new URL(origin);
  return withoutRoot(url.hostname) === withoutRoot(own.hostname) && (!withPort || url.port === own.port);
}
