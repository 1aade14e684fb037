import { expect, it } from "vitest";
import { timelineOf } from "../../../src/core/generation/timeline.ts";
import { eventData } from "../../../src/core/generation/view.ts";
import { changed, inPhase, life, T0 } from "../../support/lives.ts";

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
