// Streams what happens to a generation to its listeners, until the generation ends.

import type { TimelineItem } from "../contract/events.ts";
import { isAfter, isEnd } from "../core/generation/timeline.ts";
import type { Progress } from "../core/generation/view.ts";
import type { QueuePlace } from "../core/queue/standing.ts";
import { queueEventData } from "../core/queue/view.ts";
import { EventStream, encodeEvent, HEARTBEAT, HEARTBEAT_MS, STALL_MS } from "./event-stream.ts";
import type { Waiters } from "./waiters.ts";

/** Minimum time between progress events. A copy may finish many parts per second, and a short one needs no progress. */
const PROGRESS_EVERY_MS = 500;

/** Minimum time between two events with the place in line, however often the generation changes there. */
const PLACE_EVERY_MS = 5_000;

/** Per generation. One more replaces the oldest listener, whose client reconnects on its own. */
export const MAX_WATCHERS = 20;

interface Watched {
  /** The timeline so far; null if the generation has been deleted. */
  timeline(): Promise<readonly TimelineItem[] | null>;
  /** Increases with every change. */
  revision(): number;
  /** Progress of the current copy; null if there is none. */
  progress(): Progress | null;
  /** The place in line; null if the generation does not wait there. */
  place(): Promise<QueuePlace | null>;
  now(): number;
  readonly waiters: Waiters;
}

/** All listeners of one generation. Each holds at most one event that it has yet to read. */
export class Watchers {
  readonly #watched: Watched;
  readonly #stallMs: number;
  /** Oldest first. */
  readonly #streams = new Set<EventStream>();
  /** The timeline at a revision, shared by all listeners. */
  #latest: { readonly revision: number; readonly timeline: ReturnType<Watched["timeline"]> } | null = null;
  /** The place in line at a revision, shared by all listeners: the line serves all accounts of the provider key. */
  #place: { readonly revision: number; readonly at: number; readonly place: ReturnType<Watched["place"]> } | null =
    null;
  /** Encoded items, shared by all listeners. */
  readonly #encoded = new WeakMap<TimelineItem, Uint8Array>();

  /** @param stallMs a listener that does not read for this long is dropped. */
  constructor(watched: Watched, stallMs = STALL_MS) {
    this.#watched = watched;
    this.#stallMs = stallMs;
  }

  /**
   * @param after id of the last event that the listener received; empty for none.
   * @param detach keeps the object in memory until the listener has gone.
   */
  watch(after: string, detach: (work: Promise<void>) => void): ReadableStream<Uint8Array> {
    const [oldest] = this.#streams;
    if (this.#streams.size >= MAX_WATCHERS && oldest !== undefined) {
      oldest.drop();
      this.#streams.delete(oldest);
      // Ends the wait of the replaced listener.
      this.#watched.waiters.notify();
    }
    const stream = new EventStream();
    this.#streams.add(stream);
    detach(this.#serve(stream, after));
    return stream.readable;
  }

  async #serve(stream: EventStream, after: string): Promise<void> {
    try {
      await this.#tell(stream, after);
    } catch {
      // The listener has gone, or does not read.
    }
    await stream.close();
    this.#streams.delete(stream);
  }

  async #tell(stream: EventStream, after: string): Promise<void> {
    const { revision, progress, waiters, now } = this.#watched;
    /** Ids of the items sent. The last id is not enough: items of one millisecond may be recorded out of order. */
    let told: Set<string> | null = null;
    let toldProgress: Progress | null = null;
    let placeAt = 0;
    while (stream.isOpen) {
      const seen = revision();
      const items = await this.#timelineAt(seen);
      told ??= new Set(items.filter(({ id }) => !isAfter(id, after)).map(({ id }) => id));
      for (const item of items) {
        if (!told.has(item.id)) await this.#write(stream, this.#encode(item));
        // Deliveries continue after the end. The stream stops here for every listener, early or late.
        if (isEnd(item)) return;
      }
      if (items.length === 0) return;
      told = new Set(items.map(({ id }) => id));
      const isOver = () => revision() !== seen || !stream.isOpen;
      while (!isOver()) {
        const place = now() < placeAt ? null : await this.#placeAt(seen);
        if (isOver()) break;
        if (place !== null) {
          await this.#write(stream, encodeEvent({ event: "generation.queue", data: queueEventData(place) }));
          placeAt = now() + PLACE_EVERY_MS;
        }
        const untilPlaceMs = placeAt - now();
        await waiters.until(
          () => isOver() || progress() !== toldProgress,
          untilPlaceMs > 0 ? untilPlaceMs : HEARTBEAT_MS,
        );
        if (untilPlaceMs > 0 && progress() === toldProgress) continue;
        if (!isOver() && progress() === toldProgress) await this.#write(stream, HEARTBEAT);
        else await waiters.until(isOver, PROGRESS_EVERY_MS);
        if (isOver() || progress() === toldProgress) continue;
        toldProgress = progress();
        if (toldProgress === null) continue;
        const data = { bytes: toldProgress.bytes, total_bytes: toldProgress.totalBytes };
        await this.#write(stream, encodeEvent({ event: "progress", data }));
      }
    }
  }

  /** @throws if the listener has gone, or does not read within `stallMs`. */
  async #write(stream: EventStream, bytes: Uint8Array): Promise<void> {
    const timer = setTimeout(() => stream.abort(), this.#stallMs);
    try {
      await stream.write(bytes);
    } finally {
      clearTimeout(timer);
    }
  }

  async #timelineAt(revision: number): Promise<readonly TimelineItem[]> {
    if (this.#latest?.revision !== revision) this.#latest = { revision, timeline: this.#watched.timeline() };
    const latest = this.#latest;
    try {
      return (await latest.timeline) ?? [];
    } catch (cause) {
      if (this.#latest === latest) this.#latest = null;
      throw cause;
    }
  }

  /** At most {@link PLACE_EVERY_MS} old. Null is not kept, because the line may not know of the generation yet. */
  async #placeAt(revision: number): Promise<QueuePlace | null> {
    const now = this.#watched.now();
    const ageMs = now - (this.#place?.at ?? 0);
    if (this.#place?.revision !== revision || ageMs < 0 || ageMs >= PLACE_EVERY_MS) {
      this.#place = { revision, at: now, place: this.#watched.place() };
    }
    const shared = this.#place;
    const place = await shared.place;
    if (place === null && this.#place === shared) this.#place = null;
    return place;
  }

  #encode(item: TimelineItem): Uint8Array {
    const encoded = this.#encoded.get(item) ?? encodeEvent({ id: item.id, event: item.type, data: item });
    this.#encoded.set(item, encoded);
    return encoded;
  }
}
