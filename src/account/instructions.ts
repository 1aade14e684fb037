// Tells generations where their deliveries go and how they are sent.

import type { EventType } from "../contract/words.ts";
import type { ReportAnswer } from "../core/generation/action.ts";
import type { DeliveryInstruction, DeliveryTarget } from "../core/webhooks/destination.ts";
import type { Feeds } from "../live/feeds.ts";
import type { EndpointStore } from "./endpoint-store.ts";
import type { Endpoints } from "./endpoints.ts";
import type { HostLines } from "./host-lines.ts";

export interface InstructionsDeps {
  readonly store: EndpointStore;
  readonly endpoints: Endpoints;
  readonly lines: HostLines;
  readonly feeds: Feeds;
}

export class Instructions {
  readonly #deps: InstructionsDeps;

  constructor(deps: InstructionsDeps) {
    this.#deps = deps;
  }

  of(target: DeliveryTarget): DeliveryInstruction {
    const { endpoints, lines, feeds } = this.#deps;
    const instruction = endpoints.deliveryInstruction(target);
    return { ...instruction, isWatched: feeds.isWatched, line: lines.turnOf(target, instruction.endpoint) };
  }

  /**
   * The answer to a report of these events.
   *
   * @param targets the deliveries that are due.
   */
  reportAnswer(events: readonly EventType[], targets: readonly DeliveryTarget[]): ReportAnswer {
    const { store, endpoints } = this.#deps;
    const subscribers = events.map((event) => [event, endpoints.subscribers(event)] as const);
    const resolved = subscribers.flatMap(([event, recipients]) =>
      recipients.map(({ url, endpointId }): DeliveryTarget => ({ url, endpointId, event, requested: false })),
    );
    return {
      endpoints: Object.fromEntries(subscribers),
      rotation: store.rotation,
      instructions: [...targets, ...resolved].map((target) => ({ target, instruction: this.of(target) })),
    };
  }
}
