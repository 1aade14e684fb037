// The lines of webhook hosts that have lately refused or timed out, of one scope. In memory only: if the object is evicted
// or restarted, deliveries come for the turns that they have, and the next failure opens the line again. Until the old
// turns have passed, the host may then get twice the rate.

import type { Clock } from "../clock.ts";
import type { AttemptResult } from "../core/webhooks/delivery.ts";
import {
  type DeliveryInstruction,
  type DeliveryTarget,
  destinationUrl,
  type EndpointDestination,
} from "../core/webhooks/destination.ts";
import { afterAnswer, type HostLine, isHostFailure, isOpen, lineAt, takeTurn } from "../core/webhooks/host-line.ts";
import { hostOf } from "../core/webhooks/url-identity.ts";

/** If more hosts fail, the one that had no failure for longest loses its line. */
const MOST_LINES = 1_000;

export class HostLines {
  /** By host and port. The host that failed last is last. */
  readonly #lines = new Map<string, HostLine>();
  readonly #clock: Clock;
  readonly #perSecond: () => number;

  constructor(clock: Clock, perSecond: () => number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
  }

  /** Null if the delivery's host has no line, or the delivery is withheld. */
  turnOf(
    target: DeliveryTarget,
    endpoint: EndpointDestination | null,
  ): NonNullable<DeliveryInstruction["line"]> | null {
    const host = hostOf(destinationUrl(target, endpoint) ?? "");
    const now = this.#clock.now();
    const line = host === null ? null : this.#at(host, now);
    if (host === null || line === null || !isOpen(line)) return null;
    const { turn: turnAt } = target;
    if (turnAt === undefined) return { turnAt: null };
    const taken = takeTurn(line, { turnAt, perSecond: this.#perSecond(), now });
    this.#lines.set(host, taken.line);
    return { turnAt: taken.turnAt };
  }

  /** Takes the result of an attempt into account. @param url the URL that it was sent to. */
  record(url: string, { status }: Pick<AttemptResult, "status">): void {
    const host = hostOf(url);
    if (host === null) return;
    const now = this.#clock.now();
    const isFailure = isHostFailure(status);
    const line = afterAnswer(this.#at(host, now), isFailure, now);
    if (line === null || isFailure) this.#lines.delete(host);
    if (line !== null) this.#lines.set(host, line);
    if (this.#lines.size > MOST_LINES) this.#lines.delete(this.#lines.keys().next().value ?? "");
  }

  #at(host: string, now: number): HostLine | null {
    const known = this.#lines.get(host);
    const line = known === undefined ? null : lineAt(known, now);
    if (line === null) this.#lines.delete(host);
    return line;
  }
}
