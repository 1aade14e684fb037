// The webhook endpoints of a scope: which of them subscribe to an event, how deliveries are signed, and their health.

import type { Clock } from "../clock.ts";
import type { EndpointDeliveryPage } from "../contract/deliveries.ts";
import { toJson } from "../contract/json.ts";
import type { EndpointList, EndpointView } from "../contract/webhook-endpoints.ts";
import { type EventType, TEST_EVENT_TYPE } from "../contract/words.ts";
import { writeCursor } from "../core/cursor.ts";
import { toBase64 } from "../core/encoding.ts";
import type { Summary } from "../core/generation/action.ts";
import { certificateRefusal } from "../core/webhooks/certificate-hosts.ts";
import type { AttemptResult, Delivery, Recipient } from "../core/webhooks/delivery.ts";
import type { DeliveryInstruction, DeliveryTarget, SigningKeys } from "../core/webhooks/destination.ts";
import {
  afterOutcome,
  afterTest,
  changedEndpoint,
  type Endpoint,
  type EndpointChange,
  type EndpointFields,
  newEndpoint,
  subscribers,
} from "../core/webhooks/endpoint.ts";
import { type EndpointViewContext, endpointView, newEndpointView } from "../core/webhooks/endpoint-view.ts";
import { type LoggedDelivery, loggedDeliveryView, standingOf } from "../core/webhooks/logged-delivery.ts";
import { activeValues, rotated, unrotated } from "../core/webhooks/rotation.ts";
import type { AttemptReport } from "../generation/ports.ts";
import type { DeliveryLog, LogQuery } from "./delivery-log.ts";
import type { EndpointStore } from "./endpoint-store.ts";
import type { ChangeEndpointResult, CreateEndpointResult, EncodedSecret } from "./results.ts";

/** Per scope. */
export const MAX_ENDPOINTS = 100;

const SECRET_BYTES = 32;

/** Rows of a deleted endpoint's log that are deleted at once. */
const ERASED_AT_ONCE = 2_000;

export interface EndpointsDeps {
  readonly store: EndpointStore;
  readonly log: DeliveryLog;
  readonly clock: Clock;
  /** Hosts that the client certificate may be presented to. */
  certificateHosts(): readonly string[];
}

export class Endpoints {
  readonly #deps: EndpointsDeps;
  readonly #store: EndpointStore;
  readonly #clock: Clock;

  constructor(deps: EndpointsDeps) {
    this.#deps = deps;
    this.#store = deps.store;
    this.#clock = deps.clock;
  }

  list(): EndpointList {
    return { object: "list", data: this.#store.list().map((endpoint) => this.#viewOf(endpoint)) };
  }

  get(id: string): Endpoint | null {
    return this.#store.get(id);
  }

  view(id: string): EndpointView | null {
    const endpoint = this.#store.get(id);
    return endpoint && this.#viewOf(endpoint);
  }

  #viewOf(endpoint: Endpoint): EndpointView {
    return endpointView(endpoint, this.#contextOf(endpoint));
  }

  #contextOf({ id }: Endpoint): EndpointViewContext {
    return { now: this.#clock.now(), recovery: this.#store.recovery(id) };
  }

  /** Idempotent under the same id. */
  create(id: string, fields: EndpointFields, enabled: boolean): CreateEndpointResult {
    const field = certificateRefusal(fields, null, this.#deps.certificateHosts());
    if (field !== null) return { kind: "certificate_refused", field };
    const now = this.#clock.now();
    const isFull = this.#store.list().length >= MAX_ENDPOINTS;
    const existing = this.#store.get(id);
    if (existing === null && isFull) return { kind: "limit_reached", limit: MAX_ENDPOINTS };
    const endpoint = existing ?? newEndpoint(fields, { id, createdAt: now, secrets: unrotated(newSecret()) });
    const created = changedEndpoint(endpoint, { enabled }, now);
    this.#store.put(created);
    return { kind: "created", json: toJson(newEndpointView(created, this.#contextOf(created))) };
  }

  change(id: string, change: EndpointChange): ChangeEndpointResult {
    const current = this.#store.get(id);
    if (current === null) return null;
    const field = certificateRefusal(change, current, this.#deps.certificateHosts());
    if (field !== null) return { kind: "certificate_refused", field };
    const changed = changedEndpoint(current, change, this.#clock.now());
    this.#store.put(changed);
    return { kind: "changed", json: toJson(this.#viewOf(changed)) };
  }

  /** Its log becomes unreachable at once, and is deleted in steps: see {@link erase}. @returns false if there is none. */
  delete(id: string): boolean {
    if (!this.#store.delete(id)) return false;
    if (this.#deps.log.erase(id, ERASED_AT_ONCE)) this.#store.addErasure(id);
    return true;
  }

  /** Whether logs of deleted endpoints are left. */
  get mustErase(): boolean {
    return this.#store.erasures.size > 0;
  }

  /** Deletes some rows of the logs of deleted endpoints. */
  erase(): void {
    const [id] = this.#store.erasures;
    if (id !== undefined && !this.#deps.log.erase(id, ERASED_AT_ONCE)) this.#store.deleteErasure(id);
  }

  secret(id: string): EncodedSecret | null {
    return secretOf(this.#store.get(id));
  }

  rotate(id: string): EncodedSecret | null {
    const now = this.#clock.now();
    return secretOf(
      this.#update(id, (endpoint) => ({ ...endpoint, secrets: rotated(endpoint.secrets, newSecret(), now) })),
    );
  }

  #update(id: string, change: (endpoint: Endpoint) => Endpoint): Endpoint | null {
    const endpoint = this.#store.get(id);
    if (endpoint === null) return null;
    const changed = change(endpoint);
    this.#store.put(changed);
    return changed;
  }

  subscribers(event: EventType): Recipient[] {
    return subscribers(this.#store.list(), event);
  }

  deliveryInstruction({ url, endpointId, event }: DeliveryTarget): Omit<DeliveryInstruction, "isWatched" | "line"> {
    const { rotation } = this.#store;
    const own = endpointId === null ? null : this.#store.get(endpointId);
    // An enabled endpoint with the same URL and event takes over what was waiting for this one.
    const canSucceed = ({ disabled, events }: Endpoint) => disabled === null && events.includes(event);
    const successor = endpointId === null ? undefined : this.#store.at(url).find(canSucceed);
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
    const others = this.#store.at(endpoint.url).filter(({ id, disabled }) => id !== endpoint.id && disabled === null);
    return [endpoint, ...others].flatMap(({ secrets }) => activeValues(secrets, now));
  }

  /** Updates the health and the log of the endpoints that get the delivery. */
  recordAttempt(report: AttemptReport): void {
    const { url, endpointId, deliveryId: id, event, generationId, after, response = null } = report;
    const { at, status, error, durationMs } = report;
    if (endpointId === null) return;
    const outcome = { at, status, error, durationMs };
    for (const endpoint of this.#store.at(url)) this.#store.put(afterOutcome(endpoint, { ...outcome, response }));
    if (after === undefined) return;
    const { generationCreatedAt, ...standing } = after;
    const generation = { id: generationId, createdAt: generationCreatedAt };
    const delivery = { ...standing, id, event, generation, lastAttempt: outcome };
    this.#log({ url, endpointId }, delivery, { isWhole: false });
  }

  /** Brings the logs up to date with how the deliveries of a generation stand. */
  logDeliveries({ id, createdAt, endpointDeliveries }: Summary): void {
    const generation = { id, createdAt };
    for (const each of endpointDeliveries) this.#log(each, { ...each, generation }, { isWhole: true });
  }

  /**
   * Endpoints with the same URL share deliveries, so each has them in its log. An endpoint that has moved since the
   * delivery was last sent has it, too.
   */
  #log(
    { url, endpointId }: Pick<Recipient, "url" | "endpointId">,
    delivery: LoggedDelivery,
    how: { isWhole: boolean },
  ) {
    const now = this.#clock.now();
    const own = endpointId === null ? null : this.#store.get(endpointId);
    const ids = new Set([...(own === null ? [] : [own]), ...this.#store.at(url)].map(({ id }) => id));
    for (const id of ids) this.#deps.log.put(id, delivery, { ...how, now });
  }

  /** A page of the endpoint's log, newest first. */
  deliveries(id: string, query: LogQuery): EndpointDeliveryPage | null {
    if (this.#store.get(id) === null) return null;
    const { deliveries, next } = this.#deps.log.page(id, query, this.#clock.now());
    const data = deliveries.map(loggedDeliveryView);
    return { object: "list", data, has_more: next !== null, next_cursor: next && writeCursor(next) };
  }

  /** The keys that sign a test event for this endpoint. */
  testKeys(endpoint: Endpoint): SigningKeys {
    return {
      hmacRotations: [],
      ed25519Rotations: activeValues(this.#store.rotation, this.#clock.now()),
      endpointSecrets: this.#secretsAt(endpoint),
    };
  }

  /**
   * Updates the health and the log of the tested endpoint, and not those of others with the same URL.
   *
   * @param delivery the test event's delivery after its attempt.
   */
  recordTest(id: string, delivery: Delivery, { at, status, error, durationMs, response }: AttemptResult): void {
    const tested = this.#update(id, (current) => afterTest(current, { at, status, error, durationMs, response }));
    if (tested === null) return;
    const { id: deliveryId, createdAt } = delivery;
    const test = { id: deliveryId, createdAt, event: TEST_EVENT_TYPE, generation: null } as const;
    this.#deps.log.put(id, { ...test, ...standingOf(delivery) }, { now: this.#clock.now(), isWhole: false });
  }
}

function secretOf(endpoint: Endpoint | null): EncodedSecret | null {
  return endpoint && { base64: endpoint.secrets.current };
}

function newSecret(): string {
  return toBase64(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)).buffer);
}
