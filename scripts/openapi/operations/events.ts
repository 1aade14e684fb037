// Server-sent events of one generation and of a whole scope, and the timeline of a generation.

import * as z from "zod/mini";
import { timelineSchema } from "../../../src/contract/events.ts";
import { eventsQuerySchema } from "../../../src/contract/requests.ts";
import type { Descriptions } from "../operation.ts";

const resumable = z.object({
  "Last-Event-ID": z
    .optional(z.string())
    .register(z.globalRegistry, { description: "Continue after the event with this id." }),
});

export const eventOperations: Descriptions = {
  "get /v1/generations/{id}/events": {
    id: "getGenerationEvents",
    summary: "Read the timeline, or follow it to the end with `Accept: text/event-stream`",
    details:
      "Each event of the stream is an item of the timeline, under its `id`. Two kinds of events have no id and are in the " +
      "stream only: `generation.queue` while the generation waits in line, at most every 5 seconds, with `position`, " +
      "`waiting` and `remaining_seconds` (null while unknown), and `progress` during a long copy, with `bytes` and `total_bytes`.",
    tag: "Generations",
    headers: resumable,
    answers: {
      200: { description: "OK", body: timelineSchema, streams: true },
      204: { description: "`Last-Event-ID` is the last event." },
    },
    problems: ["not_found"],
  },
  "get /v1/events": {
    id: "getEvents",
    summary: "Follow everything that happens in the account and mode",
    details:
      "With `bodies=true`, the data of `generation.started`, `generation.completed`, `generation.failed` and " +
      "`generation.canceled` is the body of the webhook, byte for byte. It is sent even if no webhook subscribes. An " +
      "event may be sent twice: deduplicate by `data.id` and `type`. The other events are the same in both streams, but " +
      "an event id of one stream is unknown to the other, which starts with `reset`.",
    tag: "Generations",
    query: eventsQuerySchema,
    headers: resumable,
    answers: { 200: { description: "Server-sent events, without end.", type: "text/event-stream" } },
    problems: [],
  },
};
