/**
 * Why a callback was refused.
 *
 * The receiver has to be changed:
 * - `invalid_key`: a secret or public key is missing, malformed, or of the other kind.
 * - `invalid_options`: `toleranceSeconds` is not a number, or is negative.
 * - `body_parsed`: the body is an object that a framework has parsed. Its bytes are lost.
 * - `body_already_read`: something else has read the request's body.
 * - `body_missing`: no body was passed.
 *
 * The request is refused:
 * - `missing_header`: it lacks `webhook-id`, `webhook-timestamp` or `webhook-signature`.
 * - `invalid_header`: one of these headers is malformed.
 * - `timestamp_too_old`, `timestamp_too_new`: it was sent too long ago, or one of the two clocks is wrong.
 * - `body_too_large`: its body is larger than 64 KiB.
 * - `body_changed`: its JSON was signed, but the bytes are different: it was parsed and serialized again.
 * - `no_matching_signature`: no key verifies it.
 * - `invalid_body`: it is signed, but its body is not JSON.
 */
export type WebhookVerificationErrorCode =
  | "invalid_key"
  | "invalid_options"
  | "body_parsed"
  | "body_already_read"
  | "body_missing"
  | "missing_header"
  | "invalid_header"
  | "timestamp_too_old"
  | "timestamp_too_new"
  | "body_too_large"
  | "body_changed"
  | "no_matching_signature"
  | "invalid_body";

/** A callback that must not be trusted. The message says what to do and never contains a key. */
export class WebhookVerificationError extends Error {
  override readonly name = "WebhookVerificationError";
  readonly code: WebhookVerificationErrorCode;

  constructor(code: WebhookVerificationErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
