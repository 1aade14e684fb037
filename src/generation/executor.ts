// Carries out what the loop decides, by the adapters. Everything that can go wrong comes back as an outcome.

import type { AttemptResult, Delivery } from "../core/delivery.ts";
import type { Generation, ProviderName } from "../core/generation.ts";
import type { SubmitResult } from "../core/outcome.ts";
import type { Progress } from "../core/view.ts";
import type { Accounts, LinkSigner, Provider, VideoStore, WebhookSender } from "../ports.ts";
import { videoKey } from "../videos/keys.ts";
import type { Executor, OwnAction, OwnOutcome } from "./pump.ts";

export interface Adapters {
  readonly provider: (name: ProviderName) => Provider;
  readonly videos: VideoStore;
  readonly webhooks: WebhookSender;
  readonly links: LinkSigner;
  readonly accounts: Accounts;
  /** Base of links, where it is configured. */
  readonly publicUrl: string | null;
}

interface Submitting {
  readonly generation: Generation;
  readonly adapters: Adapters;
  readonly signal: AbortSignal;
}

export class AdapterExecutor implements Executor {
  /** Of the copy that is under way, for those who watch it. */
  progress: Progress | null = null;
  readonly #adapters: () => Adapters;

  /** @param adapters asked for at each action: not before there is one, and not kept. */
  constructor(adapters: () => Adapters) {
    this.#adapters = adapters;
  }

  async act(action: OwnAction, generation: Generation, signal: AbortSignal): Promise<OwnOutcome> {
    const adapters = this.#adapters();
    const provider = adapters.provider(generation.provider);
    const { model } = generation;
    switch (action.kind) {
      case "submit":
        return {
          kind: "submit",
          requestId: action.requestId,
          result: await this.#submit(action.requestId, { generation, adapters, signal }),
        };
      case "reconcile":
        return { kind: "reconcile", result: await provider.reconcile({ ...action, model }) };
      case "poll":
        return { kind: "poll", slot: action.slot, result: await provider.poll({ id: action.jobId, model }) };
      case "store":
        return { kind: "store", result: await this.#store(action.sourceUrl, generation, adapters, signal) };
      case "unstage": {
        const deleted = await adapters.videos.delete(action.key);
        return { kind: "unstage", result: { kind: deleted ? "done" : "unavailable" } };
      }
      case "report": {
        const heard = await adapters.accounts.report(generation.scope, action.summary);
        return { kind: "report", status: action.summary.status, result: { kind: heard ? "done" : "unavailable" } };
      }
      case "purge": {
        const deleted = await adapters.videos.delete(videoKey(generation));
        return { kind: "purge", result: { kind: deleted ? "done" : "unavailable" } };
      }
    }
  }

  async #submit(requestId: string, { generation, adapters, signal }: Submitting): Promise<SubmitResult> {
    const { provider, model, input, stagedInput } = generation;
    const staged = stagedInput === null ? null : await adapters.videos.openStaged(stagedInput.key);
    if (stagedInput !== null && staged === null) {
      const message = "The input that was put aside for the provider could not be read.";
      return { kind: "busy", retryAfterMs: null, message };
    }
    if (signal.aborted) {
      await staged?.body.cancel().catch(() => {});
      return { kind: "busy", retryAfterMs: null, message: "Given up before it was sent." };
    }
    return adapters.provider(provider).submit({ model, input, staged, requestId });
  }

  async #store(
    url: string,
    generation: Generation,
    { provider, videos, links, publicUrl }: Adapters,
    signal: AbortSignal,
  ) {
    const { id, scope, model, policy } = generation;
    this.progress = { bytes: 0, totalBytes: null };
    const result = await videos.copy({
      from: provider(generation.provider),
      url,
      key: videoKey(generation),
      maxBytes: policy.maxVideoBytes,
      metadata: { generation: id, model },
      signal,
      onProgress: (progress) => {
        this.progress = progress;
      },
    });
    if (result.kind !== "stored") return result;
    const base = publicUrl ?? generation.publicUrl;
    return { ...result, link: await links.sign({ id, scope, base, ttlMs: policy.linkTtlMs }) };
  }

  deliver(delivery: Delivery, body: string, { scope }: Generation): Promise<AttemptResult> {
    return this.#adapters().webhooks.send(delivery, body, scope);
  }

  async cleanUp(outcome: OwnOutcome): Promise<void> {
    if (outcome.kind === "store" && outcome.result.kind === "stored") {
      await this.#adapters().videos.delete(outcome.result.video.key);
    }
  }
}
