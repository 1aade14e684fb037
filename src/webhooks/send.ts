// Sends one attempt of a delivery. Every failure is returned as a result, so that a broken receiver cannot break a
// generation.

import type { Clock } from "../clock.ts";
import { isCustomHeader } from "../contract/custom-headers.ts";
import { USER_AGENT } from "../contract/version.ts";
import { reasonOf } from "../core/generation/errors.ts";
import { parseRetryAfter } from "../core/http-fields.ts";
import { cutText, cutUtf8 } from "../core/text.ts";
import { isCertificateHost } from "../core/webhooks/certificate-hosts.ts";
import type { AttemptResult } from "../core/webhooks/delivery.ts";
import { checkUrl, type UrlRules } from "../core/webhooks/url-rules.ts";
import type { Message, WebhookSender } from "../generation/ports.ts";
import { readAtMost } from "../outbound/bounded-answers.ts";
import { withAbortTimeout } from "../outbound/deadlines.ts";
import { LOOP_HEADER } from "./headers.ts";
import { signatureHeader, signersFor } from "./signature.ts";

/** Covers connecting and receiving the answer's headers and body. */
export const ATTEMPT_TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 64 * 1024;
const KEPT_ANSWER_BYTES = 1024;
const MAX_ERROR_LENGTH = 500;

/** Statuses of redirects. Excludes 304. https://fetch.spec.whatwg.org/#redirect-status */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export interface SenderDeps {
  readonly fetch: typeof fetch;
  /** Presents a client certificate; null if none is bound. */
  readonly certificate: Pick<Fetcher, "fetch"> | null;
  /** Hosts that the certificate may be presented to. */
  readonly certificateHosts: readonly string[];
  readonly clock: Clock;
  readonly rules: UrlRules;
  /** Newest first. */
  readonly signingSecrets: readonly string[];
  readonly timeoutMs?: number;
}

export function webhookSender(deps: SenderDeps): WebhookSender {
  return { send: (message) => attempt(message, deps) };
}

async function attempt(
  { id, body, attempt, scope, destination, signal: givenUp }: Message,
  { fetch, certificate, certificateHosts, clock, rules, signingSecrets, timeoutMs = ATTEMPT_TIMEOUT_MS }: SenderDeps,
): Promise<AttemptResult> {
  const at = clock.now();
  const ended = (rest: Partial<AttemptResult>): AttemptResult => {
    const durationMs = Math.max(0, clock.now() - at);
    const sentTo = destination.kind === "send" ? { sentTo: destination.url } : {};
    return { at, durationMs, status: null, error: null, response: null, retryAfterMs: null, ...sentTo, ...rest };
  };
  if (destination.kind === "withheld") {
    const { error, unsent } = destination;
    return ended({ error, unsent });
  }
  const { url, headers, clientCertificate, keys } = destination;
  const verdict = checkUrl(url, rules);
  const notSent = (reason: string) => ended({ error: `not sent: ${reason}`, unsent: "counted" });
  if (!verdict.safe) return notSent(`the URL ${verdict.reason}`);
  if (signingSecrets.length === 0) return notSent("SIGNING_SECRET is missing or invalid");
  const sender = clientCertificate ? certificate : { fetch };
  if (sender === null) return notSent("no client certificate is bound as WEBHOOK_CERTIFICATE");
  if (clientCertificate && !isCertificateHost(url, certificateHosts)) {
    return notSent("the host is not in WEBHOOK_CERTIFICATE_HOSTS, so it does not get the client certificate");
  }
  const post = async (late: AbortSignal) => {
    const timestamp = Math.floor(at / 1000);
    const signers = await signersFor(keys, { secrets: signingSecrets, scope });
    const response = await sender.fetch(url, {
      method: "POST",
      redirect: "manual",
      signal: givenUp === undefined ? late : AbortSignal.any([givenUp, late]),
      body,
      headers: {
        // Checked again: the endpoint may have been stored under other rules.
        ...Object.fromEntries(Object.entries(headers).filter(([name]) => isCustomHeader(name))),
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        "webhook-id": id,
        "webhook-timestamp": String(timestamp),
        "webhook-signature": await signatureHeader(signers, { id, timestamp, body }),
        [LOOP_HEADER]: String(attempt),
      },
    });
    const kept = await readAnswer(response);
    const { status } = response;
    const error = REDIRECTS.has(status) ? "redirects are not followed" : null;
    const retryAfterMs = parseRetryAfter(response.headers.get("retry-after"), clock.now());
    return ended({ status, error, response: kept, retryAfterMs });
  };
  try {
    return await withAbortTimeout(timeoutMs, post);
  } catch (cause) {
    return ended({ error: cutText(`POST ${verdict.url.host}: ${reasonOf(cause)}`, MAX_ERROR_LENGTH) });
  }
}

/** Never throws: the status counts even if the body breaks off. */
async function readAnswer(response: Response): Promise<string> {
  const bytes = await readAtMost(response.body, MAX_ANSWER_BYTES);
  return cutUtf8(bytes, KEPT_ANSWER_BYTES);
}
