import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import type { Destination } from "../../src/core/webhooks/destination.ts";
import { webhookSender } from "../../src/webhooks/send.ts";
import { fakeFetch, type Step, silence } from "../support/fetch.ts";

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0, 789);
const scope = { account: "acme", mode: "live" } as const;
const message = { url: "https://hooks.example.com/in" };
const SCOPE_KEYS = { hmacRotations: [0], ed25519Rotations: [0], endpointSecrets: [] };
type Sent = Extract<Destination, { kind: "send" }>;

interface Options {
  readonly signingSecrets?: string[];
  readonly certificate?: typeof fetch;
  readonly certificateHosts?: string[];
}

function sender(steps: Step[], more: Options = {}) {
  const { fetch, asked } = fakeFetch(...steps);
  const clock = { time: NOW, now: () => clock.time, random: () => 0.5 };
  const { send } = webhookSender({
    fetch,
    certificate: more.certificate === undefined ? null : { fetch: more.certificate },
    certificateHosts: more.certificateHosts ?? [],
    clock,
    rules: { allowLocal: false, ownOrigins: ["https://reelhook.example.org"] },
    signingSecrets: more.signingSecrets ?? ["s".repeat(32)],
    timeoutMs: 20,
  });
  return {
    send: (url = message.url, destination: Partial<Sent> = {}, signal?: AbortSignal) =>
      send({
        id: "msg_1",
        body: '{"a":1}',
        attempt: 3,
        scope,
        destination: { kind: "send", url, headers: {}, clientCertificate: false, keys: SCOPE_KEYS, ...destination },
        ...(signal === undefined ? {} : { signal }),
      }),
    asked,
    clock,
  };
}

describe("one attempt of a delivery", () => {
  it("sends the body unchanged, with the Standard Webhooks headers", async () => {
    const { send, asked } = sender([new Response(null, { status: 204 })]);
    expect(await send()).toMatchObject({ at: NOW, status: 204, error: null });
    expect(asked).toMatchObject([
      {
        url: message.url,
        init: {
          method: "POST",
          redirect: "manual",
          body: '{"a":1}',
          headers: {
            "content-type": "application/json",
            "user-agent": "Reelhook/0.1.0",
            "webhook-id": "msg_1",
            "reelhook-attempt": "3",
            "webhook-timestamp": String(Math.floor(NOW / 1000)),
            "webhook-signature": expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}= v1a,[A-Za-z0-9+/]{86}==$/),
          },
        },
      },
    ]);
  });

  it("keeps the first 1 KiB of the answer", async () => {
    const { send } = sender([new Response("é".repeat(2_000), { status: 500 })]);
    const { response } = await send();
    expect(new TextEncoder().encode(response ?? "").byteLength).toBe(1024);
  });

  it("reads at most 64 KiB of an answer that never ends", async () => {
    let pulled = 0;
    const endless = new ReadableStream({
      pull(controller) {
        pulled += 1024;
        controller.enqueue(new Uint8Array(1024).fill(65));
      },
    });
    const { send } = sender([new Response(endless, { status: 200 })]);
    expect(await send()).toMatchObject({ status: 200, error: null });
    expect(pulled).toBeLessThan(80 * 1024);
  });

  it("records the status of an answer whose body breaks off", async () => {
    const broken = new ReadableStream({
      pull(controller) {
        controller.error(new Error("reset"));
      },
    });
    const { send } = sender([new Response(broken, { status: 200 })]);
    expect(await send()).toMatchObject({ status: 200, error: null });
  });

  it.each([301, 302, 303, 307, 308])("does not follow a %i", async (status) => {
    const { send, asked } = sender([
      new Response(null, { status, headers: { location: "https://elsewhere.example" } }),
    ]);
    expect(await send()).toMatchObject({ status, error: "redirects are not followed" });
    expect(asked).toHaveLength(1);
  });

  it.each([300, 304, 305, 399])("fault 66: a %i is not called a redirect", async (status) => {
    const { send } = sender([new Response(null, { status, headers: { location: "https://elsewhere.example" } })]);
    expect(await send()).toMatchObject({ status, error: null });
  });

  it("reports the receiver's Retry-After", async () => {
    const { send } = sender([new Response(null, { status: 429, headers: { "retry-after": "120" } })]);
    expect(await send()).toMatchObject({ status: 429, retryAfterMs: 120_000 });
  });

  it.each<[string, Step, string]>([
    ["the name does not resolve", new Error("DNS lookup failed"), "POST hooks.example.com: DNS lookup failed"],
    ["nobody answers", silence, "POST hooks.example.com: no answer within 0.02 s"],
  ])("is a failed attempt when %s", async (_, step, error) => {
    expect(await sender([step]).send()).toMatchObject({ status: null, error });
  });

  it("ends when its signal aborts", async () => {
    const { send } = sender([silence]);
    const giveUp = new AbortController();
    const sent = send(message.url, {}, giveUp.signal);
    giveUp.abort(new Error("given up"));
    expect(await sent).toMatchObject({ status: null, error: "POST hooks.example.com: given up" });
  });

  it.each([
    ["a private address", "https://10.0.0.1/"],
    ["this Worker itself", "https://reelhook.example.org/hook"],
    ["plain HTTP", "http://hooks.example.com/"],
  ])("is not sent to %s", async (_, url) => {
    const { send, asked } = sender([]);
    expect((await send(url)).error).toMatch(/^not sent: the URL must /);
    expect(asked).toEqual([]);
  });

  it("sends the endpoint's headers, which cannot override Reelhook's own", async () => {
    const { send, asked } = sender([new Response(null, { status: 204 })]);
    await send(message.url, { headers: { authorization: "Bearer x", "webhook-id": "forged" } });
    expect(asked[0]?.init?.headers).toMatchObject({ authorization: "Bearer x", "webhook-id": "msg_1" });
  });

  it("signs with every given secret, the endpoint's own first", async () => {
    const { send, asked } = sender([new Response(null, { status: 204 })]);
    const endpointSecrets = [btoa("e".repeat(32)), btoa("f".repeat(32))];
    await send(message.url, { keys: { hmacRotations: [1, 0], ed25519Rotations: [1, 0], endpointSecrets } });
    const headers = new Headers(asked[0]?.init?.headers);
    const signatures = headers.get("webhook-signature")?.split(" ") ?? [];
    expect(signatures.map((each) => each.split(",")[0])).toEqual(["v1", "v1", "v1", "v1", "v1a", "v1a"]);
    expect(new Set(signatures).size).toBe(6);
  });

  it("is signed again at each attempt, with a new timestamp over the same bytes", async () => {
    const { send, asked, clock } = sender([new Response(null, { status: 500 }), new Response(null, { status: 204 })]);
    const secret = btoa("e".repeat(32));
    const keys = { hmacRotations: [], ed25519Rotations: [], endpointSecrets: [secret] };
    await send(message.url, { keys });
    clock.time += 86_400_000;
    await send(message.url, { keys });
    const webhook = new Webhook(`whsec_${secret}`);
    const sent = asked.map(({ init }) => ({ headers: new Headers(init.headers), body: String(init.body) }));
    expect(sent.map(({ headers }) => headers.get("webhook-id"))).toEqual(["msg_1", "msg_1"]);
    expect(sent.map(({ body }) => body)).toEqual(['{"a":1}', '{"a":1}']);
    const times = [NOW, NOW + 86_400_000];
    expect(sent.map(({ headers }) => [headers.get("webhook-timestamp"), headers.get("webhook-signature")])).toEqual(
      times.map((at) => [String(Math.floor(at / 1000)), webhook.sign("msg_1", new Date(at), '{"a":1}')]),
    );
  });

  it("audit 15: leaves out headers that an endpoint may not set, as one stored under other rules may have", async () => {
    const { send, asked } = sender([new Response(null, { status: 204 })]);
    const dangerous = { "X-Real-IP": "127.0.0.1", forwarded: "for=127.0.0.1", "x-http-method-override": "DELETE" };
    await send(message.url, { headers: { ...dangerous, "X-API-Key": "k", "x-webhook-team": "blue" } });
    const names = Object.keys(asked[0]?.init?.headers ?? {});
    expect(names).toEqual(expect.arrayContaining(["X-API-Key", "x-webhook-team"]));
    for (const name of Object.keys(dangerous)) expect(names).not.toContain(name);
  });

  it("uses the client certificate if the receiver requires one", async () => {
    const certified = fakeFetch(new Response(null, { status: 204 }));
    const { send, asked } = sender([], { certificate: certified.fetch, certificateHosts: ["hooks.example.com"] });
    expect((await send(message.url, { clientCertificate: true })).status).toBe(204);
    expect([asked, certified.asked.map(({ url }) => url)]).toEqual([[], [message.url]]);
  });

  it("audit 14: does not present the client certificate to a host that the operator has not listed", async () => {
    const certified = fakeFetch();
    for (const certificateHosts of [[], ["example.com", "*.hooks.example.com", "other.example.com"]]) {
      const { send, asked } = sender([], { certificate: certified.fetch, certificateHosts });
      expect(await send(message.url, { clientCertificate: true })).toMatchObject({
        status: null,
        response: null,
        error: "not sent: the host is not in WEBHOOK_CERTIFICATE_HOSTS, so it does not get the client certificate",
        unsent: "counted",
      });
      expect([asked, certified.asked]).toEqual([[], []]);
    }
  });

  it("is not sent without a client certificate that the receiver requires", async () => {
    const { send, asked } = sender([]);
    const { error, unsent } = await send(message.url, { clientCertificate: true });
    expect([error, unsent]).toEqual(["not sent: no client certificate is bound as WEBHOOK_CERTIFICATE", "counted"]);
    expect(asked).toEqual([]);
  });

  it("is not sent without a signing secret", async () => {
    const { send, asked } = sender([], { signingSecrets: [] });
    expect((await send()).error).toBe("not sent: SIGNING_SECRET is missing or invalid");
    expect(asked).toEqual([]);
  });
});
