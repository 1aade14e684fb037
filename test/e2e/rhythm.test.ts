// The default poll interval, on a real clock.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import { type Stage, setStage } from "../support/stage.ts";

const INTERVAL_MS = 10_000;
const TOLERANCE_MS = 500;

let stage: Stage;

beforeAll(async () => {
  stage = await setStage({ settings: { POLL_INTERVAL_SECONDS: "10" } });
});

afterAll(() => stage.stop());

describe("polling", () => {
  it("happens every 10 seconds from the provider's acceptance, without drift, despite other wakes", async () => {
    const { world, call } = stage;
    // The receiver fails twice for generation.started, so retries wake the object between polls.
    world.play("rhythm", {
      poll: [GENERATING, GENERATING, GENERATING, COMPLETED],
      hooks: { in: [{ status: 500 }, { status: 500 }, { status: 204 }] },
    });
    const done = new Promise<void>((resolve) => {
      world.onCall = ({ kind, body }) => {
        if (kind === "hook" && body.includes("generation.completed")) resolve();
      };
    });
    const response = await call("/v1/generations", {
      json: {
        prompt: "scenario=rhythm",
        video_url: "https://example.com/v.mp4",
        webhooks: [{ url: `${world.url}/hooks/rhythm/in`, events: ["generation.started", "generation.completed"] }],
      },
    });
    const { submitted_at } = (await response.json()) as { submitted_at: string };
    const acceptedAt = Date.parse(submitted_at);
    await done;
    const polls = world.calls("rhythm", "poll").map(({ at }) => at - acceptedAt);
    expect(polls).toHaveLength(4);
    polls.forEach((age, at) => {
      expect(Math.abs(age - (at + 1) * INTERVAL_MS), `poll ${at + 1} came after ${age} ms`).toBeLessThan(TOLERANCE_MS);
    });
  });
});
