// A generation with the client of packages/reelhook, against the Worker.

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type GenerationEvent, isFinal, Reelhook, type ReelhookError } from "../../../packages/reelhook/src/index.ts";
import { BreakingProxy } from "../../support/breaking-proxy.ts";
import { errorOf } from "../../support/reelhook-error.ts";
import { COMPLETED, GENERATING } from "../../support/scenario.ts";
import { LIVE, type Stage, setStage, TEST } from "../../support/stage.ts";

let stage: Stage;
let proxy: BreakingProxy;
/** In test mode, and in live mode, where the world plays the provider. */
let test: Reelhook;
let live: Reelhook;

beforeAll(async () => {
  stage = await setStage();
  proxy = new BreakingProxy(stage.url);
  await proxy.start();
  test = new Reelhook({ baseUrl: stage.url, apiKey: TEST });
  live = new Reelhook({ baseUrl: stage.url, apiKey: LIVE });
});

afterAll(async () => {
  await proxy.stop();
  await stage.stop();
});

const VIDEO_URL = "https://example.com/raccoon.mp4";
const INSTANT = { prompt: "[instant] A fairy.", video_url: VIDEO_URL };

/** Input of a generation whose provider plays a scenario. */
function played(name: string, scenario: Parameters<Stage["world"]["play"]>[1]) {
  stage.world.play(name, scenario);
  return { prompt: `scenario=${name}`, video_url: VIDEO_URL };
}

// These mostly wait, so they wait together.
describe.concurrent("a generation", () => {
  it("is created, waited for, read, listed and deleted", async () => {
    const created = await live.generations.create(played("whole", {}), { wait: 20 });
    expect(created).toMatchObject({ status: "completed", usage: { credits: 120_000, usd: null } });
    const { id } = created;
    // Each answer signs a fresh link.
    const video = { ...created.video, url: expect.any(String), url_expires_at: expect.any(String) };
    expect(await live.generations.get(id)).toEqual({ ...created, video });
    await vi.waitFor(async () => {
      const listed = await Array.fromAsync(live.generations.list({ status: "completed" }));
      const own = listed.find((each) => each.id === id);
      expect(own).toMatchObject({ object: "generation", status: "completed", usage: { credits: 120_000 } });
    }, 5_000);
    expect(await errorOf(live.generations.cancel(id))).toMatchObject({ status: 409, code: "already_finished" });
    await live.generations.delete(id);
    expect(await errorOf(live.generations.wait(id))).toMatchObject({ status: 404, code: "not_found" });
    expect(await errorOf(live.generations.events(id).next().then())).toMatchObject({ code: "not_found" });
  });

  it("is the same for the same key, and another for another body is refused", async () => {
    const input = played("once", { poll: [GENERATING] });
    const options = { idempotencyKey: "order 42" };
    const [first, second] = await Promise.all([
      live.generations.create(input, options),
      live.generations.create(input, options),
    ]);
    expect(second.id).toBe(first.id);
    const other = live.generations.create({ ...input, seed: 7 }, options);
    expect(await errorOf(other)).toMatchObject({ status: 422, code: "idempotency_mismatch" });
    expect(stage.world.calls("once", "submit")).toHaveLength(1);
    await live.generations.cancel(first.id);
  });

  it("is created once although the answer was lost", async () => {
    const through = new Reelhook({ baseUrl: proxy.url, apiKey: LIVE });
    const input = played("lost-answer", { poll: [GENERATING] });
    proxy.loseAnswerTo("scenario=lost-answer");
    const { id } = await through.generations.create(input);
    expect(proxy.lost).toContain(id);
    expect(stage.world.calls("lost-answer", "submit")).toHaveLength(1);
    await live.generations.cancel(id);
  });

  it("is followed through the progress of a slow copy", async () => {
    const { id } = await live.generations.create(played("slow-copy", { file: [{ bytes: 1_000_000, dripMs: 300 }] }));
    const totals: unknown[] = [];
    const ended = await live.generations.wait(id, {
      onUpdate: ({ status, progress }, event) => {
        if (event?.type === "progress") totals.push([status, progress?.total_bytes]);
      },
    });
    expect(ended).toMatchObject({ status: "completed", video: { bytes: 1_000_000 } });
    expect(totals[0]).toEqual(["storing", 1_000_000]);
  });

  it("that has failed ends the wait, with its error", async () => {
    const failed = { body: { id: "{{id}}", status: "error", error: { message: "The video is too dark." } } };
    const { id } = await live.generations.create(played("dark", { poll: [failed] }));
    const { status, error } = await live.generations.wait(id);
    expect([status, error?.code, error?.message]).toEqual(["failed", "provider_error", "The video is too dark."]);
  });

  it("has its events again after a broken stream, none twice and none missing", async () => {
    const { id } = await test.generations.create(INSTANT);
    proxy.breakStreamOf(id);
    const through = new Reelhook({ baseUrl: proxy.url, apiKey: TEST });
    const events: GenerationEvent[] = [];
    const lost: ReelhookError[] = [];
    for await (const event of through.generations.events(id, { onLost: (error) => lost.push(error) }))
      events.push(event);
    expect(lost).toMatchObject([{ code: "connection_failed" }]);
    const whole = await Array.fromAsync(test.generations.events(id));
    // Not the data, because each read of the stream signs a fresh link.
    const named = (all: readonly GenerationEvent[]) => all.map(({ id, type }) => `${id} ${type}`);
    expect(named(events.filter((event) => event.id !== null))).toEqual(named(whole));
    expect(whole.at(-1)).toMatchObject({ type: "generation.completed", data: { status: "completed" } });
    // The last one ends the stream: there is nothing after it.
    expect(await Array.fromAsync(test.generations.events(id, { after: whole.at(-1)?.id ?? "" }))).toEqual([]);
  });

  it("is canceled, which is told to the account's stream, and its wait ends", async () => {
    const types: string[] = [];
    const opened = Promise.withResolvers<void>();
    const canceled = (async () => {
      for await (const { type, data } of test.events()) {
        types.push(type);
        if (type === "open") opened.resolve();
        if (type === "generation.canceled") return data;
      }
      return null;
    })();
    await opened.promise;
    const { id } = await test.generations.create({ prompt: "[slow]", video_url: VIDEO_URL });
    const waiting = test.generations.wait(id);
    expect(isFinal(await test.generations.get(id))).toBe(false);
    expect(await test.generations.cancel(id)).toMatchObject({ id, status: "canceled" });
    expect((await waiting).status).toBe("canceled");
    expect(await canceled).toContain(id);
    expect(types[0]).toBe("open");
  });

  it("has a video, which can be read in parts", async () => {
    const { id } = await test.generations.create(INSTANT);
    expect(await errorOf(test.generations.video(id))).toMatchObject({ status: 409, code: "not_stored_yet" });
    const { video } = await test.generations.wait(id);
    const whole = await (await test.generations.video(id)).bytes();
    expect(whole.byteLength).toBe(video?.bytes);
    const part = await test.generations.video(id, { range: "bytes=4-7" });
    expect([part.status, part.headers.get("content-range")]).toEqual([206, `bytes 4-7/${video?.bytes}`]);
    expect(await part.bytes()).toEqual(whole.subarray(4, 8));
    const beyond = test.generations.video(id, { range: "bytes=999999999-" });
    expect(await errorOf(beyond)).toMatchObject({ status: 416, code: "range_not_satisfiable" });
  });
});

// Alone, because the line is the same for every live generation.
describe("a generation in line", () => {
  it("is followed through its place to its end", async () => {
    stage.world.places = 0;
    const { id, queue } = await live.generations.create(played("in-line", { poll: [GENERATING, COMPLETED] }));
    expect(queue).toEqual({ position: 1, waiting: 1 });
    const seen: string[] = [];
    const ended = await live.generations.wait(id, {
      onUpdate: ({ status, queue }, event) => {
        seen.push(queue === null ? status : `place ${queue.position} of ${queue.waiting}`);
        if (event?.type === "generation.queue") stage.world.places = Number.POSITIVE_INFINITY;
      },
    });
    expect(ended.status).toBe("completed");
    const left = seen.findIndex((each) => each !== "place 1 of 1");
    expect(left).toBeGreaterThan(0);
    expect(seen.slice(left)).not.toContain("place 1 of 1");
    expect(seen.at(-1)).toBe("completed");
  });
});
