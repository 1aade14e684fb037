// The two event streams of a scope: one with summaries, and one with the bodies that webhooks get. Both also have the
// events that no webhook can subscribe to.

import { EVENT_TYPES } from "../contract/words.ts";
import type { Summary } from "../core/generation/action.ts";
import { summaryView } from "../core/generation/summary-view.ts";
import { iso } from "../core/times.ts";
import type { FrozenEvent } from "../core/webhooks/events.ts";
import { Feed } from "./account.ts";

/**
 * Bodies that are kept: 400 of 10 kB, which 200 generations that start and end within a few seconds have. A listener that
 * reads as fast as it can still falls that far behind, because the same thread runs the generations. All listeners share
 * these bytes, so a watched scope holds no more than this of the 128 MB that it shares with other objects, and usually less:
 * 500 bodies of 2 kB take 1 MB.
 */
const BODIES_KEPT_BYTES = 4 * 1024 * 1024;

/** The streams `GET /v1/events` and `GET /v1/events?bodies=true`. Each has its own listeners, limits and ids. */
export class Feeds {
  readonly #summaries: Feed;
  readonly #bodies: Feed;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
    this.#summaries = new Feed(now);
    this.#bodies = new Feed(now, { idPrefix: "bodies.", keptBytes: BODIES_KEPT_BYTES });
  }

  /** Whether anyone listens to either stream, or did until shortly before. */
  get isWatched(): boolean {
    return this.#summaries.isWatched || this.#bodies.isWatched;
  }

  /** @param change what is new: the status, or only the counts of deliveries. */
  publishSummary(summary: Summary, change: "status" | "deliveries"): void {
    const event = change === "status" ? summary.status : "deliveries";
    this.publish(`generation.${event}`, summaryView(summary));
  }

  /** The stream with bodies leaves out events that a webhook can subscribe to: {@link publishBody} publishes these. */
  publish(event: string, data: object): void {
    const told = { timestamp: iso(this.#now()), data };
    this.#summaries.publish(event, told);
    if (!EVENT_TYPES.some((type) => type === event)) this.#bodies.publish(event, told);
  }

  publishBody({ type, body }: FrozenEvent): void {
    this.#bodies.publish(type, body);
  }

  /** Arguments as for {@link Feed.listen}. */
  listen(stream: "summaries" | "bodies", ...how: Parameters<Feed["listen"]>): ReadableStream<Uint8Array> {
    const feed = stream === "bodies" ? this.#bodies : this.#summaries;
    return feed.listen(...how);
  }
}
