// The Durable Object of one generation. It takes calls and alarms, runs the loop (loop.ts) and returns views.

import { DurableObject } from "cloudflare:workers";
import type { Clock } from "../clock.ts";
import type { DeliveryDetail, DeliveryPage, DeliveryView } from "../contract/deliveries.ts";
import type { TimelineView } from "../contract/events.ts";
import { newDeliveryId } from "../contract/ids.ts";
import { type Json, toJson } from "../contract/json.ts";
import type { PageQuery } from "../core/cursor.ts";
import { actionKey } from "../core/generation/action.ts";
import { nextCheck } from "../core/generation/agenda.ts";
import type { Life } from "../core/generation/life.ts";
import { providerJobView } from "../core/generation/provider-view.ts";
import { standingOf } from "../core/generation/queue.ts";
import { type Facts, isTerminal, publicStatus } from "../core/generation/record.ts";
import type { KnownVersion } from "../core/generation/report.ts";
import { isAfter, isEnd } from "../core/generation/timeline.ts";
import type { Standing } from "../core/queue/standing.ts";
import { type Scope, sameScope } from "../core/scope.ts";
import { type Delivery, missedBy, type Recipient } from "../core/webhooks/delivery.ts";
import { deliveryPage } from "../core/webhooks/delivery-page.ts";
import { deliveryView } from "../core/webhooks/delivery-view.ts";
import { Watchers } from "../live/generation.ts";
import { Waiters } from "../live/waiters.ts";
import type { Log } from "../log.ts";
import { AdapterExecutor, type Adapters } from "./executor.ts";
import { Loop } from "./loop.ts";
import type {
  CancelResult,
  CreateResult,
  Ensured,
  FoundVideo,
  ReadGeneration,
  RemoveResult,
  ShownJob,
  WatchResult,
} from "./results.ts";
import { GenerationStore } from "./store.ts";
import { Views } from "./views.ts";

/** How long a caller waits for the provider's answer to the submission. */
const SUBMIT_WAIT_MS = 10_000;

/** Calls that may wait for a change at once, so that callers cannot fill the object's memory. */
const MAX_WAITING = 100;

/** Delay until the loop runs again after it has thrown. */
const AFTER_CRASH_MS = 30_000;

export interface GenerationDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** @param origin this Worker's own origin, which it must never call. */
  adapters(origin: string): Adapters;
  /** Whether this isolate knows that others wait in line for this provider. */
  hasLine(generation: Pick<Facts, "provider" | "scope">): boolean;
}

export class GenerationObject extends DurableObject<unknown> {
  readonly #deps: GenerationDeps;
  readonly #store: GenerationStore;
  readonly #executor: AdapterExecutor;
  readonly #loop: Loop;
  readonly #views: Views;
  readonly #waiters = new Waiters();
  readonly #watchers: Watchers;
  /** Number of changes so far; lets watchers notice one. */
  #revision = 0;

  constructor(ctx: DurableObjectState, env: unknown, deps: GenerationDeps) {
    super(ctx, env);
    const { clock, log } = deps;
    this.#deps = deps;
    this.#store = new GenerationStore(ctx.storage);
    this.#views = new Views({
      clock,
      store: this.#store,
      adapters: (origin) => deps.adapters(origin),
      progress: () => this.#executor.progress,
    });
    const detach = (work: Promise<void>) => ctx.waitUntil(work);
    this.#executor = new AdapterExecutor(
      () => deps.adapters(this.#store.load()?.generation.publicUrl ?? ""),
      detach,
      () => this.#waiters.notify(),
    );
    this.#loop = new Loop({
      store: this.#store,
      executor: this.#executor,
      alarm: { set: (time) => void ctx.storage.setAlarm(time) },
      clock,
      log,
      newDeliveryId,
      hasLine: (generation) => deps.hasLine(generation),
      detach,
      onChange: () => {
        this.#revision++;
        this.#waiters.notify();
      },
    });
    this.#watchers = new Watchers({
      timeline: async () => (await this.#views.timeline())?.data ?? null,
      revision: () => this.#revision,
      place: () => this.#views.place(),
      now: () => clock.now(),
      progress: () => (this.#store.load()?.generation.state.phase === "storing" ? this.#executor.progress : null),
      waiters: this.#waiters,
    });
  }

  /** Accepts the generation, unless it exists, and waits up to {@link SUBMIT_WAIT_MS} for the provider's answer. */
  async create(facts: Facts, stagedKey: string | null, takeBy: number | null = null): Promise<CreateResult> {
    const existing = this.#store.load()?.generation;
    const isLate = existing === undefined && takeBy !== null && this.#deps.clock.now() > takeBy;
    if (isLate) throw new Error("the request came too late: its reservation may have been given back");
    if (existing !== undefined && existing.deletedAt !== null) return { kind: "deleted" };
    if (
      existing !== undefined &&
      (!sameScope(existing.scope, facts.scope) || existing.fingerprint !== facts.fingerprint)
    ) {
      return { kind: "mismatch" };
    }
    this.#loop.handle({ kind: "created", facts, stagedKey });
    await this.#wait(() => this.#hasProvidersAnswer(), SUBMIT_WAIT_MS);
    const kind = existing === undefined || existing.createdBy === facts.createdBy ? "created" : "replayed";
    return { kind, generation: await this.#views.shown() };
  }

  /**
   * Answers a retry like `create`, but creates nothing: null if the id is free. A retry needs neither a place in flight
   * nor its input again.
   */
  async repeat(facts: Facts): Promise<CreateResult | null> {
    return this.wasMade() ? this.create(facts, null) : null;
  }

  /** True even if the generation was deleted: its id stays taken for 24 hours. */
  wasMade(): boolean {
    return this.#store.load() !== null;
  }

  #hasProvidersAnswer(): boolean {
    const generation = this.#store.load()?.generation;
    if (generation === undefined) return false;
    const { state, line } = generation;
    // A line that does not answer at once may not answer for long.
    const isUnanswered = (line?.failures ?? 0) > 0;
    if (state.phase === "in-line") return line?.acknowledged === "waiting" || isUnanswered;
    return state.phase !== "submitting" && !(state.phase === "ready" && state.tries === 0 && !isUnanswered);
  }

  /** @param waitMs how long to wait for a terminal status. */
  async read(scope: Scope, waitMs = 0): Promise<ReadGeneration | null> {
    const hasEnded = () => {
      const life = this.#ownedBy(scope);
      return life === null || isTerminal(life.generation);
    };
    const hasWaited = waitMs === 0 || (await this.#wait(hasEnded, waitMs));
    return this.#ownedBy(scope) === null ? null : { ...(await this.#views.shown()), hasWaited };
  }

  /** @returns false if it did not wait, because {@link MAX_WAITING} calls wait already. */
  async #wait(done: () => boolean, timeoutMs: number): Promise<boolean> {
    if (this.#waiters.size >= MAX_WAITING) return done();
    await this.#waiters.until(done, timeoutMs);
    return true;
  }

  async providerJob(scope: Scope): Promise<ShownJob | null> {
    const life = this.#ownedBy(scope);
    if (life === null) return null;
    return { json: toJson(providerJobView(await this.#views.view())), retirement: life.generation.retirement ?? null };
  }

  async cancel(scope: Scope): Promise<CancelResult> {
    const life = this.#ownedBy(scope);
    if (life === null) return { kind: "not_found" };
    const status = publicStatus(life.generation);
    if (isTerminal(life.generation) && status !== "canceled") return { kind: "already_finished", status };
    this.#loop.handle({ kind: "canceled" });
    return { kind: "canceled", json: toJson(await this.#views.view()) };
  }

  /** @param after id of the last event that the caller has; empty for none. */
  async watch(scope: Scope, after: string): Promise<WatchResult> {
    const timeline = await this.#timelineFor(scope);
    if (timeline === null) return { kind: "not_found" };
    if (timeline.data.some((item) => isEnd(item) && !isAfter(item.id, after))) return { kind: "ended" };
    return { kind: "stream", stream: this.#watchers.watch(after, (work) => this.ctx.waitUntil(work)) };
  }

  async timeline(scope: Scope): Promise<Json<TimelineView> | null> {
    const timeline = await this.#timelineFor(scope);
    return timeline && toJson(timeline);
  }

  async #timelineFor(scope: Scope): Promise<TimelineView | null> {
    return this.#ownedBy(scope) === null ? null : this.#views.timeline();
  }

  /** A page of the deliveries, oldest first. */
  deliveries(scope: Scope, page: PageQuery): Json<DeliveryPage> | null {
    const life = this.#ownedBy(scope);
    return life === null ? null : deliveryPage(life.deliveries, page, (delivery) => this.#attemptingSince(delivery));
  }

  #attemptingSince({ id }: Delivery): number | null {
    return this.#loop.running.get(actionKey({ kind: "deliver", deliveryId: id }))?.begunAt ?? null;
  }

  hasDelivery(scope: Scope, deliveryId: string): boolean {
    return this.#ownedBy(scope)?.deliveries.some(({ id }) => id === deliveryId) ?? false;
  }

  delivery(scope: Scope, deliveryId: string): Json<DeliveryDetail> | null {
    const found = this.#ownedBy(scope)?.deliveries.find(({ id }) => id === deliveryId);
    if (found === undefined) return null;
    const view = deliveryView(found, this.#attemptingSince(found));
    return toJson({ ...view, body: this.#store.eventBody(found.event) ?? "" });
  }

  redeliver(scope: Scope, deliveryId: string): Json<DeliveryView> | null {
    const life = this.hasDelivery(scope, deliveryId) ? this.#loop.handle({ kind: "redeliver", deliveryId }) : null;
    const again = life?.deliveries.find(({ id }) => id === deliveryId);
    return again === undefined ? null : toJson(deliveryView(again, this.#attemptingSince(again)));
  }

  /** Resends the failed and gone deliveries of this endpoint, or of another with the same URL. Returns their number. */
  redeliverMissed(scope: Scope, endpoint: Recipient): number {
    const missed = missedBy(endpoint, this.#ownedBy(scope)?.deliveries ?? []);
    if (missed.length > 0) this.#loop.handle({ kind: "endpoint_recovered", endpoint });
    return missed.length;
  }

  /** @param requestId id of the caller's HTTP request, which lets a retry succeed after the first call did. */
  remove(scope: Scope, requestId: string): RemoveResult {
    if (this.#store.load()?.generation.deletedBy === requestId) return { kind: "removed" };
    const life = this.#ownedBy(scope);
    if (life === null) return { kind: "not_found" };
    if (!isTerminal(life.generation)) return { kind: "in_progress" };
    this.#loop.handle({ kind: "removed", requestId });
    return { kind: "removed" };
  }

  /**
   * Called by the watchdog. Repairs what is missing, such as a lost alarm.
   *
   * @param known the version that the account knows. During a deploy, the previous release does not name it.
   */
  async ensure(known?: KnownVersion): Promise<Ensured> {
    const life = this.#loop.handle({ kind: "ensure", known });
    if (life === null) return { createdAt: null, checkAt: null };
    const { createdAt } = life.generation;
    return { createdAt, checkAt: nextCheck(life, await this.ctx.storage.getAlarm(), this.#deps.clock.now()) };
  }

  /** Called by the line of the provider key: it is this generation's turn. @returns where it stands now. */
  grant(): Standing {
    this.#loop.handle({ kind: "turn_granted" });
    return this.standing();
  }

  /** Called by the line of the provider key, which has not heard of it for a while. */
  standing(): Standing {
    const life = this.#store.load();
    return life === null ? "left" : (standingOf(life.generation, { running: this.#loop.running }) ?? "unknown");
  }

  findVideo(): FoundVideo | null {
    const generation = this.#store.load()?.generation;
    if (generation === undefined || generation.deletedAt !== null) return null;
    const { scope, createdAt, state } = generation;
    const video = state.phase === "completed" ? state.video : null;
    return { scope, createdAt, video, finishedAt: "finishedAt" in state ? state.finishedAt : null };
  }

  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    try {
      this.#loop.handle({ kind: "alarm", scheduledFor: info?.scheduledTime ?? this.#deps.clock.now() });
    } catch (cause) {
      // The platform retries a throwing alarm handler a few times and then drops the alarm, so this one never throws.
      this.#deps.log.error("alarm.crashed", { object: this.ctx.id.toString() }, cause);
      await this.ctx.storage.setAlarm(this.#deps.clock.now() + AFTER_CRASH_MS);
    }
  }

  /** Null for another scope's generation and for a deleted one, so that callers cannot tell that it exists. */
  #ownedBy(scope: Scope): Life | null {
    const life = this.#views.present();
    return life !== null && sameScope(life.generation.scope, scope) ? life : null;
  }
}
