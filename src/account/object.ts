// One Durable Object per scope: the index of its generations, since Durable Objects cannot be listed, its standing webhook
// endpoints, and the watchdog that wakes a generation whose alarm was lost. A running generation goes on without it.

import { DurableObject } from "cloudflare:workers";
import type { Clock } from "../clock.ts";
import type { ReportAnswer, Summary } from "../core/generation/action.ts";
import { CHECK_INTERVAL_MS } from "../core/generation/report.ts";
import type { Scope } from "../core/scope.ts";
import { iso } from "../core/times.ts";
import { attemptedView } from "../core/webhooks/delivery-view.ts";
import type { DeliveryInstruction, DeliveryTarget } from "../core/webhooks/destination.ts";
import type { Endpoint, EndpointChange, EndpointFields } from "../core/webhooks/endpoint.ts";
import { endpointView } from "../core/webhooks/endpoint-view.ts";
import type { EventType } from "../core/webhooks/events.ts";
import { type Rotating, rotated } from "../core/webhooks/rotation.ts";
import type { GenerationsForAccount } from "../generation/generations.ts";
import type { AttemptReport, WebhookSender } from "../generation/ports.ts";
import { Feed } from "../live/account.ts";
import type { Log } from "../log.ts";
import { withTimeout } from "../outbound/deadlines.ts";
import { EndpointStore } from "./endpoint-store.ts";
import { Endpoints } from "./endpoints.ts";
import { IndexStore } from "./index-store.ts";
import type { ListPage, ListPosition, ListQuery } from "./listing.ts";
import { afterStep, RECOVERY_STEP, type Recovery } from "./recovery.ts";

/** Generations looked at in one alarm; more take another. */
const CHECKS_AT_ONCE = 20;

/** After a generation did not answer; also how soon a broken watchdog is tried again. */
const RETRY_MS = 60_000;

/** One generation that does not answer must not hold back the others. */
const CHECK_TIMEOUT_MS = 20_000;

/** How long a caller waits for the answer of the endpoint that it tests. */
const TEST_WAIT_MS = 10_000;

export interface AccountDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly generations: GenerationsForAccount;
  /** @param origin of this Worker, which must not be called by itself. */
  webhookSender(origin: string): WebhookSender;
}

export class AccountObject extends DurableObject<unknown> {
  readonly #deps: AccountDeps;
  readonly #index: IndexStore;
  readonly #store: EndpointStore;
  readonly #endpoints: Endpoints;
  readonly #feed: Feed;

  constructor(ctx: DurableObjectState, env: unknown, deps: AccountDeps) {
    super(ctx, env);
    const { clock } = deps;
    this.#deps = deps;
    this.#feed = new Feed(() => clock.now());
    this.#index = new IndexStore(ctx.storage.sql);
    this.#store = new EndpointStore(ctx.storage.kv);
    this.#endpoints = new Endpoints(this.#store, clock);
  }

  /** Takes a generation's summary over, and says who is to be told of these events. */
  async report(summary: Summary, events: readonly EventType[]): Promise<ReportAnswer> {
    if (this.#index.put(summary)) this.#tell(summary);
    const alarmAt = await this.ctx.storage.getAlarm();
    if (alarmAt === null || alarmAt > summary.checkAt) this.#setAlarm();
    return this.#endpoints.resolve(events);
  }

  list(query: ListQuery): ListPage {
    return this.#index.list(query);
  }

  /** Counts as in flight from now on; should nothing come of it, the watchdog finds out. */
  reserve(place: ListPosition & { readonly model: string }, most: number): boolean {
    const checkAt = this.#deps.clock.now() + CHECK_INTERVAL_MS;
    if (!this.#index.reserve(place, { most, checkAt })) return false;
    this.#setAlarm();
    return true;
  }

  release(place: ListPosition): void {
    this.#index.release(place);
  }

  deliveryInstructions(deliveries: readonly DeliveryTarget[]): DeliveryInstruction[] {
    const { isWatched } = this.#feed;
    return deliveries.map((delivery) => ({ ...this.#endpoints.deliveryInstruction(delivery), isWatched }));
  }

  recordAttempt(attempt: AttemptReport): void {
    const { url, endpointId, at, status, error, durationMs } = attempt;
    if (endpointId !== null) this.#endpoints.recordAttempt(url, { at, status, error, durationMs });
    if (!this.#feed.isWatched) return;
    const data = {
      generation: attempt.generationId,
      ...attemptedView({ ...attempt, id: attempt.deliveryId }, attempt),
    };
    this.#feed.publish("delivery.attempted", { timestamp: iso(this.#deps.clock.now()), data });
  }

  /** A stream of server-sent events: status changes and delivery results of the whole scope. */
  listen(after: string | null): ReadableStream<Uint8Array> {
    return this.#feed.listen(after, (work) => this.ctx.waitUntil(work));
  }

  #tell({ id, status, model, createdAt }: Summary): void {
    const data = { id, object: "generation", status, model, created_at: iso(createdAt) };
    this.#feed.publish(`generation.${status}`, { timestamp: iso(this.#deps.clock.now()), data });
  }

  /** Of the scope's own secret. */
  rotation(): Rotating<number> {
    return this.#store.rotation;
  }

  rotateSecret(): Rotating<number> {
    const { rotation } = this.#store;
    this.#store.rotation = rotated(rotation, rotation.current + 1, this.#deps.clock.now());
    return this.#store.rotation;
  }

  endpoints(): string {
    return JSON.stringify({ object: "list", data: this.#store.list().map(endpointView) });
  }

  endpoint(id: string): string | null {
    return viewOf(this.#store.get(id));
  }

  /** Null when there are too many already. */
  createEndpoint(id: string, fields: EndpointFields, enabled: boolean): string | null {
    const endpoint = this.#endpoints.create(id, fields);
    return viewOf(endpoint && this.#endpoints.change(id, { enabled }));
  }

  changeEndpoint(id: string, change: EndpointChange): string | null {
    return viewOf(this.#endpoints.change(id, change));
  }

  deleteEndpoint(id: string): boolean {
    return this.#store.delete(id);
  }

  /** Base64. */
  endpointSecret(id: string): string | null {
    return this.#store.get(id)?.secrets.current ?? null;
  }

  rotateEndpointSecret(id: string): string | null {
    return this.#endpoints.rotate(id)?.secrets.current ?? null;
  }

  /** @param origin of this Worker, which must not be called by itself. */
  async testEndpoint(id: string, scope: Scope, origin: string): Promise<string | null> {
    const test = this.#endpoints.test(id, scope, this.#deps.webhookSender(origin));
    if (test === null) return null;
    this.ctx.waitUntil(test.ended);
    return withTimeout(test.ended, TEST_WAIT_MS).catch(() => test.pending);
  }

  /** Sends again every delivery to this endpoint that has failed, of generations accepted since then. */
  recoverEndpoint(id: string, scope: Scope, since: number): boolean {
    if (this.#store.get(id) === null) return false;
    const now = this.#deps.clock.now();
    const underWay = this.#store.recoveries().find(({ endpointId }) => endpointId === id);
    // Another that has not come so far yet goes on from there.
    const createdAt = Math.min(since, underWay?.after.createdAt ?? since);
    this.#store.putRecovery({
      endpointId: id,
      scope,
      after: { createdAt, id: "" },
      until: now,
      failures: 0,
      nextAt: now,
    });
    this.#setAlarm();
    return true;
  }

  /** The watchdog: looks after each generation whose time has come. */
  override async alarm(): Promise<void> {
    const now = this.#deps.clock.now();
    // First of all, so that nothing that goes wrong below can be the end of it.
    await this.ctx.storage.setAlarm(now + RETRY_MS);
    const recoveries = this.#store.recoveries().filter(({ nextAt }) => nextAt <= now);
    await Promise.all([
      ...this.#index.overdue(now, CHECKS_AT_ONCE).map((generation) => this.#check(generation)),
      ...recoveries.map((recovery) => this.#recover(recovery)),
    ]);
    this.#setAlarm();
  }

  async #check(generation: { readonly id: string; readonly createdAt: number }): Promise<void> {
    try {
      const { createdAt, checkAt } = await withTimeout(this.#deps.generations.ensure(generation.id), CHECK_TIMEOUT_MS);
      // Nothing there, or another that was made under the same id since: this one is over and forgotten.
      if (createdAt === generation.createdAt) this.#index.setCheck(generation, checkAt);
      else this.#index.delete(generation);
    } catch (cause) {
      this.#deps.log.error("check.failed", { id: generation.id }, cause);
      this.#index.setCheck(generation, this.#deps.clock.now() + RETRY_MS);
    }
  }

  async #recover(recovery: Recovery): Promise<void> {
    const { endpointId, scope } = recovery;
    const generations = this.#index.after(recovery.after, recovery.until, RECOVERY_STEP);
    const url = this.#store.get(endpointId)?.url ?? "";
    const asked = generations.map(({ id }) =>
      withTimeout(this.#deps.generations.redeliverMissed(id, scope, { endpointId, url }), CHECK_TIMEOUT_MS),
    );
    const failure = (await Promise.allSettled(asked)).find(({ status }) => status === "rejected");
    if (failure?.status === "rejected")
      this.#deps.log.error("recovery.failed", { endpoint: endpointId }, failure.reason);
    // Deleted meanwhile, or begun anew?
    const current = this.#store.recoveries().find((other) => other.endpointId === endpointId);
    if (current === undefined || current.until !== recovery.until) return;
    const last = generations.at(-1) ?? null;
    const next = afterStep(recovery, { last, failed: failure !== undefined, now: this.#deps.clock.now() });
    if (next === null) this.#store.deleteRecovery(recovery);
    else this.#store.putRecovery(next);
  }

  #setAlarm(): void {
    const first = this.#index.firstCheck();
    const times = this.#store.recoveries().map(({ nextAt }) => nextAt);
    if (first !== null) times.push(first);
    if (times.length === 0) void this.ctx.storage.deleteAlarm();
    else void this.ctx.storage.setAlarm(Math.max(Math.min(...times), this.#deps.clock.now() + 1));
  }
}

function viewOf(endpoint: Endpoint | null): string | null {
  return endpoint && JSON.stringify(endpointView(endpoint));
}
