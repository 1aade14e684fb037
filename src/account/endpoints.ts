// The webhook endpoints of a scope: which of them subscribe to an event, how deliveries are signed, and their health.

import type { Clock } from "../clock.ts";
import type { DeliveryView } from "../contract/deliveries.ts";
import { newDeliveryId } from "../contract/ids.ts";
import { type Json, toJson } from "../contract/json.ts";
import type { EventType } from "../contract/words.ts";
import { toBase64 } from "../core/encoding.ts";
import type { ReportAnswer } from "../core/generation/action.ts";
import type { Scope } from "../core/scope.ts";
import { afterAttempt, newDelivery } from "../core/webhooks/delivery.ts";
import { deliveryView } from "../core/webhooks/delivery-view.ts";
import type { DeliveryInstruction, DeliveryTarget, SigningKeys } from "../core/webhooks/destination.ts";
import {
  afterOutcome,
  afterTest,
  changedEndpoint,
  type Endpoint,
  type EndpointChange,
  type EndpointFields,
  type EndpointOutcome,
  newEndpoint,
  subscribers,
} from "../core/webhooks/endpoint.ts";
import { endpointView } from "../core/webhooks/endpoint-view.ts";
import { testBody } from "../core/webhooks/events.ts";
import { activeValues, rotated, unrotated } from "../core/webhooks/rotation.ts";
import { sameUrl } from "../core/webhooks/url-identity.ts";
import type { WebhookSender } from "../generation/ports.ts";
import type { EndpointStore } from "./endpoint-store.ts";

/** Per scope. */
export const MAX_ENDPOINTS = 100;

const SECRET_BYTES = 32;

export class Endpoints {
  readonly #store: EndpointStore;
  readonly #clock: Clock;

  constructor(store: EndpointStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Null if the scope has {@link MAX_ENDPOINTS} endpoints. Idempotent under the same id. */
  create(id: string, fields: EndpointFields): Endpoint | null {
    const existing = this.#store.get(id);
    if (existing !== null) return existing;
    if (this.#store.list().length >= MAX_ENDPOINTS) return null;
    const endpoint = newEndpoint(fields, { id, createdAt: this.#clock.now(), secrets: unrotated(newSecret()) });
    this.#store.put(endpoint);
    return endpoint;
  }

  change(id: string, change: EndpointChange): Endpoint | null {
    return this.#update(id, (endpoint) => changedEndpoint(endpoint, change, this.#clock.now()));
  }

  rotate(id: string): Endpoint | null {
    const now = this.#clock.now();
    return this.#update(id, (endpoint) => ({ ...endpoint, secrets: rotated(endpoint.secrets, newSecret(), now) }));
  }

  #update(id: string, change: (endpoint: Endpoint) => Endpoint): Endpoint | null {
    const endpoint = this.#store.get(id);
    if (endpoint === null) return null;
    const changed = change(endpoint);
    this.#store.put(changed);
    return changed;
  }

  resolve(events: readonly EventType[]): ReportAnswer {
    const endpoints = this.#store.list();
    const told = events.map((event) => [event, subscribers(endpoints, event)] as const);
    return { endpoints: Object.fromEntries(told), rotation: this.#store.rotation };
  }

  deliveryInstruction({ url, endpointId, event }: DeliveryTarget): Omit<DeliveryInstruction, "isWatched" | "line"> {
    const { rotation } = this.#store;
    const own = endpointId === null ? null : this.#store.get(endpointId);
    // An enabled endpoint with the same URL and event takes over what was waiting for this one.
    const canSucceed = ({ disabled, events }: Endpoint) => disabled === null && events.includes(event);
    const successor = endpointId === null ? undefined : this.#at(url).find(canSucceed);
    const endpoint = own?.disabled === null ? own : (successor ?? own);
    if (endpoint === null) return { rotation, endpoint: null };
    const { headers, clientCertificate, disabled } = endpoint;
    const secrets = this.#secretsAt(endpoint);
    return {
      rotation,
      endpoint: { url: endpoint.url, headers, clientCertificate, enabled: disabled === null, secrets },
    };
  }

  /** Endpoints with the same URL share deliveries, so the secrets of all of them sign. */
  #secretsAt(endpoint: Endpoint): string[] {
    const now = this.#clock.now();
    const others = this.#at(endpoint.url).filter(({ id, disabled }) => id !== endpoint.id && disabled === null);
    return [endpoint, ...others].flatMap(({ secrets }) => activeValues(secrets, now));
  }

  #at(url: string): Endpoint[] {
    return this.#store.list().filter((endpoint) => sameUrl(endpoint.url, url));
  }

  recordAttempt(url: string, outcome: EndpointOutcome): void {
    for (const endpoint of this.#at(url)) this.#store.put(afterOutcome(endpoint, outcome));
  }

  /** Sends `webhook.test` once, even to a disabled endpoint. `pending` is the delivery before its attempt, `ended` after. */
  test(
    id: string,
    scope: Scope,
    sender: WebhookSender,
  ): { pending: Json<DeliveryView>; ended: Promise<Json<DeliveryView>> } | null {
    const endpoint = this.#store.get(id);
    if (endpoint === null) return null;
    const now = this.#clock.now();
    const { url, headers, clientCertificate } = endpoint;
    // A test belongs to no generation. This event type is a placeholder that is never shown.
    const delivery = newDelivery(newDeliveryId(), "generation.completed", { url, endpointId: id }, now);
    const view = (of: typeof delivery): Json<DeliveryView> => toJson(deliveryView({ ...of, event: "webhook.test" }));
    const keys: SigningKeys = {
      hmacRotations: [],
      ed25519Rotations: activeValues(this.#store.rotation, now),
      endpointSecrets: this.#secretsAt(endpoint),
    };
    const { health: _, headers: __, ...data } = endpointView(endpoint);
    const send = async () => {
      const destination = { kind: "send", url, headers, clientCertificate, keys } as const;
      const result = await sender.send({ id: delivery.id, body: testBody(now, data), attempt: 1, scope, destination });
      const { at, status, error, durationMs } = result;
      this.#update(id, (current) => afterTest(current, { at, status, error, durationMs }));
      return view(afterAttempt(delivery, result, { retryDelaysMs: [], random: 0, now }));
    };
    return { pending: view(delivery), ended: send() };
  }
}

function newSecret(): string {
  return toBase64(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)).buffer);
}
