// Streams a scope's events to listeners. Each event is encoded once and kept in memory for all of them: a listener has
// no queue of its own, only a place among the kept events. A listener that falls behind the kept events is dropped. One
// that reconnects in time resumes where it left off. A later one gets `reset` and must fetch the current state.

import { EventStream, encodeEvent, HEARTBEAT, HEARTBEAT_MS, STALL_MS } from "./event-stream.ts";

/** Events kept for listeners that are slow or reconnect: at most this many, and at most `keptBytes` in all. */
const EVENTS_KEPT = 500;
const KEPT_BYTES = 1024 * 1024;

/** Per scope, and per API key. One more replaces the oldest listener, whose client reconnects on its own. */
export const MAX_LISTENERS = 500;
export const MAX_LISTENERS_PER_KEY = 20;

/** How long events are still collected after the last listener leaves, because it may reconnect. */
const LINGER_MS = 120_000;

interface Listener {
  readonly keyId: string;
  readonly stream: EventStream;
  /** Number of the last event that was written to the stream. */
  place: number;
  /** Written before the next event: the greeting, or a heartbeat. */
  note: Uint8Array | null;
  /** How long the pending write has waited for the listener to read it; null if there is none. */
  waitedMs: number | null;
  /** Ends the work that keeps the object in memory for this listener. */
  release(): void;
}

export class Feed {
  /** Identifies this feed and instance of the object. Ids of another feed or instance cannot be resumed from. */
  readonly #epoch: string;
  readonly #now: () => number;
  readonly #stallMs: number;
  readonly #mostBytes: number;
  /** When the last listener left. */
  #leftAt = Number.NEGATIVE_INFINITY;
  /** The newest events, oldest first, encoded. */
  readonly #kept: Uint8Array[] = [];
  #keptBytes = 0;
  /** Oldest first. */
  readonly #listeners = new Set<Listener>();
  /** Number of the newest event. */
  #count = 0;
  /** Runs while there are listeners. */
  #heartbeat: ReturnType<typeof setTimeout> | null = null;

  /**
   * @param stallMs a listener that does not read for this long is dropped, at the next heartbeat.
   * @param keptBytes most bytes of kept events.
   * @param idPrefix begins each event id, so that feeds made in the same millisecond have different ids. No hyphens.
   */
  constructor(now: () => number, { stallMs = STALL_MS, keptBytes = KEPT_BYTES, idPrefix = "" } = {}) {
    this.#now = now;
    this.#stallMs = stallMs;
    this.#mostBytes = keptBytes;
    this.#epoch = idPrefix + now().toString(36);
  }

  /** Whether anyone is listening, or was until shortly before (`LINGER_MS`). */
  get isWatched(): boolean {
    return this.#listeners.size > 0 || this.#now() - this.#leftAt < LINGER_MS;
  }

  /** Encodes nothing while nobody listens. @param data a string is sent as it is, and must not contain line breaks. */
  publish(event: string, data: object | string): void {
    if (!this.isWatched) return;
    const bytes = encodeEvent({ id: `${this.#epoch}-${++this.#count}`, event, data });
    this.#kept.push(bytes);
    this.#keptBytes += bytes.byteLength;
    while (this.#kept.length > 1 && (this.#kept.length > EVENTS_KEPT || this.#keptBytes > this.#mostBytes)) {
      this.#keptBytes -= this.#kept.shift()?.byteLength ?? 0;
    }
    for (const listener of this.#listeners) {
      if (this.#isKeptAfter(listener.place)) void this.#write(listener);
      else this.#drop(listener);
    }
  }

  /**
   * @param after id of the last event that the listener received; null for a new listener.
   * @param keyId identifies the listener's API key.
   * @param detach keeps the object in memory until the listener has gone.
   */
  listen(after: string | null, keyId: string, detach: (work: Promise<void>) => void): ReadableStream<Uint8Array> {
    // Events were missed while nobody listened. Drop the kept ones and skip an id, so that older ids get `reset`.
    if (!this.isWatched) {
      this.#kept.length = 0;
      this.#keptBytes = 0;
      this.#count++;
    }
    this.#makeRoom(keyId);
    const resumed = this.#placeOf(after);
    const place = resumed ?? this.#count;
    const event = after === null || resumed !== null ? "open" : "reset";
    // Sent first, so that the listener has an id to resume from.
    const note = encodeEvent({ id: `${this.#epoch}-${place}`, event, data: {} });
    const { promise, resolve: release } = Promise.withResolvers<void>();
    const stream = new EventStream();
    const listener: Listener = { keyId, stream, place, note, waitedMs: null, release };
    this.#listeners.add(listener);
    this.#heartbeat ??= setTimeout(() => this.#beat(), HEARTBEAT_MS);
    detach(promise);
    void this.#write(listener);
    return stream.readable;
  }

  #makeRoom(keyId: string): void {
    const ofKey = [...this.#listeners].filter((each) => each.keyId === keyId);
    const [oldest] = ofKey.length >= MAX_LISTENERS_PER_KEY ? ofKey : this.#listeners;
    const isFull = ofKey.length >= MAX_LISTENERS_PER_KEY || this.#listeners.size >= MAX_LISTENERS;
    if (isFull && oldest !== undefined) this.#drop(oldest);
  }

  /** Number of the last event that the listener received; null if a later one is no longer kept. */
  #placeOf(id: string | null): number | null {
    const [epoch, count] = id?.split("-") ?? [];
    const place = epoch === this.#epoch && /^\d{1,15}$/.test(count ?? "") ? Number(count) : Number.NaN;
    return place <= this.#count && this.#isKeptAfter(place) ? place : null;
  }

  /** Whether all events after this number are kept. */
  #isKeptAfter(place: number): boolean {
    return place >= this.#count - this.#kept.length;
  }

  #beat(): void {
    this.#heartbeat = setTimeout(() => this.#beat(), HEARTBEAT_MS);
    for (const listener of this.#listeners) {
      if (listener.waitedMs === null) {
        listener.note = HEARTBEAT;
        void this.#write(listener);
        continue;
      }
      // Counted here, because a timer for each write would cost more memory than the write.
      listener.waitedMs += HEARTBEAT_MS;
      if (listener.waitedMs >= this.#stallMs) this.#drop(listener);
    }
  }

  /** Writes what the listener has yet to receive, one event at a time. */
  async #write(listener: Listener): Promise<void> {
    if (listener.waitedMs !== null) return;
    try {
      for (let next = this.#nextFor(listener); next !== null; next = this.#nextFor(listener)) {
        listener.waitedMs = 0;
        await listener.stream.write(next);
      }
    } catch {
      this.#drop(listener);
    }
    listener.waitedMs = null;
  }

  #nextFor(listener: Listener): Uint8Array | null {
    const { note } = listener;
    listener.note = null;
    if (note !== null || listener.place === this.#count) return note;
    listener.place++;
    return this.#kept.at(listener.place - this.#count - 1) ?? null;
  }

  #drop(listener: Listener): void {
    if (!this.#listeners.delete(listener)) return;
    listener.stream.drop();
    listener.release();
    this.#leftAt = this.#now();
    if (this.#listeners.size > 0 || this.#heartbeat === null) return;
    clearTimeout(this.#heartbeat);
    this.#heartbeat = null;
  }
}
