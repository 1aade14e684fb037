import { expect, it } from "vitest";
import { cancel } from "../../src/core/lifecycle.ts";
import { timelineOf } from "../../src/core/timeline.ts";
import { eventView } from "../../src/core/view.ts";
import { inPhase, life, T0 } from "../support/lives.ts";

it("of a generation that was ended while its video was stored tells that it was", () => {
  const { generation } = cancel(inPhase("storing"), T0 + 60_000);
  const view = eventView(generation, { now: T0 + 60_000, link: null });
  expect(timelineOf(life(generation), view).map(({ type }) => type)).toEqual([
    "generation.queued",
    "generation.submitted",
    "generation.started",
    "generation.storing",
    "generation.canceled",
  ]);
});
