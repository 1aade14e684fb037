import { WebhookVerificationError } from "./error.ts";
import type { WebhookHeaders } from "./request.ts";

export interface SignedHeaders {
  readonly id: string;
  /** Seconds since the Unix epoch, as sent. */
  readonly timestamp: string;
  readonly signature: string;
}

export function signedHeaders(headers: WebhookHeaders): SignedHeaders {
  // The requests of some frameworks have none: in Hono, they are in `c.req.raw`.
  if (typeof headers !== "object" || headers === null) {
    throw new WebhookVerificationError(
      "missing_header",
      "The request has no headers. Pass the Request, or all headers.",
    );
  }
  const [id, timestamp, signature] = [
    headerIn(headers, "webhook-id"),
    headerIn(headers, "webhook-timestamp"),
    headerIn(headers, "webhook-signature"),
  ];
  const missing = Object.entries({ id, timestamp, signature }).filter(([, value]) => value === "");
  if (missing.length > 0) {
    const names = missing.map(([name]) => `webhook-${name}`).join(", ");
    throw new WebhookVerificationError(
      "missing_header",
      `${names} ${missing.length === 1 ? "is" : "are"} missing. Pass all headers of the request. If you already do, the request is not from Reelhook.`,
    );
  }
  // Both are signed with dots between them. With dots of their own, different headers could have the same signature.
  if (id.includes(".")) throw invalid("webhook-id must not contain a dot.");
  if (!/^\d+$/.test(timestamp)) throw invalid("webhook-timestamp must be in whole seconds since the Unix epoch.");
  return { id, timestamp, signature };
}

/** @returns an empty text if there is no such header. Repeated headers are joined, as the Fetch API does. */
function headerIn(headers: WebhookHeaders, name: string): string {
  if (!isIterable(headers) && typeof headers["get"] === "function") return headers["get"](name) ?? "";
  const pairs: Iterable<readonly [string, unknown]> = isIterable(headers) ? headers : Object.entries(headers);
  const values = [...pairs].filter(([each]) => each.toLowerCase() === name).flatMap(([, value]) => value ?? []);
  return values.join(", ");
}

function isIterable(headers: WebhookHeaders): headers is Iterable<readonly [string, string]> {
  return Symbol.iterator in headers;
}

function invalid(message: string): WebhookVerificationError {
  return new WebhookVerificationError("invalid_header", message);
}
