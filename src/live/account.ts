// Streams a scope's events to listeners. Events are kept in memory only: a listener that reconnects in time resumes
// where it left off. A later one gets `reset` and must fetch the current state.

import { EventStream, HEARTBEAT_MS, type ServerSentEvent } from "./event-stream.ts";

/** Number of events kept for listeners that reconnect. */
const EVENTS_KEPT = 500;

/** Per scope. One more replaces the oldest listener, whose client reconnects on its own. */
const MAX_LISTENERS = 500;

/** A listener with more unsent events than this is dropped. Its client reconnects on its own. */
const MAX_BEHIND = 2 * EVENTS_KEPT;

/** How long events are still collected after the last listener leaves, because it may reconnect. */
const LINGER_MS = 120_000;

interface Listener {
  readonly stream: EventStream;
  behind: number;
}

export class Feed {
  /** Identifies this instance of the object. Event ids of an earlier instance cannot be resumed from. */
  readonly #epoch: string;
  readonly #now: () => number;
  /** When the last listener left. */
  #leftAt = Number.NEGATIVE_INFINITY;
  readonly #kept: ServerSentEvent[] = [];
  readonly #listeners = new Set<Listener>();
  #count = 0;

  constructor(now: () => number) {
    this.#now = now;
    this.#epoch = now().toString(36);
  }

  /** Whether anyone is listening, or was until shortly before (`LINGER_MS`). */
  get isWatched(): boolean {
    return this.#listeners.size > 0 || this.#now() - this.#leftAt < LINGER_MS;
  }

  publish(event: string, data: object): void {
    const sent = { id: `${this.#epoch}-${++this.#count}`, event, data };
    this.#kept.push(sent);
    if (this.#kept.length > EVENTS_KEPT) this.#kept.shift();
    for (const listener of this.#listeners) void this.#write(listener, () => listener.stream.send(sent));
  }

  /** @param after id of the last event that the listener received; null for a new listener. */
  listen(after: string | null, detach: (work: Promise<void>) => void): ReadableStream<Uint8Array> {
    // Events were missed while nobody listened. Drop the kept ones and skip an id, so that older ids get `reset`.
    if (!this.isWatched) {
      this.#kept.length = 0;
      this.#count++;
    }
    const listener: Listener = { stream: new EventStream(), behind: 0 };
    detach(this.#serve(listener, after));
    return listener.stream.readable;
  }

  async #serve(listener: Listener, after: string | null): Promise<void> {
    const place = this.#placeOf(after);
    const missed = place === null ? [] : this.#kept.slice(this.#kept.length - (this.#count - place));
    // Sent first, so that the listener has an id to resume from.
    const hello = {
      id: `${this.#epoch}-${this.#count - missed.length}`,
      event: after === null || place !== null ? "open" : "reset",
      data: {},
    };
    this.#listeners.add(listener);
    const [oldest] = this.#listeners;
    if (this.#listeners.size > MAX_LISTENERS && oldest !== undefined) {
      this.#listeners.delete(oldest);
      oldest.stream.abort();
    }
    for (const event of [hello, ...missed]) void this.#write(listener, () => listener.stream.send(event));
    while (this.#listeners.has(listener)) {
      await new Promise((resolve) => setTimeout(resolve, HEARTBEAT_MS));
      await this.#write(listener, () => listener.stream.heartbeat());
    }
  }

  /** Number of the last event that the listener received; null if a later one is no longer kept. */
  #placeOf(id: string | null): number | null {
    const [epoch, count] = id?.split("-") ?? [];
    const place = epoch === this.#epoch && /^\d{1,15}$/.test(count ?? "") ? Number(count) : Number.NaN;
    return place >= this.#count - this.#kept.length && place <= this.#count ? place : null;
  }

  async #write(listener: Listener, write: () => Promise<void>): Promise<void> {
    listener.behind++;
    try {
      if (listener.behind > MAX_BEHIND) throw new Error("too far behind");
      await write();
    } catch {
      if (this.#listeners.delete(listener)) listener.stream.abort();
      this.#leftAt = this.#now();
    }
    listener.behind--;
  }
}
