// Events, which are the bodies of webhooks, and the timeline of a generation.

import * as z from "zod/mini";
import { count, described, eventType, time } from "./fields.ts";
import { type GenerationView, generationFields } from "./generation.ts";
import type { DeepReadonly } from "./json.ts";
import { testedEndpointSchema } from "./webhook-endpoints.ts";
import { TEST_EVENT_TYPE } from "./words.ts";

/** Takes the place of a field that would make the event larger than 20 kB. */
const truncated = z.strictObject({ truncated: z.literal(true) });

/** The body of a webhook. */
export const eventSchema = z
  .strictObject({
    type: eventType,
    timestamp: time,
    data: z.strictObject({
      ...generationFields,
      input: z.union([truncated, generationFields.input]),
      metadata: z.union([truncated, generationFields.metadata]),
    }),
  })
  .register(z.globalRegistry, { id: "Event" });

/** The `data` of an event before anything is truncated. */
export type EventData = Omit<GenerationView, "webhooks">;

/** The body of a test. */
export const testEventSchema = z
  .strictObject({ type: z.literal(TEST_EVENT_TYPE), timestamp: time, data: testedEndpointSchema })
  .register(z.globalRegistry, { id: "TestEvent" });

export type TestEventView = DeepReadonly<z.output<typeof testEventSchema>>;

const timelineItem = z.strictObject({
  id: described(z.string(), "Unique within this generation. A client that reconnects sends it as `Last-Event-ID`."),
  type: z.string(),
  timestamp: time,
  data: z.looseObject({}),
});

export type TimelineItem = DeepReadonly<z.output<typeof timelineItem>>;

export const timelineSchema = z
  .strictObject({
    object: z.literal("list"),
    data: z.array(timelineItem),
    polls: described(
      z.nullable(z.strictObject({ since: time, interval_seconds: z.number(), count })),
      "Null until the provider accepts. `since` is when the job was submitted, or accepted if that took longer than an interval. Backoff skips polls, so `count` may be less than the time since then allows.",
    ),
  })
  .register(z.globalRegistry, { id: "Timeline" });

export type TimelineView = DeepReadonly<z.output<typeof timelineSchema>>;
