// The Durable Object of a scope. It keeps the index of generations (Durable Objects cannot be listed) and the webhook
// endpoints, and its watchdog wakes generations that lost their alarm. Running generations do not depend on it.

import { DurableObject } from "cloudflare:workers";
import type { Clock } from "../clock.ts";
import type { EndpointDeliveryPage } from "../contract/deliveries.ts";
import { type Json, toJson } from "../contract/json.ts";
import type { EndpointList, EndpointView } from "../contract/webhook-endpoints.ts";
import type { EventType } from "../contract/words.ts";
import type { Position } from "../core/cursor.ts";
import type { ReportAnswer, Summary } from "../core/generation/action.ts";
import { completeSummary } from "../core/generation/summary.ts";
import type { Limits, Place } from "../core/limits.ts";
import type { Commitments } from "../core/money/budget.ts";
import type { UsageQuery, UsageRow } from "../core/money/usage.ts";
import type { Scope } from "../core/scope.ts";
import { type Bucket, takeToken } from "../core/token-bucket.ts";
import { attemptedView } from "../core/webhooks/delivery-view.ts";
import type { DeliveryInstruction, DeliveryTarget } from "../core/webhooks/destination.ts";
import type { EndpointChange, EndpointFields } from "../core/webhooks/endpoint.ts";
import type { FrozenEvent } from "../core/webhooks/events.ts";
import { type Rotating, rotated } from "../core/webhooks/rotation.ts";
import type { GenerationsForAccount } from "../generation/generations.ts";
import type { AttemptReport, WebhookSender } from "../generation/ports.ts";
import { Feeds } from "../live/feeds.ts";
import type { Log } from "../log.ts";
import { withTimeout } from "../outbound/deadlines.ts";
import type { LogQuery } from "./delivery-log.ts";
import { EndpointStore } from "./endpoint-store.ts";
import { Endpoints } from "./endpoints.ts";
import { HostLines } from "./host-lines.ts";
import type { IndexStore, Overdue } from "./index-store.ts";
import { Instructions } from "./instructions.ts";
import type { ListPage, ListQuery } from "./listing.ts";
import type { Overview } from "./overview.ts";
import type { PlaceStore } from "./place-store.ts";
import { Recoveries } from "./recoveries.ts";
import { Resends } from "./resends.ts";
import type {
  ChangeEndpointResult,
  CreateEndpointResult,
  EncodedSecret,
  RecoverEndpointResult,
  ReserveResult,
  TestEndpointResult,
} from "./results.ts";
import { type Stores, storesIn } from "./stores.ts";
import type { UsageStore } from "./usage-store.ts";
import { CHECKS_AT_ONCE, placeTimes, RETRY_MS, settleCheck } from "./watchdog.ts";

/** Bounds each check, so that one silent generation does not hold up the others. */
const CHECK_TIMEOUT_MS = 20_000;

export interface AccountDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly generations: GenerationsForAccount;
  /** @param origin this Worker's own origin, which it must never call. */
  webhookSender(origin: string): WebhookSender;
  /** Hosts that the client certificate may be presented to. */
  certificateHosts(): readonly string[];
  /** Deliveries per second to a host that has lately failed. */
  deliveriesPerSecond(): number;
}

export class AccountObject extends DurableObject<unknown> {
  readonly #deps: AccountDeps;
  readonly #index: IndexStore;
  readonly #places: PlaceStore;
  readonly #usage: UsageStore;
  readonly #overview: Stores["overview"];
  readonly #store: EndpointStore;
  readonly #endpoints: Endpoints;
  readonly #recoveries: Recoveries;
  readonly #lines: HostLines;
  readonly #instructions: Instructions;
  readonly #feeds: Feeds;
  readonly #resends: Resends;
  /** The limit on new generations in test mode, in memory only. Null if nothing was taken. */
  #creations: Bucket | null = null;

  constructor(ctx: DurableObjectState, env: unknown, deps: AccountDeps) {
    super(ctx, env);
    const { clock, log, generations } = deps;
    this.#deps = deps;
    this.#feeds = new Feeds(() => clock.now());
    const { index, places, usage, log: deliveries, overview } = storesIn(ctx.storage.sql);
    this.#overview = overview;
    this.#index = index;
    this.#places = places;
    this.#usage = usage;
    this.#store = new EndpointStore(ctx.storage.kv);
    this.#endpoints = new Endpoints({
      ...{ store: this.#store, log: deliveries, clock },
      certificateHosts: () => deps.certificateHosts(),
    });
    this.#lines = new HostLines(clock, () => deps.deliveriesPerSecond());
    this.#instructions = new Instructions({
      ...{ store: this.#store, endpoints: this.#endpoints, lines: this.#lines, feeds: this.#feeds },
    });
    this.#recoveries = new Recoveries({ store: this.#store, index, deliveries, generations, clock, log });
    this.#resends = new Resends({
      ...{ endpoints: this.#endpoints, recoveries: this.#recoveries, clock },
      webhookSender: (origin) => deps.webhookSender(origin),
      detach: (work) => ctx.waitUntil(work),
    });
  }

  /**
   * Stores a generation's summary, and answers which endpoints subscribe to these events, and how these deliveries and
   * those to the endpoints are sent.
   *
   * @param bodies the events, for listeners. During a deploy, the previous release does not send them.
   * @param targets the deliveries that are due. The previous release does not send these either.
   */
  async report(
    reported: Summary,
    events: readonly EventType[],
    bodies: readonly FrozenEvent[] = [],
    targets: readonly DeliveryTarget[] = [],
  ): Promise<ReportAnswer> {
    const summary = completeSummary(reported);
    const change = this.#index.put(summary);
    if (summary.endpointDeliveries.length > 0 && this.#index.isNewest(summary)) this.#endpoints.logDeliveries(summary);
    for (const event of bodies) this.#feeds.publishBody(event);
    if (change !== "nothing") this.#feeds.publishSummary(summary, change);
    const alarmAt = await this.ctx.storage.getAlarm();
    if (alarmAt === null || alarmAt > summary.checkAt) this.#setAlarm();
    return this.#instructions.reportAnswer(events, targets);
  }

  list(query: ListQuery): ListPage {
    return this.#index.list(query);
  }

  overview(since: number): Overview {
    return this.#overview(since);
  }

  /**
   * Reserves a place, which counts as in flight at once, and its estimate in the budget. If no generation takes the
   * place, the watchdog gives it back.
   */
  reserve(place: Place, { places, budget }: Limits): ReserveResult {
    const now = this.#deps.clock.now();
    const taken = places?.pace == null ? null : takeToken(this.#creations, places.pace, now);
    if (taken !== null && taken.waitMs > 0) return { kind: "limited", waitMs: taken.waitMs };
    const { checkAt, takeBy } = placeTimes(now, budget);
    const result = this.#places.reserve(place, { most: places?.most ?? null, budget, checkAt });
    if (result.kind !== "reserved") return result;
    this.#creations = taken?.bucket ?? null;
    this.#setAlarm();
    return { ...result, takeBy };
  }

  release(place: Position): void {
    this.#places.release(place);
  }

  usage(query: UsageQuery): UsageRow[] {
    return this.#usage.rows(query);
  }

  /** What counts towards the budget now. */
  commitments(): Commitments {
    return this.#places.commitments(this.#deps.clock.now());
  }

  deliveryInstructions(targets: readonly DeliveryTarget[]): DeliveryInstruction[] {
    return targets.map((target) => this.#instructions.of(target));
  }

  /** During a deploy, the previous release rejects this call, and these reports are lost. */
  recordAttempts(attempts: readonly AttemptReport[]): void {
    for (const attempt of attempts) this.recordAttempt(attempt);
  }

  /** The previous release calls this during a deploy. */
  recordAttempt(attempt: AttemptReport): void {
    this.#lines.record(attempt.url, attempt);
    this.#endpoints.recordAttempt(attempt);
    const view = attemptedView({ ...attempt, id: attempt.deliveryId }, attempt, attempt.after);
    this.#feeds.publish("delivery.attempted", { generation: attempt.generationId, ...view });
  }

  /** Server-sent events: status changes and delivery results of the whole scope. */
  listen(after: string | null, keyId: string): ReadableStream<Uint8Array> {
    return this.#feeds.listen("summaries", after, keyId, (work) => this.ctx.waitUntil(work));
  }

  /**
   * The same, with the bodies of webhooks. During a deploy, the previous release rejects this call. With a parameter of
   * `listen`, it would answer with a stream without bodies.
   */
  listenForBodies(after: string | null, keyId: string): ReadableStream<Uint8Array> {
    return this.#feeds.listen("bodies", after, keyId, (work) => this.ctx.waitUntil(work));
  }

  /** Rotation state of the scope's own secret. */
  rotation(): Rotating<number> {
    return this.#store.rotation;
  }

  rotateSecret(): Rotating<number> {
    const { rotation } = this.#store;
    this.#store.rotation = rotated(rotation, rotation.current + 1, this.#deps.clock.now());
    return this.#store.rotation;
  }

  endpoints(): Json<EndpointList> {
    return toJson(this.#endpoints.list());
  }

  endpoint(id: string): Json<EndpointView> | null {
    return orNull(this.#endpoints.view(id));
  }

  createEndpoint(id: string, fields: EndpointFields, enabled: boolean): CreateEndpointResult {
    return this.#endpoints.create(id, fields, enabled);
  }

  changeEndpoint(id: string, change: EndpointChange): ChangeEndpointResult {
    return this.#endpoints.change(id, change);
  }

  deleteEndpoint(id: string): boolean {
    const wasThere = this.#endpoints.delete(id);
    if (this.#endpoints.mustErase) this.#setAlarm();
    return wasThere;
  }

  /** A page of the endpoint's log, newest first. */
  endpointDeliveries(id: string, query: LogQuery): Json<EndpointDeliveryPage> | null {
    return orNull(this.#endpoints.deliveries(id, query));
  }

  endpointSecret(id: string): EncodedSecret | null {
    return this.#endpoints.secret(id);
  }

  rotateEndpointSecret(id: string): EncodedSecret | null {
    return this.#endpoints.rotate(id);
  }

  /** Counts a redelivery. @returns 0 if it is allowed, otherwise milliseconds until the next one is. */
  takeResend(): number {
    return this.#resends.take();
  }

  /** @param origin this Worker's own origin, which it must never call. */
  testEndpoint(id: string, scope: Scope, origin: string): Promise<TestEndpointResult> {
    return this.#resends.test(id, scope, origin);
  }

  /** @param isDryRun during a deploy, the previous release does not send this. */
  recoverEndpoint(id: string, scope: Scope, since: number, isDryRun = false): RecoverEndpointResult {
    const result = this.#resends.recover(id, scope, since, isDryRun);
    if (result.kind === "started") this.#setAlarm();
    return result;
  }

  /** The watchdog: checks up to 20 generations that are due, advances one recovery, and deletes logs. */
  override async alarm(): Promise<void> {
    const now = this.#deps.clock.now();
    // Set the alarm first, so that a failure below cannot stop the watchdog.
    await this.ctx.storage.setAlarm(now + RETRY_MS);
    this.#endpoints.erase();
    await Promise.all([
      ...this.#index.overdue(now, CHECKS_AT_ONCE).map((generation) => this.#check(generation)),
      this.#recoveries.advance(),
    ]);
    this.#setAlarm();
  }

  async #check(overdue: Overdue): Promise<void> {
    const { generations, log, clock } = this.#deps;
    const ensured = await withTimeout(generations.ensure(overdue), CHECK_TIMEOUT_MS).catch((cause) => {
      log.error("check.failed", { id: overdue.id }, cause);
      return null;
    });
    settleCheck(this.#index, overdue, ensured, clock.now());
  }

  #setAlarm(): void {
    const first = this.#index.firstCheck();
    const times = this.#recoveries.dueTimes();
    if (first !== null) times.push(first);
    if (this.#endpoints.mustErase) times.push(0);
    if (times.length === 0) void this.ctx.storage.deleteAlarm();
    else void this.ctx.storage.setAlarm(Math.max(Math.min(...times), this.#deps.clock.now() + 1));
  }
}

function orNull<T extends object>(view: T | null): Json<T> | null {
  return view && toJson(view);
}
