import { describe, expect, it, vi } from "vitest";
import { newEndpoint, subscribers } from "../../../src/core/webhooks/endpoint.ts";
import { endpointDeliveries, requestedDeliveries, webhookState } from "../../../src/core/webhooks/fan-out.ts";
import { sameUrl, urlIdentity } from "../../../src/core/webhooks/url-identity.ts";

describe("two URLs", () => {
  it.each([
    ["https://hooks.example.com/x#one", "https://hooks.example.com/x#two"],
    ["https://hooks.example.com/x#", "https://hooks.example.com/x"],
    ["https://HOOKS.example.com:443", "https://hooks.example.com/#"],
    ["https://hooks.example.com./x", "https://hooks.example.com/x"],
    ["https://hooks.example.com/%7euser/%c3%a9", "https://hooks.example.com/~user/é"],
    ["https://hooks.example.com/a%2fb", "https://hooks.example.com/a%2Fb"],
  ])("%s and %s are the same webhook", (a, b) => {
    expect(sameUrl(a, b)).toBe(true);
  });

  it.each([
    ["https://hooks.example.com/x", "https://hooks.example.com/x/"],
    ["https://hooks.example.com/x", "https://hooks.example.com/X"],
    ["https://hooks.example.com/x", "https://hooks.example.com/x?"],
    ["https://hooks.example.com/a%2Fb", "https://hooks.example.com/a/b"],
    ["https://hooks.example.com/?a=1&b=2", "https://hooks.example.com/?b=2&a=1"],
    ["https://hooks.example.com/", "http://hooks.example.com/"],
    ["https://hooks.example.com/%23one", "https://hooks.example.com/#one"],
  ])("%s and %s are not the same webhook", (a, b) => {
    expect(sameUrl(a, b)).toBe(false);
  });
});

describe("the URLs of a generation", () => {
  const events = ["generation.started", "generation.completed"] as const;
  /** As long as a URL may be, and slow to normalize. */
  const urlOf = (name: string) => `https://hooks.example.com/${name}?${"%41".repeat(660)}`;

  it("are each parsed once, however often a fan-out to 100 endpoints compares them", () => {
    const parsed = vi.spyOn(URL, "canParse");
    const endpoints = Array.from({ length: 100 }, (_, at) => {
      const fields = { url: urlOf(`endpoint${at}`), events, description: "", headers: {}, clientCertificate: false };
      return newEndpoint(fields, { id: `whe_${at}`, createdAt: at, secrets: { current: "", retired: [] } });
    });
    const webhooks = Array.from({ length: 20 }, (_, at) => ({ url: urlOf(`webhook${at}`), events }));
    let ids = 0;
    const newId = () => `msg_${ids++}`;
    const existing: ReturnType<typeof requestedDeliveries> = [];
    for (const type of events) {
      existing.push(...requestedDeliveries({ type, at: 0 }, webhooks, { existing, newId }));
      existing.push(...endpointDeliveries({ type, at: 0 }, subscribers(endpoints, type), { existing, newId }));
    }
    for (const webhook of webhooks) webhookState(webhook, existing, true);
    expect(existing).toHaveLength(240);
    expect(parsed.mock.calls.length).toBeLessThanOrEqual(120);
    parsed.mockRestore();
  });

  it("are remembered in limited number, and only if they are short", () => {
    const first = urlOf("first");
    urlIdentity(first);
    for (let at = 0; at < 300; at++) urlIdentity(`https://hooks.example.com/other/${at}`);
    const parsed = vi.spyOn(URL, "canParse");
    expect(urlIdentity(first)).toBe(`https://hooks.example.com/first?${"A".repeat(660)}`);
    const long = `https://hooks.example.com/${"a".repeat(2048)}`;
    for (let times = 0; times < 2; times++) urlIdentity(long);
    expect(parsed.mock.calls.map(([url]) => url)).toEqual([first, long, long]);
    parsed.mockRestore();
  });
});
