// Tells a listener what happens to a generation, until its end.

import { isAfter, isEnd, type TimelineItem } from "../core/generation/timeline.ts";
import type { Progress } from "../core/generation/view.ts";
import { EventStream, HEARTBEAT_MS } from "./event-stream.ts";
import type { Waiters } from "./waiters.ts";

/** A copy may finish many parts a second; people read more slowly, and a copy that ends at once needs no progress. */
const PROGRESS_EVERY_MS = 500;

interface Watched {
  /** What has happened so far; null when the generation is no more. */
  timeline(): Promise<readonly TimelineItem[] | null>;
  /** Raised with every change. */
  revision(): number;
  /** Of a copy that is under way. */
  progress(): Progress | null;
  readonly waiters: Waiters;
}

/** @param after the id of the last event that the listener knows. */
export function watch(
  watched: Watched,
  after: string,
  detach: (work: Promise<void>) => void,
): ReadableStream<Uint8Array> {
  const stream = new EventStream();
  detach(tell(watched, after, stream));
  return stream.readable;
}

async function tell(
  { timeline, revision, progress, waiters }: Watched,
  after: string,
  stream: EventStream,
): Promise<void> {
  /** The ids of all that was sent: events of the same millisecond may be recorded in another order. */
  let told: Set<string> | null = null;
  let toldProgress: Progress | null = null;
  try {
    for (;;) {
      const seen = revision();
      const items = (await timeline()) ?? [];
      told ??= new Set(items.filter(({ id }) => !isAfter(id, after)).map(({ id }) => id));
      for (const item of items) {
        if (!told.has(item.id)) {
          await stream.send({ id: item.id, event: item.type, data: item });
          told.add(item.id);
        }
        // Deliveries go on after it; whoever comes late is told no more than who was there.
        if (isEnd(item)) break;
      }
      if (items.length === 0 || items.some(isEnd)) break;
      while (revision() === seen) {
        await waiters.until(() => revision() !== seen || progress() !== toldProgress, HEARTBEAT_MS);
        if (revision() === seen && progress() === toldProgress) await stream.heartbeat();
        else await waiters.until(() => revision() !== seen, PROGRESS_EVERY_MS);
        if (revision() !== seen || progress() === toldProgress) continue;
        toldProgress = progress();
        if (toldProgress === null) continue;
        await stream.note("progress", { bytes: toldProgress.bytes, total_bytes: toldProgress.totalBytes });
      }
    }
  } catch {
    // The listener has gone.
  }
  await stream.close();
}
