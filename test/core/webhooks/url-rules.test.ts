import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkUrl, type UrlRules } from "../../../src/core/webhooks/url-rules.ts";

const PRODUCTION: UrlRules = { allowLocal: false, ownOrigins: ["https://reelhook.example.org"] };
const DEVELOPMENT: UrlRules = { allowLocal: true, ownOrigins: ["http://127.0.0.1:8787"] };

const REFUSED = [
  "http://example.com",
  "ftp://example.com",
  "data:,x",
  "//example.com",
  "https:example.com",
  "https:/example.com",
  "https:///example.com",
  "https:\\\\example.com",
  "https://",
  "",
  "example.com",
  "javascript:alert(1)",
  "https://localhost",
  "https://LOCALHOST.",
  "https://a.localhost",
  "https://intranet",
  "https://metadata.google.internal.",
  "https://printer.local",
  "https://router.home.arpa",
  "https://x.onion",
  "https://metadata.goog",
  "https://kubernetes.default",
  "https://localhost4.localdomain4",
  "https://localhost6.localdomain6",
  "https://relay.mail",
  "https://wiki.intra",
  "https://host.docker",
  "https://pc.workgroup",
  "https://dc.domain",
  "https://hooks.test",
  "https://hooks.invalid",
  "https://127.0.0.1",
  "https://127.1",
  "https://2130706433",
  "https://0x7f000001",
  "https://0177.0.0.1",
  "https://%31%32%37.0.0.1",
  "https://127。0。0。1",
  "https://１２７.0.0.1",
  "https://0",
  "https://10.0.0.1",
  "https://172.16.0.1",
  "https://192.168.1.1",
  "https://169.254.169.254",
  "https://100.100.100.200",
  "https://192.0.2.1",
  "https://224.0.0.1",
  "https://255.255.255.255",
  "https://8.8.8.8",
  "https://8.8.8.8.",
  "https://8.8.8.8..",
  "https://127.1../",
  "https://0x7f.1../",
  "https://10.1.../",
  "https://2130706433../",
  "https://127。1。。/",
  "https://127.1%2e%2e/",
  "https://localhost../",
  "https://a.com../",
  "https://[::1]",
  "https://[::]",
  "https://[::ffff:127.0.0.1]",
  "https://[fd00:ec2::254]",
  "https://[fe80::1]",
  "https://[64:ff9b::7f00:1]",
  "https://[2001:db8::1]",
  "https://u:p@example.com",
  "https://u@example.com",
  "https://@example.com/",
  "https://.com/",
  "https://a..com/",
  "https://*.example.com/",
  `https://${"a".repeat(64)}.com/`,
  `https://${"a.".repeat(130)}com/`,
  "https://1.0.0.127.in-addr.arpa/",
  "https://127-0-0-1.x.plex.direct/",
  "https://example.com:22",
  "https://example.com:80",
  "https://example.com:6667",
  "https://127.0.0.1.nip.io",
  "https://10-0-0-1.sslip.io",
  "https://localtest.me",
  "https://localh.st",
  "https://a.ulh.us",
  "https://loopback.jp",
  "https://example.com/a\tb",
  "https://example.com/a\nb",
  "https://example.com/a\rb",
  "https://exam\tple.com/",
  " https://example.com/",
  "https://example.com/ ",
  "https://example.com\\@evil.example.net",
  `https://example.com/${"a".repeat(2048)}`,
  "https://reelhook.example.org/v1/generations",
  "https://REELHOOK.example.org.:8443/",
];

const ACCEPTED = [
  "https://EXAMPLE.com/Hook",
  "HTTPS://example.com/",
  "https://example.com:8443/",
  "https://example.com:443/",
  "https://münchen.de/",
  "https://10.example.com/",
  "https://127.0.0.1.example.com/",
  "https://localhost.example.com/",
  "https://1e100.net/",
  "https://example.com./",
  "https://example.com/a?b=c&d=%20#e",
  "https://hooks.example/callback",
  "https://internal.example.com/",
  "https://nip.io.example.com/",
  "https://default.svc.example.com/",
  "https://example.contest/",
  "https://a_b.example.com/@user",
  "https://xn--mnchen-3ya.de/",
];

describe("checkUrl", () => {
  it.each(REFUSED)("refuses %j, with a reason", (url) => {
    const verdict = checkUrl(url, PRODUCTION);
    expect(verdict.safe).toBe(false);
    expect(verdict.safe ? "" : verdict.reason).toMatch(/^(must|is) /);
  });

  it.each(ACCEPTED)("accepts %j", (url) => {
    expect(checkUrl(url, PRODUCTION)).toMatchObject({ safe: true });
  });

  it.each([
    "http://localhost:9000/",
    "http://127.0.0.1:1/",
    "http://[::1]:80/",
    "https://a.localhost/",
    "http://example.com:22/",
  ])("accepts %j in development", (url) => {
    expect(checkUrl(url, DEVELOPMENT)).toMatchObject({ safe: true });
  });

  it.each([
    "http://10.0.0.1/",
    "http://169.254.169.254/",
    "ftp://localhost/",
    "http://127.0.0.1:8787/",
    "http://intranet/",
  ])("refuses %j even in development", (url) => {
    expect(checkUrl(url, DEVELOPMENT).safe).toBe(false);
  });
});

describe("the reason for which a URL is refused", () => {
  it("names the schemes that are allowed", () => {
    const reasonOf = (rules: typeof PRODUCTION) => checkUrl("ftp://example.com/", rules);
    expect(reasonOf(PRODUCTION)).toEqual({ safe: false, reason: "must be an absolute https:// URL" });
    expect(reasonOf(DEVELOPMENT)).toEqual({ safe: false, reason: "must be an absolute https:// or http:// URL" });
  });
});

/** An IPv4 address, in the spellings that URL parsers understand. */
const spelled = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).chain((parts) => {
  const [a, b, c, d] = parts;
  const number = ((a * 256 + b) * 256 + c) * 256 + d;
  const inBase = (value: number) =>
    fc.constantFrom(String(value), `0x${value.toString(16)}`, `0X${value.toString(16)}`, `0${value.toString(8)}`);
  const dotted = fc.tuple(...parts.map(inBase)).map((texts) => texts.join("."));
  return fc.oneof(
    dotted,
    inBase(number),
    fc.tuple(inBase(a), inBase((b * 256 + c) * 256 + d)).map((texts) => texts.join(".")),
    fc.tuple(inBase(a), inBase(b), inBase(c * 256 + d)).map((texts) => texts.join(".")),
    fc.constant(`[::ffff:${parts.join(".")}]`),
    fc.constant(`[::${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}]`),
    fc.constant(`[64:ff9b::${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}]`),
  );
});

const disguised = fc
  .tuple(
    spelled,
    fc.constantFrom("plain", "full-width", "percent", "dots"),
    fc.constantFrom("", ".", "..", "...", "。", "。。", "%2e%2e"),
    fc.constantFrom("", ":8443"),
  )
  .map(([host, disguise, dot, port]) => {
    if (host.startsWith("[")) return `https://${host}${port}/`;
    const worn = {
      plain: (text: string) => text,
      "full-width": (text: string) => text.replace(/[0-9]/g, (digit) => String.fromCharCode(0xff10 + Number(digit))),
      percent: (text: string) => text.replace(/[0-9]/g, (digit) => `%3${digit}`),
      dots: (text: string) => text.replaceAll(".", "。"),
    }[disguise](host);
    return `https://${worn}${dot}${port}/`;
  });

describe("the service's own host", () => {
  it.each([
    ["https://own.example.com", "https://own.example.com./"],
    ["https://own.example.com.", "https://own.example.com/"],
    ["https://own.example.com.", "https://own.example.com.:8443/"],
  ])("is refused: origin %s, URL %s", (origin, url) => {
    const verdict = checkUrl(url, { allowLocal: false, ownOrigins: [origin] });
    expect(verdict).toEqual({ safe: false, reason: "must not point to this service" });
  });

  it("is allowed on another port in development, with or without a trailing dot", () => {
    const rules = { allowLocal: true, ownOrigins: ["http://own.localhost.:8787"] };
    expect(checkUrl("http://own.localhost:8787/", rules).safe).toBe(false);
    expect(checkUrl("http://own.localhost:9000/", rules).safe).toBe(true);
  });
});

describe("IP addresses in any spelling", () => {
  it("are refused", () => {
    fc.assert(
      fc.property(disguised, (url) => {
        expect(checkUrl(url, PRODUCTION).safe).toBe(false);
      }),
      { numRuns: 5_000 },
    );
  });
});
