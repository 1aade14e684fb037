// The Durable Object of the line of a provider key. It runs the line (line.ts). Generations do not depend on it: if it
// does not answer, they try again by themselves, with growing waits.

import { DurableObject } from "cloudflare:workers";
import type { Clock } from "../clock.ts";
import type { CapacitySettings } from "../core/queue/capacity.ts";
import type { QueuePlace, Standing, StandingAnswer, StandingReport } from "../core/queue/standing.ts";
import type { GenerationsForQueue } from "../generation/generations.ts";
import type { Log } from "../log.ts";
import { withTimeout } from "../outbound/deadlines.ts";
import { Line } from "./line.ts";
import { LineStore } from "./store.ts";

/** Bounds a call to a generation. */
const CALL_TIMEOUT_MS = 10_000;

/** Delay before an alarm that has thrown runs again. */
const AFTER_CRASH_MS = 30_000;

export interface QueueDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly generations: GenerationsForQueue;
  /** Called each time, because settings may have changed. */
  settings(): CapacitySettings;
}

export class QueueObject extends DurableObject<unknown> {
  readonly #deps: QueueDeps;
  readonly #line: Line;

  constructor(ctx: DurableObjectState, env: unknown, deps: QueueDeps) {
    super(ctx, env);
    this.#deps = deps;
    this.#line = new Line({
      store: new LineStore(ctx.storage),
      clock: deps.clock,
      settings: () => deps.settings(),
      grant: (id) => this.#call(id, "grant"),
      ask: (id) => this.#call(id, "standing"),
      alarm: {
        set: (time) => void ctx.storage.setAlarm(time),
        clear: () => void ctx.storage.deleteAlarm(),
      },
      detach: (work) => ctx.waitUntil(work),
    });
  }

  tell(report: StandingReport): StandingAnswer {
    return this.#line.tell(report);
  }

  /** The places of these generations of an account, in the same order. */
  places(account: string, ids: readonly string[]): readonly (QueuePlace | null)[] {
    return this.#line.places(account, ids);
  }

  override async alarm(): Promise<void> {
    try {
      this.#line.wake();
    } catch (cause) {
      // The platform drops an alarm that throws several times.
      this.#deps.log.error("queue.crashed", { object: this.ctx.id.toString() }, cause);
      await this.ctx.storage.setAlarm(this.#deps.clock.now() + AFTER_CRASH_MS);
    }
  }

  async #call(id: string, method: "grant" | "standing"): Promise<Standing | null> {
    try {
      return await withTimeout(this.#deps.generations[method](id), CALL_TIMEOUT_MS);
    } catch (cause) {
      this.#deps.log.error(`${method}.failed`, { id }, cause);
      return null;
    }
  }
}
