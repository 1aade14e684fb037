// One Durable Object per generation. Wiring only: requests and alarms in, the loop (loop.ts) behind, views out.

import { DurableObject } from "cloudflare:workers";
import type { Clock } from "../clock.ts";
import { newDeliveryId } from "../contract/ids.ts";
import type { SignedLink } from "../core/generation/action.ts";
import { nextCheck } from "../core/generation/agenda.ts";
import type { Life } from "../core/generation/life.ts";
import { type Facts, isTerminal, publicStatus } from "../core/generation/record.ts";
import { isAfter, isEnd, pollsOf, type Timeline, timelineOf } from "../core/generation/timeline.ts";
import { eventView, generationView } from "../core/generation/view.ts";
import { type Scope, sameScope } from "../core/scope.ts";
import { missedBy, type Recipient } from "../core/webhooks/delivery.ts";
import { type DeliveryDetailView, deliveryView } from "../core/webhooks/delivery-view.ts";
import { watch } from "../live/generation.ts";
import { Waiters } from "../live/waiters.ts";
import type { Log } from "../log.ts";
import { AdapterExecutor, type Adapters, linkOf } from "./executor.ts";
import { Loop } from "./loop.ts";
import type { CancelResult, CreateResult, Ensured, FoundVideo, RemoveResult } from "./results.ts";
import { GenerationStore } from "./store.ts";

/** How long a caller waits for the provider's answer to the submission. */
const SUBMIT_WAIT_MS = 10_000;

/** How soon the loop is tried again after it has thrown. */
const AFTER_CRASH_MS = 30_000;

export interface GenerationDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** @param origin of this Worker, which must not be called by itself. */
  adapters(origin: string): Adapters;
}

export class GenerationObject extends DurableObject<unknown> {
  readonly #deps: GenerationDeps;
  readonly #store: GenerationStore;
  readonly #executor: AdapterExecutor;
  readonly #loop: Loop;
  readonly #waiters = new Waiters();
  /** Counts changes, for those who watch. */
  #revision = 0;

  constructor(ctx: DurableObjectState, env: unknown, deps: GenerationDeps) {
    super(ctx, env);
    const { clock, log } = deps;
    this.#deps = deps;
    this.#store = new GenerationStore(ctx.storage);
    const detach = (work: Promise<void>) => ctx.waitUntil(work);
    this.#executor = new AdapterExecutor(
      () => deps.adapters(this.#store.load()?.generation.publicUrl ?? ""),
      detach,
      () => this.#waiters.notify(),
    );
    this.#loop = new Loop({
      store: this.#store,
      executor: this.#executor,
      alarm: {
        set: (time) => void ctx.storage.setAlarm(time),
        clear: () => void ctx.storage.deleteAlarm(),
      },
      clock,
      log,
      newDeliveryId,
      detach,
      onChange: () => {
        this.#revision++;
        this.#waiters.notify();
      },
    });
  }

  /** Accepts the generation, unless it is here already, and waits a little for the provider's answer. */
  async create(facts: Facts, stagedKey: string | null): Promise<CreateResult> {
    const existing = this.#store.load()?.generation;
    if (existing !== undefined && existing.deletedAt !== null) return { kind: "deleted" };
    if (
      existing !== undefined &&
      (!sameScope(existing.scope, facts.scope) || existing.fingerprint !== facts.fingerprint)
    ) {
      return { kind: "mismatch" };
    }
    this.#loop.handle({ kind: "created", facts, stagedKey });
    await this.#waiters.until(() => this.#hasProvidersAnswer(), SUBMIT_WAIT_MS);
    const kind = existing === undefined || existing.createdBy === facts.createdBy ? "created" : "replayed";
    return { kind, view: await this.#view() };
  }

  /** Deleted or not: its id is taken. */
  wasMade(): boolean {
    return this.#store.load() !== null;
  }

  #hasProvidersAnswer(): boolean {
    const state = this.#store.load()?.generation.state;
    return state !== undefined && state.phase !== "submitting" && !(state.phase === "ready" && state.tries === 0);
  }

  /** The generation as JSON of a `GenerationView`; null when the scope has none here. */
  async read(scope: Scope, waitMs = 0): Promise<string | null> {
    const hasEnded = () => {
      const life = this.#ownedBy(scope);
      return life === null || isTerminal(life.generation);
    };
    if (waitMs > 0) await this.#waiters.until(hasEnded, waitMs);
    return this.#ownedBy(scope) === null ? null : this.#view();
  }

  async cancel(scope: Scope): Promise<CancelResult> {
    const life = this.#ownedBy(scope);
    if (life === null) return { kind: "not_found" };
    const status = publicStatus(life.generation);
    if (isTerminal(life.generation) && status !== "canceled") return { kind: "already_finished", status };
    this.#loop.handle({ kind: "canceled" });
    return { kind: "canceled", view: await this.#view() };
  }

  /** A stream of server-sent events, until the end, unless that is known; null when the scope has no generation here. */
  async watch(scope: Scope, after: string): Promise<ReadableStream<Uint8Array> | "ended" | null> {
    const timeline = await this.#timeline(scope);
    if (timeline === null) return null;
    if (timeline.data.some((item) => isEnd(item) && !isAfter(item.id, after))) return "ended";
    const watched = {
      timeline: async () => (await this.#timeline(scope))?.data ?? null,
      revision: () => this.#revision,
      progress: () => (this.#store.load()?.generation.state.phase === "storing" ? this.#executor.progress : null),
      waiters: this.#waiters,
    };
    return watch(watched, after, (work) => this.ctx.waitUntil(work));
  }

  /** What has happened so far, as JSON of a `Timeline`; null when the scope has no generation here. */
  async timeline(scope: Scope): Promise<string | null> {
    const timeline = await this.#timeline(scope);
    return timeline && JSON.stringify(timeline);
  }

  async #timeline(scope: Scope): Promise<Timeline | null> {
    if (this.#ownedBy(scope) === null) return null;
    const link = await this.#link();
    const life = this.#ownedBy(scope);
    if (life === null) return null;
    const view = eventView(life.generation, { now: this.#deps.clock.now(), link });
    return { object: "list", data: timelineOf(life, view), polls: pollsOf(life.generation, view) };
  }

  deliveries(scope: Scope): string | null {
    const life = this.#ownedBy(scope);
    if (life === null) return null;
    const data = [...life.deliveries].sort((a, b) => a.createdAt - b.createdAt).map(deliveryView);
    return JSON.stringify({ object: "list", data });
  }

  delivery(scope: Scope, deliveryId: string): string | null {
    const found = this.#ownedBy(scope)?.deliveries.find(({ id }) => id === deliveryId);
    if (found === undefined) return null;
    const body = this.#store.eventBody(found.event) ?? "";
    return JSON.stringify({ ...deliveryView(found), body } satisfies DeliveryDetailView);
  }

  redeliver(scope: Scope, deliveryId: string): string | null {
    const isKnown = this.#ownedBy(scope)?.deliveries.some(({ id }) => id === deliveryId) ?? false;
    const life = isKnown ? this.#loop.handle({ kind: "redeliver", deliveryId }) : null;
    const again = life?.deliveries.find(({ id }) => id === deliveryId);
    return again === undefined ? null : JSON.stringify(deliveryView(again));
  }

  /** Sends again what this endpoint, or one that it takes the place of, has missed; how many deliveries that are. */
  redeliverMissed(scope: Scope, endpoint: Recipient): number {
    const missed = missedBy(endpoint, this.#ownedBy(scope)?.deliveries ?? []);
    if (missed.length > 0) this.#loop.handle({ kind: "endpoint_recovered", endpoint });
    return missed.length;
  }

  /** @param requestId of the caller's request: a call that broke may be repeated, and must not find its own work missing. */
  remove(scope: Scope, requestId: string): RemoveResult {
    if (this.#store.load()?.generation.deletedBy === requestId) return { kind: "removed" };
    const life = this.#ownedBy(scope);
    if (life === null) return { kind: "not_found" };
    if (!isTerminal(life.generation)) return { kind: "in_progress" };
    this.#loop.handle({ kind: "removed", requestId });
    return { kind: "removed" };
  }

  /** For the watchdog: sets right what is missing. */
  async ensure(): Promise<Ensured> {
    const life = this.#loop.handle({ kind: "ensure" });
    if (life === null) return { createdAt: null, checkAt: null };
    const { createdAt } = life.generation;
    return { createdAt, checkAt: nextCheck(life, await this.ctx.storage.getAlarm(), this.#deps.clock.now()) };
  }

  findVideo(): FoundVideo | null {
    const generation = this.#store.load()?.generation;
    if (generation === undefined || generation.deletedAt !== null) return null;
    const { scope, state } = generation;
    const video = state.phase === "completed" ? state.video : null;
    return { scope, video, finishedAt: "finishedAt" in state ? state.finishedAt : null };
  }

  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    try {
      this.#loop.handle({ kind: "alarm", scheduledFor: info?.scheduledTime ?? this.#deps.clock.now() });
    } catch (cause) {
      // A handler that throws is retried a few times and then forgotten, with the alarm; this one never is.
      this.#deps.log.error("alarm.crashed", { object: this.ctx.id.toString() }, cause);
      await this.ctx.storage.setAlarm(this.#deps.clock.now() + AFTER_CRASH_MS);
    }
  }

  async #view(): Promise<string> {
    const link = await this.#link();
    const { generation, deliveries } = this.#mustLoad();
    const progress = this.#executor.progress;
    return JSON.stringify(generationView(generation, deliveries, { now: this.#deps.clock.now(), link, progress }));
  }

  async #link(): Promise<SignedLink | null> {
    const { generation } = this.#mustLoad();
    if (generation.state.phase !== "completed") return null;
    return linkOf(generation, this.#deps.adapters(generation.publicUrl));
  }

  /** Null as well when it belongs to another scope, or has been deleted: nobody may learn more. */
  #ownedBy(scope: Scope): Life | null {
    const life = this.#store.load();
    return life === null || life.generation.deletedAt !== null || !sameScope(life.generation.scope, scope)
      ? null
      : life;
  }

  #mustLoad(): Life {
    const life = this.#store.load();
    if (life === null) throw new Error("this object holds no generation");
    return life;
  }
}
