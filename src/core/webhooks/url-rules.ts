// Which URLs of users may be called at all. One verdict with a reason, used when a request is accepted, again before
// every send, and for every hop of a download. IP literals are refused altogether: the platform cannot fetch them, and so
// no spelling of a private address has to be told from a public one. Names that resolve to addresses by their own
// spelling (nip.io and its kin), and names that only private networks know, are refused by list.

export interface UrlRules {
  /** Allows `http:`, any port and loopback: development only. */
  readonly allowLocal: boolean;
  /** Origins of this Worker, which must not be called by itself. */
  readonly ownOrigins: readonly string[];
  /** In characters; {@link MAX_URL_LENGTH} when absent. */
  readonly maxLength?: number;
}

export type UrlVerdict = { readonly safe: true; readonly url: URL } | { readonly safe: false; readonly reason: string };

export const MAX_URL_LENGTH = 2048;

/** Last labels, or last two, that never name a host of the public internet: RFC 6761, 6762, 8375 and 9476, and what is usual. */
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

/** Public names that answer with the address that is written in them, or with loopback. */
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

/** Ports above 1023 that fetch refuses because other protocols own them: https://fetch.spec.whatwg.org/#port-blocking */
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
  // URL parsers drop or trim these silently; what was checked would not be what was written.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u0020\u007f-\u00a0\\]/.test(text)) return refused("must not contain spaces, control characters or \\");
  const schemes = rules.allowLocal ? /^https?:\/\/[^/]/i : /^https:\/\/[^/]/i;
  if (!schemes.test(text)) return refused("must be an absolute https:// URL");
  if (!URL.canParse(text)) return refused("is not a URL that can be read");
  const url = new URL(text);
  if (/^\w+:\/\/[^/?#]*@/.test(text)) return refused("must not contain a user name or password");
  const host = withoutRoot(url.hostname);
  const local = rules.allowLocal && isLoopback(host);
  if (rules.ownOrigins.some((origin) => isSameHost(url, origin, rules.allowLocal))) {
    return refused("must not be this service itself");
  }
  if (local) return { safe: true, url };
  if (isAddress(host)) return refused("must name a host, not an IP address");
  if (!host.includes(".")) return refused("must name a host of the public internet");
  if (!isHostName(host)) return refused("must name a host that can exist");
  if (endsWithName(host, PRIVATE_SUFFIXES)) return refused("must name a host of the public internet");
  if (endsWithName(host, ADDRESS_NAMES)) return refused("must not be a name that stands for an address");
  if (!rules.allowLocal && !isUsualPort(url.port))
    return refused("must use port 443, or one from 1024 up that is not reserved");
  return { safe: true, url };
}

/**
 * Without the dot that may stand for the root. A second one would leave an empty label, which no name has; behind it the
 * parser takes even an address for a name.
 */
function withoutRoot(host: string): string {
  return host.replace(/\.$/, "");
}

/** RFC 1035: labels of 1 to 63 characters, 253 in all. Underscores occur in practice. */
function isHostName(host: string): boolean {
  return host.length <= 253 && host.split(".").every((label) => /^[a-z0-9_-]{1,63}$/.test(label));
}

function isUsualPort(port: string): boolean {
  if (port === "") return true;
  const number = Number(port);
  return number === 443 || (number >= 1024 && !BLOCKED_PORTS.has(number));
}

/** The parser has already turned every spelling (octal, hex, short, full-width, percent-encoded) into these two. */
function isAddress(host: string): boolean {
  return host.startsWith("[") || /^\d+(\.\d+){3}$/.test(host);
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(\.\d+){3}$/.test(host);
}

function isSameHost(url: URL, origin: string, withPort: boolean): boolean {
  if (!URL.canParse(origin)) return false;
  const own = new URL(origin);
  return withoutRoot(url.hostname) === withoutRoot(own.hostname) && (!withPort || url.port === own.port);
}
