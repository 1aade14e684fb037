import { describe, expect, it } from "vitest";
import {
  certificateHost,
  certificateRefusal,
  isCertificateHost,
} from "../../../src/core/webhooks/certificate-hosts.ts";

describe("audit 14: an entry of WEBHOOK_CERTIFICATE_HOSTS", () => {
  it.each([
    ["hooks.example.com", "hooks.example.com"],
    ["HOOKS.Example.COM.", "hooks.example.com"],
    ["*.Example.com", "*.example.com"],
    ["bücher.example", "xn--bcher-kva.example"],
    ["*.bücher.example", "*.xn--bcher-kva.example"],
    ["127.0.0.1", "127.0.0.1"],
  ])("%s is a host", (entry, host) => {
    expect(certificateHost(entry)).toBe(host);
  });

  it.each([
    ...["", "*", "*.", "*.com", ".example.com", "*example.com", "a.*.com", "**.example.com", "*.localhost"],
    ...["https://a.example.com", "a.example.com:8443", "a.example.com/", "user@a.example.com", "a.example.com?x"],
    ...["a.example.com#x", "10.0.0.1", "0x7f.1.1.1.1", "[::1]", "intranet", "a.internal", "%61.example.com"],
  ])("%j is refused", (entry) => {
    expect(certificateHost(entry)).toBeNull();
  });
});

describe("audit 14: the client certificate is for the listed hosts only", () => {
  const hosts = ["hooks.example.com", "*.example.org", "xn--bcher-kva.example"];

  it.each([
    "https://hooks.example.com/in",
    "https://HOOKS.example.com.:8443/in?a#b",
    "https://a.example.org/",
    "https://a.b.example.org/",
    "https://bücher.example/",
    "https://hooks%2eexample.com/",
  ])("%s is listed", (url) => {
    expect(isCertificateHost(url, hosts)).toBe(true);
  });

  it.each([
    "https://example.com/",
    "https://a.hooks.example.com/",
    "https://hooks.example.com.evil.example/",
    "https://hooks.example.com@evil.example/",
    "https://evil.example/hooks.example.com",
    "https://evil.example/?hooks.example.com",
    "https://evil.example#.example.org",
    "https://evil.example\\.example.org/",
    "https://example.org/",
    "https://evilexample.org/",
    "https://bucher.example/",
    // Cyrillic о.
    "https://hооks.example.com/",
    "not a URL",
  ])("%s is not listed", (url) => {
    expect(isCertificateHost(url, hosts)).toBe(false);
  });

  const here = { url: "https://hooks.example.com/", clientCertificate: true };
  const elsewhere = { url: "https://evil.example/", clientCertificate: true };

  it.each([
    ["a new endpoint on a listed host", here, null, null],
    ["a new endpoint elsewhere", elsewhere, null, "client_certificate"],
    ["a new endpoint elsewhere without the certificate", { ...elsewhere, clientCertificate: false }, null, null],
    ["a move to a host that is not listed", { url: elsewhere.url }, here, "url"],
    ["a move that gives the certificate up", { ...elsewhere, clientCertificate: false }, here, null],
    ["a move to another path", { url: `${here.url}2` }, here, null],
    [
      "the certificate, elsewhere",
      { clientCertificate: true },
      { ...elsewhere, clientCertificate: false },
      "client_certificate",
    ],
    ["other fields of an endpoint that is not listed", { enabled: true }, elsewhere, null],
    ["the same URL of an endpoint that is not listed", { url: "https://EVIL.example" }, elsewhere, null],
  ] as const)("a request for %s", (_, change, current, field) => {
    expect(certificateRefusal(change, current, hosts)).toBe(field);
  });
});
