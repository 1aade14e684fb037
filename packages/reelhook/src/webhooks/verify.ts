import { concat, PASS_RAW_BODY, readBody } from "./body.ts";
import { WebhookVerificationError } from "./error.ts";
import type { WebhookEvent } from "./events.ts";
import { signedHeaders } from "./headers.ts";
import { verifiersOf, type WebhookKeys } from "./keys.ts";
import type { WebhookRequest } from "./request.ts";
import { parseSignatures } from "./signatures.ts";

export interface VerifyOptions {
  /**
   * How far `webhook-timestamp` may be from now, in both directions. Default: 300. Raise it if callbacks wait in a queue
   * of yours before they are verified; `Infinity` accepts all.
   */
  readonly toleranceSeconds?: number;
}

/**
 * Verifies a callback and returns its event. Nothing but the signature and the timestamp is checked: detect duplicates
 * by the header `webhook-id`, which is the same for all attempts.
 *
 * @param request the unread request, or its headers and raw body.
 * @param keys `{secret}`, `{publicKey}`, or several of them, of which one has to match.
 * @throws {WebhookVerificationError} if the callback must not be trusted. If reading the request fails, that error.
 */
export async function verifyWebhook(
  request: WebhookRequest,
  keys: WebhookKeys,
  { toleranceSeconds = 300 }: VerifyOptions = {},
): Promise<WebhookEvent> {
  if (!(typeof toleranceSeconds === "number" && toleranceSeconds >= 0)) {
    throw new WebhookVerificationError("invalid_options", "toleranceSeconds must be a number, 0 or more.");
  }
  const verifiers = await verifiersOf(keys);
  const { id, timestamp, signature } = signedHeaders(request.headers);
  checkTimestamp(Number(timestamp), toleranceSeconds);
  const signatures = parseSignatures(signature);
  const body = await readBody(request);
  const isSigned = async (bytes: Uint8Array) => {
    const content = concat([new TextEncoder().encode(`${id}.${timestamp}.`), bytes]);
    const results = await Promise.all(verifiers.map((verify) => verify(content, signatures)));
    return results.includes(true);
  };
  if (!(await isSigned(body))) throw (await isSigned(serializedAgain(body))) ? bodyChanged() : noMatch();
  return parse(body);
}

function checkTimestamp(timestamp: number, toleranceSeconds: number): void {
  const age = Math.floor(Date.now() / 1000) - timestamp;
  if (Math.abs(age) <= toleranceSeconds) return;
  const [code, distance] =
    age > 0 ? (["timestamp_too_old", `${age} s old`] as const) : (["timestamp_too_new", `${-age} s ahead`] as const);
  throw new WebhookVerificationError(
    code,
    `webhook-timestamp is ${distance}, but at most ${toleranceSeconds} s are accepted. Check the clock of this machine. ` +
      "If callbacks wait before they are verified, raise toleranceSeconds.",
  );
}

/** @returns the JSON as Reelhook writes it. Empty if that is impossible. */
function serializedAgain(body: Uint8Array): Uint8Array {
  try {
    return new TextEncoder().encode(JSON.stringify(parseJson(body)));
  } catch {
    // Not JSON, or nested so deeply that it cannot be written.
    return new Uint8Array();
  }
}

function parse(body: Uint8Array): WebhookEvent {
  try {
    return parseJson(body);
  } catch {
    throw new WebhookVerificationError(
      "invalid_body",
      "The body is signed, but it is not JSON. Is the key used elsewhere?",
    );
  }
}

function parseJson(body: Uint8Array) {
  return JSON.parse(new TextDecoder().decode(body));
}

function bodyChanged(): WebhookVerificationError {
  return new WebhookVerificationError(
    "body_changed",
    `The body was parsed and serialized again, so its bytes are not the signed ones. ${PASS_RAW_BODY}`,
  );
}

function noMatch(): WebhookVerificationError {
  return new WebhookVerificationError(
    "no_matching_signature",
    "No key verifies the signature. Callbacks to a webhook named in a request are signed with the secret of the account and " +
      "mode (GET /v1/webhook-secret), those to a webhook endpoint with the endpoint's own " +
      "(GET /v1/webhook-endpoints/{id}/secret). " +
      `If the key is right, the body has been changed, or the request is forged. ${PASS_RAW_BODY}`,
  );
}
