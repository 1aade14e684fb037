// What a line needs from the outside world. The object (object.ts) implements it.

import type { Clock } from "../clock.ts";
import type { CapacitySettings } from "../core/queue/capacity.ts";
import type { Standing } from "../core/queue/standing.ts";
import type { LineStore } from "./store.ts";

export interface LineDeps {
  readonly store: LineStore;
  readonly clock: Clock;
  settings(): CapacitySettings;
  /** Tells a generation that it has its turn. @returns where it stands now; null if it did not answer. */
  grant(id: string): Promise<Standing | null>;
  /** Asks a generation where it stands. @returns null if it did not answer. */
  ask(id: string): Promise<Standing | null>;
  readonly alarm: { set(time: number): void; clear(): void };
  /** Keeps the object alive until the work ends, without awaiting it. */
  detach(work: Promise<void>): void;
}
