// What a wait for a generation does with the answers and events that it gets.

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Reelhook } from "../../../packages/reelhook/src/index.ts";
import { html, json, Loopback, problem, reset, stream } from "../../support/loopback.ts";

// All test files share their modules. The client must be loaded here with the mock, and elsewhere without it.
vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());

vi.mock("../../../packages/reelhook/src/pause.ts", () => ({ pause: async () => {} }));

const server = new Loopback();
let reelhook: Reelhook;

beforeAll(async () => {
  await server.start();
  reelhook = new Reelhook({ baseUrl: server.url, apiKey: "rh_test_acme_0123456789" });
});
afterAll(() => server.stop());

const generation = (status: string, more: object = {}) =>
  json({ id: "gen_1", status, submitted_at: null, queue: null, progress: null, ...more });

const item = (id: string, type: string, status: string) =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify({ id, type, timestamp: "", data: { status } })}\n\n`;
const QUEUED = item("1-0", "generation.queued", "queued");
const SUBMITTED = item("2-1", "generation.submitted", "queued");
const STARTED = item("3-2", "generation.started", "generating");
const COMPLETED = item("5-4", "generation.completed", "completed");
const PLACE = 'event: generation.queue\ndata: {"position":2,"waiting":3,"remaining_seconds":40}\n\n';
const PROGRESS = 'event: progress\ndata: {"bytes":1,"total_bytes":2}\n\n';

/** @returns what `onUpdate` was told, and how the generation ended. */
async function follow() {
  const updates: string[] = [];
  const lost: string[] = [];
  const ended = await reelhook.generations.wait("gen_1", {
    onUpdate: ({ status, queue, progress }, event) => {
      updates.push([status, queue?.position, progress?.bytes, event?.type].join(" ").trim());
    },
    onLost: ({ code }) => lost.push(code),
  });
  return { status: ended.status, updates, lost };
}

describe("a wait", () => {
  it("needs no stream if the generation has ended", async () => {
    server.answer(generation("failed"));
    expect(await follow()).toEqual({ status: "failed", updates: ["failed"], lost: [] });
  });

  it("tells each status, the place in line and the progress, and reads the generation only for news", async () => {
    server.answer(
      generation("queued"),
      stream([QUEUED, PLACE, SUBMITTED, STARTED, PROGRESS, COMPLETED]),
      generation("queued", { submitted_at: "now" }),
      generation("generating"),
      generation("completed"),
    );
    expect((await follow()).updates).toEqual([
      "queued",
      "queued 2  generation.queue",
      "queued   generation.submitted",
      "generating   generation.started",
      "generating  1 progress",
      "completed   generation.completed",
    ]);
    expect(server.received).toHaveLength(5);
  });

  it("does not read the generation for past events", async () => {
    server.answer(
      generation("generating", { submitted_at: "now" }),
      stream([QUEUED, SUBMITTED, STARTED, COMPLETED]),
      generation("completed"),
    );
    expect((await follow()).updates).toEqual(["generating", "completed   generation.completed"]);
  });

  it("skips statuses that have passed meanwhile", async () => {
    server.answer(generation("queued"), stream([QUEUED, STARTED, COMPLETED]), generation("completed"));
    expect((await follow()).updates).toEqual(["queued", "completed   generation.started"]);
  });

  it("reads the generation from time to time where streams are not available", async () => {
    server.answer(
      ...[generation("queued"), html(502), html(502), html(502), html(502), html(502), generation("queued")],
      ...[html(502), generation("generating"), reset, generation("generating"), html(504), generation("completed")],
    );
    // Opening the stream is tried five times at first, and once after each loss.
    const { updates, lost } = await follow();
    expect(updates).toEqual(["queued", "generating", "completed"]);
    expect(lost).toEqual(["unexpected_answer", "unexpected_answer", "connection_failed", "unexpected_answer"]);
  });

  it("outlasts a deployment that is away for a while", async () => {
    const away = [reset, reset, reset, reset, reset];
    server.answer(
      generation("queued"),
      stream([QUEUED], "breaks"),
      ...away,
      ...away,
      generation("generating"),
      stream([COMPLETED]),
      generation("completed"),
    );
    expect(await follow()).toEqual({
      status: "completed",
      updates: ["queued", "generating", "completed   generation.completed"],
      lost: ["connection_failed", "connection_failed", "connection_failed"],
    });
  });

  it("reads the end if the stream has nothing more to say", async () => {
    server.answer(
      generation("queued"),
      stream([QUEUED], "breaks"),
      generation("queued"),
      (response) => response.writeHead(204).end(),
      generation("canceled"),
    );
    expect((await follow()).status).toBe("canceled");
  });

  it("reads on until the end if something else has ended the stream", async () => {
    server.answer(
      generation("queued"),
      (response) => response.writeHead(204).end(),
      generation("queued"),
      generation("generating"),
      generation("generating"),
      generation("completed"),
    );
    expect(await follow()).toEqual({ status: "completed", updates: ["queued", "generating", "completed"], lost: [] });
  });

  it("ends with an error if the generation is deleted", async () => {
    server.answer(generation("queued"), stream([QUEUED], "ends"), problem(404, "not_found"));
    await expect(follow()).rejects.toMatchObject({ code: "not_found", status: 404 });
    server.answer(problem(404, "not_found"));
    await expect(follow()).rejects.toMatchObject({ code: "not_found" });
  });

  it("ends with what the caller's function throws, and closes the stream", async () => {
    const closed = Promise.withResolvers<void>();
    server.answer(generation("queued"), (response, received) => {
      response.once("close", closed.resolve);
      stream([PLACE])(response, received);
    });
    const onUpdate = ({ queue }: { queue: object | null }) => {
      if (queue !== null) throw new Error("no room");
    };
    await expect(reelhook.generations.wait("gen_1", { onUpdate })).rejects.toThrow("no room");
    await closed.promise;
  });

  it("ends with what the caller's functions reject with", async () => {
    const refuse = async () => Promise.reject(new Error("no room"));
    server.answer(generation("queued"));
    await expect(reelhook.generations.wait("gen_1", { onUpdate: refuse })).rejects.toThrow("no room");
    server.answer(generation("queued"), stream([QUEUED], "breaks"));
    await expect(reelhook.generations.wait("gen_1", { onLost: refuse })).rejects.toThrow("no room");
  });

  it("calls the caller's function again only when its promise has settled", async () => {
    server.answer(generation("queued"), stream([PLACE, COMPLETED]), generation("completed"));
    const order: string[] = [];
    await reelhook.generations.wait("gen_1", {
      async onUpdate({ status, queue }) {
        const name = `${status} ${queue?.position ?? ""}`.trim();
        order.push(`begin ${name}`);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`end ${name}`);
      },
    });
    const each = (name: string) => [`begin ${name}`, `end ${name}`];
    expect(order).toEqual(["queued", "queued 2", "completed"].flatMap(each));
  });

  it("ends in time although the caller's function never settles", async () => {
    server.answer(generation("queued"));
    const waiting = reelhook.generations.wait("gen_1", { onUpdate: () => new Promise(() => {}), timeoutMs: 50 });
    await expect(waiting).rejects.toMatchObject({ code: "timed_out" });
  });
});
