// The sender of webhooks, as the present configuration wants it.

import { configOf, urlRules } from "../config.ts";
import type { Env } from "../env.ts";
import type { Clock, WebhookSender } from "../ports.ts";
import { webhookSender } from "./send.ts";

/** @param origin of this Worker: it must not call itself. */
export function webhookSenderFor(env: Env, { clock, origin }: { clock: Clock; origin: string }): WebhookSender {
  const config = configOf(env);
  const { WEBHOOK_CERTIFICATE: certificate } = env;
  return webhookSender({
    fetch: (input, init) => fetch(input, init),
    fetchWithCertificate: certificate === undefined ? null : (input, init) => certificate.fetch(input, init),
    clock,
    rules: urlRules(config, origin),
    signingSecrets: config.signingSecrets,
  });
}
