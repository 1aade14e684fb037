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

/** @param error what `fetch` threw, or an error with that as its cause. */
export function networkFailure(error: unknown): string {
  const innermost = innermostOf(error);
  const code = "code" in innermost && typeof innermost.code === "string" ? innermost.code : "";
  return WORDS[code] ?? (innermost.message || code || "no answer");
}

/** `fetch` puts the reason into the cause; if a name has several addresses, that has one error for each of them. */
function innermostOf(error: unknown): Error {
  if (error instanceof AggregateError && error.errors.length > 0) return innermostOf(error.errors[0]);
  if (!(error instanceof Error)) return new Error(String(error));
  return error.cause instanceof Error ? innermostOf(error.cause) : error;
}
