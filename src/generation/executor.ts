// Carries out the loop's actions through the adapters. Failures are returned as outcomes, not thrown.

import type { Clock } from "../clock.ts";
import type { ProviderName } from "../contract/words.ts";
import type {
  Action,
  Outcome,
  QueueResult,
  ReportResult,
  SignedLink,
  StoreResult,
  SubmitResult,
} from "../core/generation/action.ts";
import type { Life } from "../core/generation/life.ts";
import type { Generation } from "../core/generation/record.ts";
import type { Progress } from "../core/generation/view.ts";
import type { Scope } from "../core/scope.ts";
import type { AttemptResult, Delivery, Postponed } from "../core/webhooks/delivery.ts";
import { destinationOf } from "../core/webhooks/destination.ts";
import { isHostFailure } from "../core/webhooks/host-line.ts";
import { standingOf } from "../core/webhooks/logged-delivery.ts";
import { AttemptReports } from "./attempt-reports.ts";
import { DeliveryInstructions } from "./delivery-instructions.ts";
import type { ActContext, Executor } from "./loop.ts";
import type { Accounts, InputStore, LinkSigner, Provider, Queue, VideoStore, WebhookSender } from "./ports.ts";

export interface Adapters {
  readonly provider: (name: ProviderName) => Provider;
  readonly videos: VideoStore;
  readonly inputs: InputStore;
  readonly webhooks: WebhookSender;
  readonly links: LinkSigner;
  readonly accounts: Accounts;
  readonly queue: (provider: ProviderName, scope: Scope) => Queue;
  readonly clock: Clock;
  /** PUBLIC_URL, the base of links to videos; null if it is not set. */
  readonly publicUrl: string | null;
}

export class AdapterExecutor implements Executor {
  /** Progress of the current copy, or of the last one. Null before the first. */
  progress: Progress | null = null;
  /** Whether anyone was listening to the scope when the account was last asked. */
  #isWatched = false;
  /** Deliveries that run and whose host has a line. */
  readonly #inLine = new Set<string>();
  readonly #deliveryInstructions = new DeliveryInstructions();
  readonly #attemptReports: AttemptReports;
  readonly #adapters: () => Adapters;
  readonly #onProgress: () => void;

  /**
   * @param adapters called for each action, because it reads this Worker's origin from the record.
   * @param detach keeps the object alive until the work ends, without awaiting it.
   * @param onProgress called when a copy makes progress, to wake watchers.
   */
  constructor(adapters: () => Adapters, detach: (work: Promise<void>) => void, onProgress: () => void) {
    this.#adapters = adapters;
    this.#attemptReports = new AttemptReports(() => adapters().accounts, detach);
    this.#onProgress = onProgress;
  }

  async act(action: Action, life: Life, context: ActContext): Promise<Outcome> {
    const { generation } = life;
    const { model, path, input } = generation;
    // Created for each action, because settings and secrets may have changed.
    const adapters = this.#adapters();
    const provider = () => adapters.provider(generation.provider);
    switch (action.kind) {
      case "submit":
        return {
          kind: "submit",
          requestId: action.requestId,
          result: await this.#submit(action.requestId, generation, adapters, context),
        };
      case "queue":
        return {
          kind: "queue",
          standing: action.report.standing,
          result: await this.#tell(action, generation, adapters),
        };
      case "reconcile":
        return { kind: "reconcile", result: await provider().reconcile({ ...action, model }) };
      case "poll": {
        const job = { id: action.jobId, path, input: generation.deletedAt === null ? input : null };
        const result = await provider().poll(job);
        const queue = adapters.queue(generation.provider, generation.scope);
        if (result.kind === "unavailable" && result.isRefused === true) queue.notePollRefusal();
        return { kind: "poll", slot: action.slot, result, mustYield: queue.mustPollsYield() };
      }
      case "store":
        return { kind: "store", result: await this.#store(action.sourceUrl, generation, adapters, context) };
      case "deliver": {
        const result = await this.#deliver(action.deliveryId, life, context);
        return { kind: "deliver", deliveryId: action.deliveryId, result };
      }
      case "delete-input": {
        const deleted = await adapters.inputs.delete(action.key);
        return { kind: "delete-input", result: { kind: deleted ? "done" : "unavailable" } };
      }
      case "report": {
        const { status, version } = action.summary;
        return { kind: "report", status, version, result: await this.#report(action, life, adapters) };
      }
      case "purge": {
        const deleted = await adapters.videos.purge(generation);
        return { kind: "purge", result: { kind: deleted ? "done" : "unavailable" } };
      }
    }
  }

  async #submit(
    requestId: string,
    { provider: name, scope, model, path, input, simulate, stagedInput }: Generation,
    { provider, inputs, queue }: Adapters,
    { signal }: ActContext,
  ): Promise<SubmitResult> {
    const staged = stagedInput === null ? null : await inputs.open(stagedInput.key);
    if (stagedInput !== null && staged === null) {
      return { kind: "unsent", message: "The staged input could not be read from R2." };
    }
    if (signal.aborted) {
      await staged?.body.cancel().catch(() => {});
      return { kind: "unsent", message: "Aborted before it was sent." };
    }
    const result = await provider(name).submit({ model, path, input, simulate: simulate ?? null, staged, requestId });
    if (result.kind === "busy") queue(name, scope).noteRefusal();
    return result;
  }

  async #tell(
    { report }: Action<"queue">,
    { id, scope, createdAt, provider }: Generation,
    { queue }: Adapters,
  ): Promise<QueueResult> {
    const answer = await queue(provider, scope).tell({ ...report, id, account: scope.account, createdAt });
    if (answer === null) return { kind: "unavailable" };
    return { kind: answer.isGranted ? "granted" : "acknowledged" };
  }

  async #store(
    url: string,
    generation: Generation,
    { videos, ...adapters }: Adapters,
    context: ActContext,
  ): Promise<StoreResult> {
    const { signal, onUpload } = context;
    const { id, scope, provider, model, input, policy, openUpload } = generation;
    this.progress = { bytes: 0, totalBytes: null };
    const result = await videos.copy({
      id,
      scope,
      provider,
      model,
      input,
      url,
      maxBytes: policy.maxVideoBytes,
      staleUpload: openUpload,
      signal,
      onUpload,
      onProgress: (progress) => {
        this.progress = progress;
        this.#onProgress();
        context.onProgress();
      },
    });
    if (result.kind !== "stored") return result;
    return { kind: "stored", video: result.video, link: await linkOf(generation, adapters) };
  }

  async #report(
    { summary, events }: Action<"report">,
    life: Life,
    { accounts, clock }: Adapters,
  ): Promise<ReportResult> {
    const { scope, unresolved } = life.generation;
    const answer = await this.#deliveryInstructions.withReport(life, clock, (targets) =>
      accounts.report(scope, summary, events, unresolved, targets),
    );
    if (answer === null) return { kind: "unavailable" };
    const { endpoints, rotation } = answer;
    return { kind: "done", endpoints, rotation };
  }

  async #deliver(
    deliveryId: string,
    life: Life,
    { signal, eventBody }: ActContext,
  ): Promise<AttemptResult | Postponed> {
    const delivery = life.deliveries.find(({ id }) => id === deliveryId);
    const body = delivery && eventBody(delivery.event);
    if (delivery === undefined || body == null) throw new Error(`delivery ${deliveryId} or its event body is missing`);
    const { accounts, webhooks, clock } = this.#adapters();
    const { id, tries } = delivery;
    const { scope, rotation } = life.generation;
    const instruction = await this.#deliveryInstructions.of(delivery, life, accounts, clock);
    this.#isWatched = instruction?.isWatched ?? false;
    const turnAt = instruction?.line?.turnAt ?? null;
    if (turnAt !== null) return { turnAt };
    if (instruction?.line != null) this.#inLine.add(id);
    const destination = destinationOf(delivery, { instruction, lastRotation: rotation, now: clock.now() });
    const result = await webhooks.send({ id, body, attempt: tries + 1, scope, destination, signal });
    if (isHostFailure(result.status)) this.#deliveryInstructions.forget(delivery.url);
    return result;
  }

  reportAttempt(delivery: Delivery, result: AttemptResult, generation: Generation): void {
    const { id: generationId, scope, createdAt: generationCreatedAt } = generation;
    const { id: deliveryId, endpointId, url, event, createdAt } = delivery;
    // The account opens a line when a host fails, and closes it when the host answers.
    const wasInLine = this.#inLine.delete(deliveryId);
    // It must know of the line before the next deliveries to the host ask for their turns.
    const isUrgent = wasInLine || isHostFailure(result.status);
    if (result.unsent !== undefined || !(endpointId !== null || this.#isWatched || isUrgent)) return;
    const { at, status, error, durationMs, response } = result;
    const { lastAttempt: _, ...standing } = standingOf(delivery);
    const after = { ...standing, createdAt, generationCreatedAt };
    const manual = delivery.attempts.at(-1)?.manual;
    const outcome = { at, status, error, durationMs, response, ...(manual && { manual }) };
    this.#attemptReports.add(scope, { generationId, deliveryId, event, url, endpointId, ...outcome, after }, isUrgent);
  }

  async deleteOrphan(key: string): Promise<void> {
    await this.#adapters().videos.delete(key);
  }
}

/** Signs a link to the generation's video that works without an API key. */
export function linkOf(
  { id, createdAt, policy, publicUrl: originalUrl }: Generation,
  { links, publicUrl }: Pick<Adapters, "links" | "publicUrl">,
): Promise<SignedLink> {
  return links.sign({ id, createdAt, base: publicUrl ?? originalUrl, ttlMs: policy.linkTtlMs });
}
