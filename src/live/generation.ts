// Streams what happens to a generation to a listener, until the generation ends.

import type { TimelineItem } from "../contract/events.ts";
import { isAfter, isEnd } from "../core/generation/timeline.ts";
import type { Progress } from "../core/generation/view.ts";
import { EventStream, HEARTBEAT_MS } from "./event-stream.ts";
import type { Waiters } from "./waiters.ts";

/** Minimum time between progress events. A copy may finish many parts per second, and a short one needs no progress. */
const PROGRESS_EVERY_MS = 500;

interface Watched {
  /** The timeline so far; null if the generation has been deleted. */
  timeline(): Promise<readonly TimelineItem[] | null>;
  /** Increases with every change. */
  revision(): number;
  /** Progress of the current copy; null if there is none. */
  progress(): Progress | null;
  readonly waiters: Waiters;
}

/** @param after id of the last event that the listener received. */
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
  /** Ids of all items sent. The last id is not enough: items of one millisecond may be recorded out of order. */
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
        // Deliveries continue after the end. The stream stops here for every listener, early or late.
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
