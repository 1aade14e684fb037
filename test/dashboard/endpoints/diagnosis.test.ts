import { describe, expect, it } from "vitest";
import { diagnosis } from "../../../src/dashboard/endpoints/diagnosis.ts";

const page = (text: string) => `<!DOCTYPE html>\n<html><head><title>${text}</title>`;

describe("an attempt without an answer", () => {
  it.each([
    ["POST hooks.example.com: no answer within 15 s", "There was no answer in time", /15 seconds.*2xx/],
    ["POST hooks.example.com: The connection timed out", "There was no answer in time", /firewall/],
    ["POST hooks.example.com: DNS lookup failed", "The host name does not resolve (DNS)", /typos.*DNS record/],
    ["POST hooks.example.com: getaddrinfo ENOTFOUND hooks.example.com", "The host name does not resolve (DNS)", /./],
    [
      "POST hooks.example.com: TLS peer's certificate is not trusted; reason = certificate has expired",
      "The receiver has no valid TLS certificate",
      /Renew or replace/,
    ],
    [
      "POST hooks.example.com: TLS handshake failed",
      "The receiver has no valid TLS certificate",
      /intermediate certificates/,
    ],
    ["POST hooks.example.com: Network connection lost.", "The connection was refused or broke off", /runs.*port/],
    ["POST hooks.example.com: connect ECONNREFUSED", "The connection was refused or broke off", /./],
    // What the local runtime says for both DNS and TLS.
    [
      "POST hooks.example.com: internal error; reference = ihth2csoqticg7h4trmrcnli",
      "No connection could be made",
      /DNS.*TLS.*curl -v/,
    ],
    ["POST hooks.example.com: something else", "There was no answer", /curl -v.*test event/],
    [null, "There was no answer", /./],
    ["not sent: the endpoint is disabled", "Nothing was sent, because the endpoint was disabled", /Enable it/],
    [
      "not sent: the URL must use a public host name",
      "Nothing was sent, because the URL is not allowed",
      /Edit the URL/,
    ],
    [
      "not sent: no client certificate is bound as WEBHOOK_CERTIFICATE",
      "Nothing was sent, because there is no client certificate for this host",
      /turn off.*operator/,
    ],
    [
      "not sent: the host is not in WEBHOOK_CERTIFICATE_HOSTS, so it does not get the client certificate",
      "Nothing was sent, because there is no client certificate for this host",
      /WEBHOOK_CERTIFICATE_HOSTS/,
    ],
    [
      "not sent: SIGNING_SECRET is missing or invalid",
      "Nothing was sent, because this deployment cannot sign",
      /operator/,
    ],
    [
      "not sent: the endpoint's secret could not be loaded",
      "Nothing was sent, because Reelhook could not read the signing secret",
      /Nothing to do/,
    ],
    ["not sent: the endpoint has been deleted", "Nothing was sent", /reason/],
    ["replaced by a redelivery", "A redelivery replaced this attempt", /Nothing to do/],
  ])("with the error %j", (error, title, advice) => {
    const told = diagnosis({ status_code: null, error, response: null });
    expect(told.title).toBe(title);
    expect(told.advice).toMatch(advice);
  });

  it("is not told by the name of its host", () => {
    const error = "POST dns-tls-timeout.example.com: Network connection lost.";
    expect(diagnosis({ status_code: null, error, response: null }).title).toBe(
      "The connection was refused or broke off",
    );
  });
});

describe("an answer that is not a success", () => {
  it.each([
    [301, "", "The URL redirects to another address", /not followed.*final URL/],
    [308, "", "The URL redirects to another address", /slash/],
    [304, "", "The receiver answered 304", /Only 2xx/],
    [400, "bad signature", "The receiver rejected the event", /signing secret.*raw body.*clock/],
    [401, '{"error":"unauthorized"}', "The receiver refused access", /custom header.*signing secret/],
    [403, "", "The receiver refused access", /token/],
    [404, "Not found", "There is nothing at this path", /path/],
    [405, "", "This path does not accept POST requests", /POST/],
    [408, "", "There was no answer in time", /15 seconds/],
    [409, "", "The receiver answered 409", /204/],
    [410, "", "The receiver asked for no more events", /not kept.*enable the endpoint/],
    [413, "", "The event is too large for the receiver", /20 kB/],
    [415, "", "The receiver does not accept JSON", /application\/json/],
    [422, "", "The receiver rejected the event", /./],
    [429, "", "The receiver gets too many requests", /Retry-After/],
    [500, "TypeError", "The receiver failed", /log/],
    [501, "", "The receiver failed", /./],
    [502, "", "The receiver is down or overloaded", /retried/],
    [503, "", "The receiver is down or overloaded", /./],
    [504, "", "There was no answer in time", /./],
    // Made by Cloudflare, which the deployed Worker sends through.
    [520, "error code: 520", "The connection was refused or broke off", /./],
    [521, "error code: 521", "The connection was refused or broke off", /./],
    [522, "error code: 522", "There was no answer in time", /./],
    [523, "error code: 523", "The connection was refused or broke off", /./],
    [525, "error code: 525", "The receiver has no valid TLS certificate", /./],
    [526, "error code: 526", "The receiver has no valid TLS certificate", /./],
    [530, "error code: 1016", "The host name does not resolve (DNS)", /./],
    [530, '{"error_code": 1033}', "The tunnel to the receiver is not connected", /Start the tunnel/],
    [404, page("ERR_NGROK_3200"), "The tunnel to the receiver is not connected", /edit the URL/],
    [503, "503 - Tunnel Unavailable", "The tunnel to the receiver is not connected", /./],
    [403, page("Just a moment..."), "A bot check answered instead of the receiver", /Exempt the path/],
    [403, "error code: 1020", "A bot check answered instead of the receiver", /./],
    [503, page("Please solve the captcha"), "A bot check answered instead of the receiver", /./],
    [
      401,
      page("Authentication Required"),
      "A login page answered instead of the receiver",
      /x-vercel-protection-bypass/,
    ],
    [403, page("Sign in to continue"), "A login page answered instead of the receiver", /./],
    [500, page("Login failed: undefined is not a function"), "The receiver failed", /./],
    [404, page("Page not found"), "There is nothing at this path", /./],
  ])("%i %j", (status_code, response, title, advice) => {
    const told = diagnosis({ status_code, error: null, response });
    expect(told.title).toBe(title);
    expect(told.advice).toMatch(advice);
  });

  it("may have an answer that was not kept", () => {
    expect(diagnosis({ status_code: 500, error: null, response: null }).title).toBe("The receiver failed");
  });
});
