// How long the client waits for answers that do not come, on a clock that the tests set.

import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Reelhook } from "../../../packages/reelhook/src/index.ts";
import { pause } from "../../../packages/reelhook/src/pause.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const client = (fetch: Fetch) =>
  new Reelhook({ baseUrl: "https://r.example.com", apiKey: "rh_test_acme_0123456789", maxRetries: 0, fetch });

const unanswered: Fetch = (_, { signal }) =>
  new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));

describe("a pause", () => {
  it("leaves neither a timer nor a listener when it ends", async () => {
    const { signal } = new AbortController();
    const paused = pause(1_000, signal);
    await vi.advanceTimersByTimeAsync(1_000);
    await paused;
    expect([vi.getTimerCount(), getEventListeners(signal, "abort").length]).toEqual([0, 0]);
  });

  it("leaves no timer when it is aborted", async () => {
    const abort = new AbortController();
    const paused = pause(1_000, abort.signal);
    const reason = new Error("the user has left");
    abort.abort(reason);
    await expect(paused).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("an answer that does not come", () => {
  it.each([
    ["a minute", undefined, 60_000],
    ["a minute more than the API waits", 30, 90_000],
    ["two minutes, because the API waits for one at most", 3_600, 120_000],
  ])("is given up after %s", async (_, wait, ms) => {
    const outcome = vi.fn();
    const call = client(unanswered).generations.get("gen_1", { wait });
    call.catch(outcome);
    await vi.advanceTimersByTimeAsync(ms - 1);
    expect(outcome).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await expect(call).rejects.toMatchObject({
      code: "connection_failed",
      message: "GET /v1/generations/gen_1: no answer from https://r.example.com (no answer in time).",
    });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is given up a second later for each 100 kB that are sent", async () => {
    const outcome = vi.fn();
    const video_url = `data:video/mp4;base64,${"A".repeat(5_000_000)}`;
    client(unanswered).generations.create({ video_url }).catch(outcome);
    await vi.advanceTimersByTimeAsync(109_000);
    expect(outcome).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(outcome).toHaveBeenCalledOnce();
  });
});

describe("a stream", () => {
  it("is opened again after 45 seconds of silence", async () => {
    const { promise: canceled, resolve } = Promise.withResolvers<unknown>();
    const answers = [new ReadableStream({ cancel: resolve }), null];
    const fetch = async () => {
      const body = answers.shift() ?? null;
      const headers = { "content-type": "text/event-stream" };
      return new Response(body, { status: body === null ? 204 : 200, headers });
    };
    const onLost = vi.fn();
    const ended = client(fetch).generations.events("gen_1", { onLost }).next();
    await vi.advanceTimersByTimeAsync(44_999);
    expect(onLost).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(onLost).toHaveBeenCalledOnce();
    await canceled;
    await vi.advanceTimersByTimeAsync(500);
    expect(await ended).toEqual({ done: true, value: undefined });
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a wait for a generation", () => {
  it("leaves no timer when it ends in time", async () => {
    const event = 'id: 1-4\nevent: generation.completed\ndata: {"id":"1-4","data":{"status":"completed"}}\n\n';
    const answers = [
      Response.json({ id: "gen_1", status: "generating" }),
      new Response(event, { headers: { "content-type": "text/event-stream" } }),
      Response.json({ id: "gen_1", status: "completed" }),
    ];
    const fetch = async () => answers.shift() ?? Response.error();
    expect(await client(fetch).generations.wait("gen_1", { timeoutMs: 1_000 })).toMatchObject({ status: "completed" });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("ends with the error of the last try once the deployment has been away for 5 minutes", async () => {
    let isAway = false;
    const fetch: Fetch = async () => {
      if (isAway) throw new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") });
      isAway = true;
      return Response.json({ id: "gen_1", status: "generating" });
    };
    const onLost = vi.fn();
    const outcome = vi.fn();
    const wait = client(fetch).generations.wait("gen_1", { onLost });
    wait.catch(outcome);
    await vi.advanceTimersByTimeAsync(299_000);
    expect(outcome).not.toHaveBeenCalled();
    // Each pause takes 8 seconds at most.
    expect(onLost.mock.calls.length).toBeGreaterThan(37);
    await vi.advanceTimersByTimeAsync(10_000);
    await expect(wait).rejects.toMatchObject({ code: "connection_failed" });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("that may take no time ends although the generation is not read", async () => {
    const wait = client(unanswered).generations.wait("gen_1", { timeoutMs: 0 });
    const ended = expect(wait).rejects.toMatchObject({ code: "timed_out" });
    await vi.advanceTimersByTimeAsync(1);
    await ended;
    expect(vi.getTimerCount()).toBe(0);
  });
});
