import { expect, it } from "vitest";
import { timelineOf } from "../../../src/core/generation/timeline.ts";
import { eventData } from "../../../src/core/generation/view.ts";
import { changed, delivery, inPhase, life, T0 } from "../../support/lives.ts";

it("the timeline of a generation canceled during its copy includes generation.storing", () => {
  const { generation } = changed(inPhase("storing"), { kind: "canceled" }, T0 + 60_000);
  const view = eventData(generation, { now: T0 + 60_000, link: null });
  expect(timelineOf(life(generation), view).map(({ type }) => type)).toEqual([
    "generation.queued",
    "generation.submitted",
    "generation.started",
    "generation.storing",
    "generation.canceled",
  ]);
});

it("audit 18: the timeline shows the newest 500 of the attempts of all deliveries", () => {
  const generation = inPhase("completed");
  const deliveries = Array.from({ length: 240 }, (_, index) => {
    const attempts = Array.from({ length: 50 }, (_, turn) => ({
      at: T0 + 100_000 + turn * 240 + index,
      durationMs: 0,
      status: 500,
      error: null,
      response: null,
    }));
    return delivery(`msg_${index}`, { attempts });
  });
  const items = timelineOf(life(generation, deliveries), eventData(generation, { now: T0, link: null }));
  const attempted = items.filter(({ type }) => type === "delivery.attempted");
  expect(items.length - attempted.length).toBe(4);
  const last = T0 + 100_000 + 50 * 240;
  expect(attempted.map(({ timestamp }) => Date.parse(timestamp) - last)).toEqual(
    Array.from({ length: 500 }, (_, at) => at - 500),
  );
});
