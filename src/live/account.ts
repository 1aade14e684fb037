// Tells listeners what happens in a scope. Kept in memory only: a listener that comes back in time goes on where it was,
// one that comes back later is sent to look for itself.

import { EventStream, HEARTBEAT_MS, type ServerSentEvent } from "./event-stream.ts";

/** For listeners that come back. */
const EVENTS_KEPT = 500;

/** Of one scope; one more takes the place of the oldest, which comes back by itself. */
const MAX_LISTENERS = 500;

/** A listener with more unsent events than this is dropped; it comes back by itself. */
const MAX_BEHIND = 2 * EVENTS_KEPT;

/** How long results go on being collected for listeners that may come back. */
const LINGER_MS = 120_000;

interface Listener {
  readonly stream: EventStream;
  behind: number;
}

export class Feed {
  /** Of this object's present life: ids of an earlier one mean nothing now. */
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

  /** Whether somebody listens, or did just now. */
  get isWatched(): boolean {
    return this.#listeners.size > 0 || this.#now() - this.#leftAt < LINGER_MS;
  }

  publish(event: string, data: object): void {
    const sent = { id: `${this.#epoch}-${++this.#count}`, event, data };
    this.#kept.push(sent);
    if (this.#kept.length > EVENTS_KEPT) this.#kept.shift();
    for (const listener of this.#listeners) void this.#write(listener, () => listener.stream.send(sent));
  }

  /** @param after the id of the last event that the listener knows, or null. */
  listen(after: string | null, detach: (work: Promise<void>) => void): ReadableStream<Uint8Array> {
    // Nothing was collected while nobody listened: what is kept is dropped, and an id left out, so that older ids get `reset`.
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
    // The first thing that is said, so that the listener has a place to come back to.
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

  /** How many events the listener knows; null when what came after them is not all here. */
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
