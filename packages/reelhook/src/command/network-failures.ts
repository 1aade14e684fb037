// Explains why a request got no answer.

export const CONNECTION_REFUSED = "connection refused";

/** Codes of Node and of its fetch: https://nodejs.org/api/errors.html */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: CONNECTION_REFUSED,
  ECONNRESET: "the connection was closed",
  UND_ERR_SOCKET: "the connection was closed",
  ENOTFOUND: "the host is unknown",
  EAI_AGAIN: "the host cannot be looked up",
  ETIMEDOUT: "the host does not respond",
  UND_ERR_CONNECT_TIMEOUT: "the host does not respond",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is self-signed. Name it in NODE_EXTRA_CA_CERTS, or use http",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is self-signed. Name it in NODE_EXTRA_CA_CERTS, or use http",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate cannot be verified. Name its issuer in NODE_EXTRA_CA_CERTS",
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not speak https",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "it does not speak https",
};

export interface NetworkFailure {
  readonly reason: string;
  /** The variable that names a proxy, if it was the proxy that did not answer; otherwise null. */
  readonly proxyVariable: string | null;
}

/** @param error what `fetch` threw, or an error with that as its cause. */
export function networkFailure(error: unknown, env = process.env): NetworkFailure {
  const innermost: FetchFailure = innermostOf(error);
  const { code = "", message } = innermost;
  const reason = WORDS[code] ?? (message || code || "no answer");
  const proxy = proxyIn(innermost, env);
  if (proxy === null) return { reason, proxyVariable: null };
  return {
    reason: `the proxy ${proxy.host} in ${proxy.variable} does not answer (${reason})`,
    proxyVariable: proxy.variable,
  };
}

/** Node's errors of connections have the port, and those of look-ups the host name. */
interface FetchFailure extends Error {
  readonly code?: string;
  readonly hostname?: string;
  readonly port?: number;
}

const PROXY_VARIABLES = ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"];

/** The proxy that the error is about. Node uses one only if it is told to: https://nodejs.org/api/cli.html#--use-env-proxy */
function proxyIn({ hostname, port }: FetchFailure, env: NodeJS.ProcessEnv) {
  const isUsed =
    env["NODE_USE_ENV_PROXY"] === "1" ||
    [...process.execArgv, env["NODE_OPTIONS"] ?? ""].some((options) => options.includes("--use-env-proxy"));
  if (!isUsed) return null;
  for (const variable of PROXY_VARIABLES) {
    const text = env[variable] ?? "";
    const url = URL.canParse(text) ? new URL(text) : null;
    if (url === null) continue;
    const proxyPort = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
    // The host alone, because the URL may have a password.
    if (hostname === url.hostname || port === proxyPort) return { variable, host: url.host };
  }
  return null;
}

/** `fetch` puts the reason into the cause; if a name has several addresses, that has one error for each of them. */
function innermostOf(error: unknown): Error {
  if (error instanceof AggregateError && error.errors.length > 0) return innermostOf(error.errors[0]);
  if (!(error instanceof Error)) return new Error(String(error));
  return error.cause instanceof Error ? innermostOf(error.cause) : error;
}
