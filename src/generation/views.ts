// What callers see of the stored generation: its view, its timeline and its place in line.

import type { Clock } from "../clock.ts";
import type { TimelineView } from "../contract/events.ts";
import type { GenerationView } from "../contract/generation.ts";
import { toJson } from "../contract/json.ts";
import type { SignedLink } from "../core/generation/action.ts";
import type { Life } from "../core/generation/life.ts";
import { pollsOf, timelineOf } from "../core/generation/timeline.ts";
import { eventData, generationView, type Progress } from "../core/generation/view.ts";
import type { QueuePlace } from "../core/queue/standing.ts";
import { type Adapters, linkOf } from "./executor.ts";
import type { ShownGeneration } from "./results.ts";
import type { LifeStore } from "./store.ts";

export interface ViewsDeps {
  readonly clock: Clock;
  readonly store: Pick<LifeStore, "load">;
  /** @param origin this Worker's own origin. */
  adapters(origin: string): Pick<Adapters, "links" | "publicUrl" | "queue">;
  /** Progress of the current copy, or of the last one; null before the first. */
  progress(): Progress | null;
}

export class Views {
  readonly #deps: ViewsDeps;

  constructor(deps: ViewsDeps) {
    this.#deps = deps;
  }

  async shown(): Promise<ShownGeneration> {
    const view = await this.view();
    const refusal = view.status === "failed" && view.submitted_at === null ? view.error : null;
    const { retirement = null } = this.#mustLoad().generation;
    return { json: toJson(view), status: view.status, refusal, retirement };
  }

  async view(): Promise<GenerationView> {
    const [link, place] = await Promise.all([this.#link(), this.place()]);
    const { generation, deliveries } = this.#mustLoad();
    const context = { now: this.#deps.clock.now(), link, progress: this.#deps.progress() };
    return generationView(generation, deliveries, { ...context, place: isWaiting(generation) ? place : null });
  }

  /** Null if the generation has been deleted. */
  async timeline(): Promise<TimelineView | null> {
    if (this.present() === null) return null;
    const link = await this.#link();
    const life = this.present();
    if (life === null) return null;
    const data = eventData(life.generation, { now: this.#deps.clock.now(), link });
    return { object: "list", data: timelineOf(life, data), polls: pollsOf(life.generation, data) };
  }

  /** The place in line; null if the generation does not wait there, or the line does not answer. */
  async place(): Promise<QueuePlace | null> {
    const generation = this.present()?.generation;
    if (generation === undefined || !isWaiting(generation)) return null;
    const { provider, scope, id, publicUrl } = generation;
    return this.#deps.adapters(publicUrl).queue(provider, scope).place(id);
  }

  /** Null if the generation has been deleted. */
  present(): Life | null {
    const life = this.#deps.store.load();
    return life?.generation.deletedAt === null ? life : null;
  }

  async #link(): Promise<SignedLink | null> {
    const { generation } = this.#mustLoad();
    if (generation.state.phase !== "completed") return null;
    return linkOf(generation, this.#deps.adapters(generation.publicUrl));
  }

  #mustLoad(): Life {
    const life = this.#deps.store.load();
    if (life === null) throw new Error("this object holds no generation");
    return life;
  }
}

function isWaiting({ state }: Life["generation"]): boolean {
  return state.phase === "in-line";
}
