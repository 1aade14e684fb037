// Event streams of the client over real HTTP. Only the waits before a stream is opened again are skipped and recorded.

import { getEventListeners } from "node:events";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type GenerationEvent, Reelhook, type ReelhookError } from "../../../packages/reelhook/src/index.ts";
import { type Answer, html, Loopback, problem, reset, stream } from "../../support/loopback.ts";

// All test files share their modules. The client must be loaded here with the mock, and elsewhere without it.
vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());

const { waits } = vi.hoisted(() => ({ waits: [] as number[] }));

vi.mock("../../../packages/reelhook/src/pause.ts", () => ({
  pause: async (ms: number) => {
    waits.push(ms);
  },
}));

const server = new Loopback();
let reelhook: Reelhook;

beforeAll(async () => {
  await server.start();
  reelhook = new Reelhook({ baseUrl: server.url, apiKey: "rh_test_acme_0123456789" });
});
afterAll(() => server.stop());
beforeEach(() => {
  waits.length = 0;
});

const sse = (id: string, type: string, data: object = {}) =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify({ id, type, timestamp: "", data })}\n\n`;
const QUEUED = sse("1-0", "generation.queued", { status: "queued" });
const STARTED = sse("2-2", "generation.started", { status: "generating" });
const COMPLETED = sse("3-4", "generation.completed", { status: "completed" });

const idsOf = (events: readonly GenerationEvent[]) => events.map(({ id }) => id);
const lastIds = () => server.received.map(({ headers }) => headers["last-event-id"]);

describe("the events of a generation", () => {
  it("end with its last one, although the connection stays open", async () => {
    server.answer(stream([QUEUED, STARTED, COMPLETED]));
    expect(idsOf(await Array.fromAsync(reelhook.generations.events("gen_1")))).toEqual(["1-0", "2-2", "3-4"]);
    const [{ path, headers } = {}] = server.received;
    expect([path, headers?.accept]).toEqual(["/v1/generations/gen_1/events", "text/event-stream"]);
  });

  it("are whole wherever the connection splits them, within characters, too", async () => {
    const text = sse("1-0", "generation.queued", { prompt: "Eine Fee 🧚 reitet." }) + COMPLETED;
    const bytes = Array.from(new TextEncoder().encode(text), (byte) => Uint8Array.of(byte));
    server.answer(stream(bytes));
    const [first] = await Array.fromAsync(reelhook.generations.events("gen_1"));
    expect(first?.data).toEqual({ prompt: "Eine Fee 🧚 reitet." });
  });

  it.each(["ends", "breaks"] as const)(
    "continue after the last whole one when the stream %s in the middle",
    async (how) => {
      server.answer(stream([QUEUED, STARTED.slice(0, -12)], how), stream([STARTED, COMPLETED]));
      const lost: ReelhookError[] = [];
      const onLost = (error: ReelhookError) => lost.push(error);
      const events = await Array.fromAsync(reelhook.generations.events("gen_1", { onLost }));
      expect(idsOf(events)).toEqual(["1-0", "2-2", "3-4"]);
      expect(lastIds()).toEqual([undefined, "1-0"]);
      expect(lost).toMatchObject([{ code: "connection_failed", status: null }]);
      expect(lost[0]?.message).toMatch(/^GET \/v1\/generations\/\{id\}\/events: the stream broke off/);
    },
  );

  it("without an id do not move the place to continue from", async () => {
    const place = 'event: generation.queue\ndata: {"position":2,"waiting":3,"remaining_seconds":null}\n\n';
    const progress = 'event: progress\ndata: {"bytes":1,"total_bytes":2}\n\n';
    const unknown = "event: something.new\ndata: not even JSON\n\n";
    server.answer(stream([QUEUED, place, unknown, progress], "breaks"), stream([COMPLETED]));
    const events = await Array.fromAsync(reelhook.generations.events("gen_1"));
    expect(events.slice(1, 3)).toEqual([
      { id: null, type: "generation.queue", data: { position: 2, waiting: 3, remaining_seconds: null } },
      { id: null, type: "progress", data: { bytes: 1, total_bytes: 2 } },
    ]);
    expect(lastIds()).toEqual([undefined, "1-0"]);
  });

  it("continue after an id of the caller's, and end at once if it is the last one", async () => {
    server.answer((response) => response.writeHead(204).end());
    expect(await Array.fromAsync(reelhook.generations.events("gen_1", { after: "3-4" }))).toEqual([]);
    expect(lastIds()).toEqual(["3-4"]);
  });

  it("are tried again, at longer and longer intervals, until the stream opens", async () => {
    const busy = problem(429, "rate_limited", { "retry-after": "9" });
    server.answer(stream([QUEUED], "breaks"), reset, html(502), busy, stream([STARTED], "breaks"), stream([COMPLETED]));
    const lost: unknown[] = [];
    const onLost = ({ code }: ReelhookError) => lost.push(code);
    await Array.fromAsync(reelhook.generations.events("gen_1", { onLost }));
    expect(lost).toEqual([
      "connection_failed",
      "connection_failed",
      "unexpected_answer",
      "rate_limited",
      "connection_failed",
    ]);
    const [first = 0, second = 0, third = 0, fourth = 0, afterEvent] = waits;
    expect(first).toBeLessThanOrEqual(500);
    expect(afterEvent).toBeLessThanOrEqual(500);
    expect([second > 499, second <= 1_000, third > 999, third <= 2_000, fourth]).toEqual([
      true,
      true,
      true,
      true,
      9_000,
    ]);
  });

  it.each<[string, Answer[], object]>([
    ["the generation has been deleted", [problem(404, "not_found")], { code: "not_found", status: 404 }],
    ["the key is wrong", [problem(401, "unauthorized")], { code: "unauthorized" }],
    ["a setting is wrong", [problem(503, "misconfigured")], { code: "misconfigured" }],
    ["something else answers", [html(200)], { code: "unexpected_answer", status: 200 }],
  ])("end with an error when %s", async (_, answers, expected) => {
    server.answer(...answers);
    await expect(reelhook.generations.events("gen_1").next()).rejects.toMatchObject(expected);
    server.answer(stream([QUEUED], "breaks"), ...answers);
    await expect(Array.fromAsync(reelhook.generations.events("gen_1"))).rejects.toMatchObject(expected);
  });

  it("end with an error if their data is not JSON", async () => {
    server.answer(stream(["id: 1-0\nevent: generation.queued\ndata: <html>\n\n"]));
    const error = { code: "unexpected_answer", message: expect.stringContaining("generation.queued is not JSON") };
    await expect(reelhook.generations.events("gen_1").next()).rejects.toMatchObject(error);
  });

  it("end with an error if the stream never opens", async () => {
    server.answer(...Array<Answer>(5).fill(reset));
    await expect(reelhook.generations.events("gen_1").next()).rejects.toMatchObject({ code: "connection_failed" });
    expect(server.received).toHaveLength(5);
  });
});

describe("the events of an account", () => {
  it("are the bytes that were sent, and continue with those of the bodies", async () => {
    const body = '{"type": "generation.started",  "data":{"a":1.0}}';
    server.answer(
      stream(["id: a-0\nevent: open\ndata: {}\n\n: still here\n\n", `id: a-1\nevent: x\ndata: ${body}\n\n`], "breaks"),
      stream(["id: b-0\nevent: reset\ndata: {}\n\n"]),
    );
    const events = [];
    for await (const event of reelhook.events({ bodies: true })) {
      events.push(event);
      if (event.type === "reset") break;
    }
    expect(events[1]).toEqual({ id: "a-1", type: "x", data: body });
    expect(server.received.map(({ path }) => path)).toEqual(["/v1/events?bodies=true", "/v1/events?bodies=true"]);
    expect(lastIds()).toEqual([undefined, "a-1"]);
  });

  it.each<[string, (abort: AbortSignal) => AsyncGenerator<unknown>]>([
    ["the account", (signal) => reelhook.events({ signal })],
    ["a generation", (signal) => reelhook.generations.events("gen_1", { signal })],
  ])("of %s end at once when `return` is called while `next` waits", async (_, eventsWith) => {
    const [closed, abort] = [Promise.withResolvers<void>(), new AbortController()];
    server.answer((response, received) => {
      response.once("close", closed.resolve);
      stream([QUEUED])(response, received);
    });
    const events = eventsWith(abort.signal);
    await events.next();
    const next = events.next();
    expect(await events.return(undefined)).toEqual({ done: true, value: undefined });
    expect(await next).toEqual({ done: true, value: undefined });
    await closed.promise;
    expect(await events.next()).toEqual({ done: true, value: undefined });
    expect(getEventListeners(abort.signal, "abort")).toEqual([]);
  });

  it("close their connection when the caller breaks out of the loop", async () => {
    const closed = Promise.withResolvers<void>();
    server.answer((response, received) => {
      response.once("close", closed.resolve);
      stream(["id: a-0\nevent: open\ndata: {}\n\n"])(response, received);
    });
    for await (const { type } of reelhook.events()) if (type === "open") break;
    await closed.promise;
    expect(server.received[0]?.path).toBe("/v1/events");
  });
});
