// The types of events, which the compiler checks, against the bodies that the Worker makes.

import { describe, expect, expectTypeOf, it } from "vitest";
import type { WebhookEvent, WebhookGeneration } from "../../../packages/reelhook/src/webhooks/index.ts";
import type { EventType } from "../../../src/contract/words.ts";
import type { Phase } from "../../../src/core/generation/record.ts";
import { eventData } from "../../../src/core/generation/view.ts";
import { buildEventBody } from "../../../src/core/webhooks/events.ts";
import { inPhase, T0 } from "../../support/lives.ts";

/** The phase in which each event is made (src/core/generation/draft.ts). */
const PHASES = {
  "generation.started": "generating",
  "generation.completed": "completed",
  "generation.failed": "failed",
  "generation.canceled": "canceled",
} as const satisfies Record<EventType, Phase>;

function eventOf(type: EventType): WebhookEvent {
  const seen = { now: T0 + 60_000, link: { url: "https://reelhook.example.com/v", expiresAt: null } };
  return JSON.parse(buildEventBody(type, T0, eventData(inPhase(PHASES[type]), seen)));
}

/** What the type says of an event. It compiles only if each case has its own. */
function facts(event: WebhookEvent): readonly [status: string, url: string | null, code: string | null] {
  switch (event.type) {
    case "generation.started":
      expectTypeOf(event.data.video).toEqualTypeOf<null>();
      return [event.data.status satisfies "generating", event.data.video, event.data.error];
    case "generation.completed":
      return [event.data.status satisfies "completed", event.data.video.url, event.data.error];
    case "generation.failed":
      return [event.data.status satisfies "failed", event.data.video, event.data.error.code];
    case "generation.canceled":
      return [event.data.status satisfies "canceled", event.data.video, event.data.error.code];
    case "webhook.test":
      return ["", event.data.url, null];
  }
}

describe("the types of events", () => {
  it("hold for the bodies that the Worker makes", () => {
    expect(facts(eventOf("generation.started"))).toEqual(["generating", null, null]);
    expect(facts(eventOf("generation.completed"))).toEqual(["completed", "https://reelhook.example.com/v", null]);
    expect(facts(eventOf("generation.failed"))).toEqual(["failed", null, "provider_error"]);
    expect(facts(eventOf("generation.canceled"))).toEqual(["canceled", null, "canceled"]);
  });

  it("are one for each event that a webhook can be sent", () => {
    expectTypeOf<WebhookEvent["type"]>().toEqualTypeOf<EventType | "webhook.test">();
  });

  it("require a look at whether metadata and input were left out", () => {
    const order = ({ metadata }: WebhookGeneration) => {
      // @ts-expect-error: it may have been left out.
      void metadata["order"];
      return "truncated" in metadata ? undefined : metadata["order"];
    };
    const { data } = eventOf("generation.completed");
    expectTypeOf(order).returns.toEqualTypeOf<string | undefined>();
    expect("metadata" in data && order({ ...data, metadata: { order: "42" } })).toBe("42");
  });
});
