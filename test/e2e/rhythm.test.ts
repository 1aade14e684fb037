// The poll interval as users get it by default, on a real clock.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalWorker, startLocalWorker } from "../../scripts/local-worker.ts";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import { World } from "../support/world.ts";

const KEY = "rh_live_rhythm_0123456789";
const INTERVAL_MS = 10_000;
const TOLERANCE_MS = 500;

const world = new World();
let worker: LocalWorker;

beforeAll(async () => {
  await world.start();
  worker = await startLocalWorker({
    settings: {
      AIMLAPI_KEY: "provider-key",
      AIMLAPI_BASE_URL: world.url,
      API_KEYS: JSON.stringify({ acme: [KEY] }),
      SIGNING_SECRET: "a-secret-of-at-least-thirty-two-bytes",
      ALLOW_LOCAL_URLS: "true",
    },
  });
});

afterAll(async () => {
  await worker.stop();
  await world.stop();
});

describe("polling", () => {
  it("happens every 10 seconds from the provider's acceptance, without drift, other wakes notwithstanding", async () => {
    // The started event meets a receiver that fails twice: its attempts wake the object between the polls.
    world.play("rhythm", {
      poll: [GENERATING, GENERATING, GENERATING, COMPLETED],
      hooks: { in: [{ status: 500 }, { status: 500 }, { status: 204 }] },
    });
    const done = new Promise<void>((resolve) => {
      world.onCall = ({ kind, body }) => {
        if (kind === "hook" && body.includes("generation.completed")) resolve();
      };
    });
    const response = await fetch(`${worker.url}/v1/generations`, {
      method: "POST",
      headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
      body: JSON.stringify({
        prompt: "scenario=rhythm",
        video_url: "https://example.com/v.mp4",
        webhooks: [{ url: `${world.url}/hooks/rhythm/in`, events: ["generation.started", "generation.completed"] }],
      }),
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
