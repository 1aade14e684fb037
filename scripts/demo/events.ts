// Reads the event stream of a generation.

import type { TimelineItem } from "../../src/contract/events.ts";

/** @param response an answer of `GET /v1/generations/{id}/events`. Yields the items of the timeline until it ends. */
export async function* itemsIn({ body }: Response): AsyncGenerator<TimelineItem> {
  let text = "";
  for await (const part of (body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    const events = `${text}${part}`.split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) {
      const lines = event.split("\n");
      // Heartbeats, progress and places in line have no id.
      if (!lines.some((line) => line.startsWith("id: "))) continue;
      const data = lines.find((line) => line.startsWith("data: "))?.slice("data: ".length);
      if (data !== undefined) yield JSON.parse(data) as TimelineItem;
    }
  }
}
