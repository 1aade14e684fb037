// Groups IP addresses: requests without an API key are counted by the caller's group.

/** The group of everything that is not an IP address, so that invalid values share one limit. */
const UNKNOWN = "unknown";

/**
 * Returns an IPv4 address as it is, and an IPv6 address as its /64 network: a single subscriber usually has a whole
 * /64, and could otherwise send each request from a new address. Every spelling of an address gives the same text. An
 * IPv4-mapped address gives the IPv4 address.
 */
export function addressGroup(text: string): string {
  const address = text
    .trim()
    .toLowerCase()
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/%.*$/, "");
  const bytes = ipv4(address);
  if (bytes !== null) return bytes.join(".");
  const groups = ipv6(address);
  if (groups === null) return UNKNOWN;
  const [high = 0, low = 0] = groups.slice(6);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
  const network = groups.slice(0, 4).map((group) => group.toString(16));
  return `${network.join(":")}::/64`;
}

/** The four bytes, or null if it is not a dotted IPv4 address. */
function ipv4(text: string): readonly number[] | null {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part))) return null;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 0xff) ? bytes : null;
}

/** The eight groups, or null if it is not an IPv6 address (RFC 4291, section 2.2). */
function ipv6(text: string): readonly number[] | null {
  const halves = text.split("::");
  const parsed = halves.map((half, at) => groupsOf(half, at === halves.length - 1));
  const [head, tail] = parsed;
  if (parsed.includes(null) || head == null || halves.length > 2) return null;
  if (tail == null) return head.length === 8 ? head : null;
  const zeros = 8 - head.length - tail.length;
  return zeros < 1 ? null : [...head, ...new Array<number>(zeros).fill(0), ...tail];
}

/** @param isLast whether the text ends the address, where the last two groups may be written as an IPv4 address. */
function groupsOf(text: string, isLast: boolean): readonly number[] | null {
  if (text === "") return [];
  const parts = text.split(":");
  const [a, b, c, d] = (isLast ? ipv4(parts.at(-1) ?? "") : null) ?? [];
  const hasIpv4 = a !== undefined && b !== undefined && c !== undefined && d !== undefined;
  const hex = hasIpv4 ? parts.slice(0, -1) : parts;
  if (!hex.every((part) => /^[0-9a-f]{1,4}$/.test(part))) return null;
  const groups = hex.map((part) => Number.parseInt(part, 16));
  return hasIpv4 ? [...groups, (a << 8) | b, (c << 8) | d] : groups;
}
