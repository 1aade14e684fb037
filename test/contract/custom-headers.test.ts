import { describe, expect, it } from "vitest";
import { CUSTOM_HEADERS, isCustomHeader } from "../../src/contract/custom-headers.ts";

/** Headers that some proxy, platform or framework trusts, or that the transport sets. */
const DANGEROUS = [
  // The caller's address.
  ...["forwarded", "forwarded-for", "x-forwarded", "x-forwarded-for", "x-forwarded-for-original", "x-forward-for"],
  ...["x-forwarded-by", "x-real-ip", "real-ip", "true-client-ip", "x-true-ip", "x-client-ip", "client-ip"],
  ...["x-cluster-client-ip", "cluster-client-ip", "fastly-client-ip", "cf-connecting-ip", "cf-connecting-ipv6"],
  ...["cf-pseudo-ipv4", "cf-ipcountry", "cf-ray", "cf-visitor", "cf-worker", "x-remote-ip", "x-remote-addr"],
  ...["x-originating-ip", "x-original-remote-addr", "x-proxyuser-ip", "x-custom-ip-authorization", "x-custom-ip"],
  ...["x-azure-clientip", "x-azure-socketip", "x-appengine-user-ip", "x-nf-client-connection-ip", "fly-client-ip"],
  ...["x-vercel-forwarded-for", "x-vercel-proxied-for", "x-vercel-ip-country", "x-envoy-external-address"],
  ...["proxy-client-ip", "wl-proxy-client-ip", "incap-client-ip", "ali-cdn-real-ip", "cdn-src-ip", "x-sucuri-clientip"],
  // Host, scheme, port and path.
  ...["host", "x-host", "x-forwarded-host", "x-forwarded-server", "x-original-host", "x-http-host-override"],
  ...["disguised-host", "x-forwarded-proto", "x-forwarded-scheme", "x-forwarded-ssl", "x-forwarded-port"],
  ...["x-forwarded-prefix", "x-forwarded-path", "x-forwarded-uri", "x-forwarded-method", "x-scheme", "front-end-https"],
  ...["x-url-scheme", "x-original-url", "x-rewrite-url", "x-original-uri", "x-request-uri", "x-script-name"],
  ...["x-http-destinationurl", "x-proxy-url", "x-wap-profile", "destination", "x-accel-redirect", "x-sendfile"],
  ...["x-envoy-original-path", "x-envoy-internal", "x-envoy-retry-on", "x-envoy-decorator-operation", "fly-replay"],
  // The method.
  ...["x-http-method-override", "x-method-override", "x-http-method", "x-method", "_method"],
  // Identity.
  ...["remote-user", "x-remote-user", "x-remote-group", "x-remote-extra-scopes", "impersonate-user"],
  ...["x-forwarded-user", "x-forwarded-email", "x-forwarded-groups", "x-forwarded-access-token", "x-auth-request-user"],
  ...["x-auth-user", "x-auth-email", "x-auth-request-email", "x-webauth-user", "x-authenticated-user", "x-user"],
  ...["x-user-id", "x-user-email", "x-username", "x-email", "x-role", "x-roles", "x-groups", "x-admin", "x-is-admin"],
  ...["x-ms-client-principal", "x-ms-client-principal-name", "x-ms-token-aad-id-token", "x-amzn-oidc-data"],
  ...["x-amzn-oidc-identity", "x-amzn-oidc-accesstoken", "x-amzn-mtls-clientcert", "x-amzn-trace-id", "x-amz-cf-id"],
  ...["x-goog-authenticated-user-email", "x-goog-authenticated-user-id", "x-goog-iap-jwt-assertion"],
  ...["cf-access-jwt-assertion", "cf-access-authenticated-user-email", "x-client-cert", "x-ssl-client-cert"],
  ...["x-ssl-client-verify", "x-ssl-client-s-dn", "ssl-client-cert", "client-cert", "x-forwarded-client-cert"],
  ...["x-client-verify", "x-consumer-id", "x-consumer-username", "x-credential-identifier", "x-anonymous-consumer"],
  ...[
    "x-scope-orgid",
    "x-hasura-role",
    "x-hasura-user-id",
    "x-tailscale-user",
    "tailscale-user-login",
    "x-pomerium-jwt-assertion",
  ],
  ...[
    "x-vault-token-accessor",
    "x-appengine-inbound-appid",
    "x-appengine-cron",
    "x-cloudscheduler",
    "x-ms-original-url",
  ],
  // Frameworks and debugging.
  ...["x-middleware-subrequest", "x-middleware-rewrite", "x-middleware-next", "x-middleware-set-cookie"],
  ...[
    "x-nextjs-data",
    "x-nextjs-matched-path",
    "x-invoke-path",
    "x-invoke-status",
    "x-matched-path",
    "x-now-route-matches",
  ],
  ...["next-action", "rsc", "x-prerender-revalidate", "x-inertia", "x-livewire", "turbo-frame", "x-requested-with"],
  ...[
    "x-internal",
    "x-internal-request",
    "x-internal-auth",
    "x-debug",
    "x-debug-token",
    "x-csrf-token",
    "x-xsrf-token",
  ],
  ...["x-forwarded-tlsversion", "x-arr-log-id", "x-arr-ssl", "x-waws-unencoded-url", "x-powered-by", "soapaction"],
  // Tracing.
  ...["traceparent", "tracestate", "baggage", "b3", "x-b3-traceid", "x-b3-sampled", "x-request-id", "x-correlation-id"],
  ...["x-cloud-trace-context", "x-datadog-trace-id", "x-datadog-origin", "uber-trace-id", "sentry-trace"],
  // The transport, the browser, caches and conditions.
  ...["cookie", "cookie2", "set-cookie", "origin", "referer", "referrer", "date", "range", "from", "accept"],
  ...["accept-encoding", "accept-language", "accept-charset", "if-match", "if-none-match", "if-modified-since"],
  ...["if-range", "if-unmodified-since", "content-type", "content-length", "content-encoding", "content-disposition"],
  ...["transfer-encoding", "te", "trailer", "upgrade", "connection", "keep-alive", "expect", "via", "max-forwards"],
  ...[
    "proxy-authorization",
    "proxy-connection",
    "proxy",
    "cdn-loop",
    "user-agent",
    "cache-control",
    "pragma",
    "prefer",
  ],
  ...[
    "sec-fetch-site",
    "sec-websocket-key",
    "access-control-request-method",
    "alt-used",
    "early-data",
    "http2-settings",
  ],
  ...["surrogate-capability", "surrogate-control", "x-cache", "x-varnish", "idempotency-key", "last-event-id"],
  // Ours.
  ...["webhook-id", "webhook-timestamp", "webhook-signature", "reelhook-attempt", "reelhook-simulate"],
  // Other spellings of listed names.
  ...[
    "x_api_key",
    "authorization ",
    " authorization",
    "authorization:",
    "x-api-\u212aey",
    "x-webhook-",
    "x-webhook",
    "x-hook--a",
  ],
  ...[
    "x-custom-a_b",
    "x-custom-a.b",
    "x-webhook-a b",
    "x-hook-\u00e9",
    "x-webhook-a\r\nx-real-ip",
    "x-hook-client-ip",
    "",
  ],
  `x-webhook-${"a".repeat(100)}`,
];

describe("audit 15: a custom header of an endpoint", () => {
  it.each(DANGEROUS)("cannot be %j, in any case", (name) => {
    expect([name, name.toUpperCase()].filter(isCustomHeader)).toEqual([]);
  });

  it.each(CUSTOM_HEADERS)("may be %s, in any case", (name) => {
    expect([name, name.toUpperCase()].filter((each) => !isCustomHeader(each))).toEqual([]);
  });

  it.each([
    "x-webhook-secret",
    "X-Webhook-Team-2",
    "x-hook-secret",
    "x-custom-a",
    "x-custom-shipping",
    "x-custom-a-b-c",
  ])("may have a name of one's own: %s", (name) => {
    expect(isCustomHeader(name)).toBe(true);
  });

  it("is in the list once, in lower case", () => {
    expect(CUSTOM_HEADERS).toEqual([...new Set(CUSTOM_HEADERS.map((name) => name.toLowerCase()))]);
  });
});
