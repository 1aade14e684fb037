// The provider of a simulated line: it takes only so many jobs at once, and perhaps only so many in a time.

import type { QueuePlan } from "./queue-plan.ts";
import type { Timeline } from "./timeline.ts";

export interface PlacedJob {
  readonly id: string;
  readonly requestId: string;
  readonly acceptedAt: number;
  readonly endsAt: number;
}

export interface QueueProviderDeps {
  readonly time: Timeline;
  /** Called when places may have become free or taken. */
  onChange(): void;
}

export class QueueProvider {
  readonly #plan: QueuePlan;
  readonly #deps: QueueProviderDeps;
  readonly #jobs = new Map<string, PlacedJob>();
  /** When the last submissions were accepted, for the rate. */
  #acceptances: number[] = [];
  #made = 0;

  constructor(plan: QueuePlan, deps: QueueProviderDeps) {
    this.#plan = plan;
    this.#deps = deps;
    for (const { from } of [...plan.limits, ...plan.others]) deps.time.after(from, deps.onChange);
  }

  /** Whether it would accept a submission now. */
  get isFree(): boolean {
    const { now } = this.#deps.time;
    const { limits, others, rate } = this.#plan;
    const inEffect = (list: readonly { readonly from: number; readonly places: number }[]) =>
      list.filter(({ from }) => from <= now).reduce((last, each) => (each.from >= last.from ? each : last), NONE);
    if (rate !== null) {
      this.#acceptances = this.#acceptances.filter((at) => at > now - rate.perMs);
      if (this.#acceptances.length >= rate.most) return false;
    }
    return this.running + inEffect(others).places < inEffect(limits).places;
  }

  get running(): number {
    return this.#jobs.size;
  }

  isRunning(job: string): boolean {
    return this.#jobs.has(job);
  }

  /** @returns null if it is refused as one too many. */
  submit(requestId: string, jobMs: number): PlacedJob | null {
    if (!this.isFree) return null;
    const { time, onChange } = this.#deps;
    const job = { id: `job-${this.#made++}`, requestId, acceptedAt: time.now, endsAt: time.now + jobMs };
    this.#jobs.set(job.id, job);
    if (this.#plan.rate !== null) this.#acceptances.push(time.now);
    time.after(jobMs, () => {
      this.#jobs.delete(job.id);
      onChange();
    });
    return job;
  }
}

const NONE = { from: -1, places: 0 };
