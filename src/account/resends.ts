// What callers have sent by hand: tests and recoveries of webhook endpoints, and redeliveries, which the generation's object
// sends. All count towards one limit.

import type { Clock } from "../clock.ts";
import type { DeliveryView } from "../contract/deliveries.ts";
import { newDeliveryId } from "../contract/ids.ts";
import { type Json, toJson } from "../contract/json.ts";
import type { Scope } from "../core/scope.ts";
import { type Bucket, takeToken } from "../core/token-bucket.ts";
import { afterAttempt, type Delivery, newDelivery } from "../core/webhooks/delivery.ts";
import { deliveryView } from "../core/webhooks/delivery-view.ts";
import type { Endpoint } from "../core/webhooks/endpoint.ts";
import { testedEndpointView } from "../core/webhooks/endpoint-view.ts";
import { testBody } from "../core/webhooks/events.ts";
import { RESEND_LIMIT } from "../core/webhooks/resend-limit.ts";
import type { WebhookSender } from "../generation/ports.ts";
import { withTimeout } from "../outbound/deadlines.ts";
import type { Endpoints } from "./endpoints.ts";
import type { Recoveries } from "./recoveries.ts";
import type { RecoverEndpointResult, TestEndpointResult } from "./results.ts";

/** How long a caller waits for the answer of the endpoint it tests. */
const TEST_WAIT_MS = 10_000;

export interface ResendsDeps {
  readonly endpoints: Endpoints;
  readonly recoveries: Recoveries;
  readonly clock: Clock;
  /** @param origin this Worker's own origin, which it must never call. */
  webhookSender(origin: string): WebhookSender;
  /** Keeps the object alive until the work ends, without awaiting it. */
  detach(work: Promise<unknown>): void;
}

export class Resends {
  readonly #deps: ResendsDeps;
  /** In memory only: an object that was evicted after some idle seconds starts with a full bucket. Null if nothing was taken. */
  #bucket: Bucket | null = null;

  constructor(deps: ResendsDeps) {
    this.#deps = deps;
  }

  /** Counts a redelivery, test or recovery. @returns 0 if it is allowed, otherwise milliseconds until the next one is. */
  take(): number {
    const { bucket, waitMs } = takeToken(this.#bucket, RESEND_LIMIT, this.#deps.clock.now());
    this.#bucket = bucket;
    return waitMs;
  }

  /** Sends `webhook.test` once, even to a disabled endpoint. */
  async test(id: string, scope: Scope, origin: string): Promise<TestEndpointResult> {
    const endpoint = this.#deps.endpoints.get(id);
    if (endpoint === null) return { kind: "not_found" };
    const waitMs = this.take();
    if (waitMs > 0) return { kind: "limited", waitMs };
    const { url } = endpoint;
    // A test belongs to no generation. This event type is a placeholder that is never shown.
    const now = this.#deps.clock.now();
    const delivery = newDelivery(newDeliveryId(), "generation.completed", { url, endpointId: id }, now);
    const ended = this.#send(endpoint, delivery, scope, origin).then((after) => viewOf(after, null));
    this.#deps.detach(ended);
    return { kind: "sent", json: await withTimeout(ended, TEST_WAIT_MS).catch(() => viewOf(delivery, now)) };
  }

  async #send(endpoint: Endpoint, delivery: Delivery, scope: Scope, origin: string): Promise<Delivery> {
    const { endpoints, webhookSender } = this.#deps;
    const { url, headers, clientCertificate } = endpoint;
    const { id, createdAt: now } = delivery;
    const destination = { kind: "send", url, headers, clientCertificate, keys: endpoints.testKeys(endpoint) } as const;
    const body = testBody(now, testedEndpointView(endpoint));
    const result = await webhookSender(origin).send({ id, body, attempt: 1, scope, destination });
    const after = afterAttempt(delivery, result, { retryDelaysMs: [], random: 0, now });
    endpoints.recordTest(endpoint.id, after, result);
    return after;
  }

  /**
   * Starts to resend the failed and gone deliveries of this endpoint, for generations accepted since then.
   *
   * @param isDryRun whether they are only counted, which does not count towards the limit.
   */
  recover(id: string, scope: Scope, since: number, isDryRun: boolean): RecoverEndpointResult {
    const { endpoints, recoveries } = this.#deps;
    if (endpoints.get(id) === null) return { kind: "not_found" };
    const waitMs = isDryRun ? 0 : this.take();
    if (waitMs > 0) return { kind: "limited", waitMs };
    const matching = recoveries.matching(id, since);
    if (!isDryRun) recoveries.start(id, scope, since);
    return { kind: isDryRun ? "counted" : "started", matching };
  }
}

function viewOf(delivery: Delivery, attemptingSince: number | null): Json<DeliveryView> {
  return toJson(deliveryView({ ...delivery, event: "webhook.test" }, attemptingSince));
}
