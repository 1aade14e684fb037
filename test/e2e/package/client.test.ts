// The client of packages/reelhook against the Worker.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Reelhook } from "../../../packages/reelhook/src/index.ts";
import { type Stage, setStage, TEST } from "../../support/stage.ts";

let stage: Stage;
let reelhook: Reelhook;

beforeAll(async () => {
  stage = await setStage();
  reelhook = new Reelhook({ baseUrl: stage.url, apiKey: TEST });
});

afterAll(() => stage.stop());

const INPUT = { prompt: "[instant] A fairy.", video_url: "https://example.com/raccoon.mp4" };

describe("the client", () => {
  it("creates a generation, waits for it and reads its video", async () => {
    const created = await reelhook.generations.create(INPUT);
    const statuses: string[] = [];
    const ended = await reelhook.generations.wait(created.id, { onUpdate: ({ status }) => statuses.push(status) });
    expect(ended.status).toBe("completed");
    expect(statuses.at(-1)).toBe("completed");
    const video = await reelhook.generations.video(created.id);
    expect((await video.arrayBuffer()).byteLength).toBe(ended.video?.bytes);
  });
});
