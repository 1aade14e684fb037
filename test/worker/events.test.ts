// Server-sent events of one generation and of a whole scope, and the timeline.

import { describe, expect, it, vi } from "vitest";
import type { TimelineItem, TimelineView } from "../../src/contract/events.ts";
import type { Progress } from "../../src/core/generation/view.ts";
import type { QueuePlace } from "../../src/core/queue/standing.ts";
import { Feed } from "../../src/live/account.ts";
import { Watchers } from "../../src/live/generation.ts";
import { Waiters } from "../../src/live/waiters.ts";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import { Listener, listen } from "./listener.ts";
import { call, eventually, finished, OTHER, play, read, request, submit, TEST } from "./support.ts";

const toTheEnd = () => false;
const typesOf = (all: readonly { event: string }[]) => all.map(({ event }) => event);

describe("the events of a generation", () => {
  it("arrive as they happen and end with the generation", async () => {
    const { prompt } = await play({ poll: [GENERATING, COMPLETED] });
    const { id } = await submit(request(prompt));
    for (const accept of [
      "text/event-stream;q=0, */*",
      "application/json, text/event-stream;q=0.1",
      "text/event-stream;q=0.5, */*",
    ]) {
      const refused = await call(`/v1/generations/${id}/events`, { headers: { accept } });
      expect(refused.headers.get("content-type"), accept).toBe("application/json");
    }
    const listener = await listen(`/v1/generations/${id}/events`);
    const told = await listener.until(toTheEnd);
    expect(typesOf(told)).toEqual([
      "generation.queued",
      "generation.submitted",
      "generation.started",
      "generation.storing",
      "generation.completed",
    ]);
    const { webhooks: _, video, ...view } = await read(id);
    expect(told.at(-1)?.data).toMatchObject({
      type: "generation.completed",
      timestamp: view.finished_at,
      data: { ...view, video: { sha256: video?.sha256 } },
    });
    expect(new Set(told.map((each) => each.id)).size).toBe(5);
  });

  it("resume after Last-Event-ID", async () => {
    const { prompt } = await play({ poll: [GENERATING] });
    const { id } = await submit(request(prompt));
    const first = await listen(`/v1/generations/${id}/events`);
    const [, submitted] = await first.until(({ event }) => event === "generation.submitted");
    await first.leave();
    const second = await listen(`/v1/generations/${id}/events`, { after: submitted?.id ?? "" });
    await eventually(
      () => read(id),
      ({ status }) => status === "generating",
    );
    await call(`/v1/generations/${id}/cancel`, { method: "POST" });
    const rest = await second.until(toTheEnd);
    expect(typesOf(rest)).toEqual(["generation.started", "generation.canceled"]);
    // Browsers reconnect whenever a stream ends; only a 204 stops them.
    const headers = { accept: "text/event-stream", "last-event-id": rest.at(-1)?.id ?? "" };
    expect((await call(`/v1/generations/${id}/events`, { headers })).status).toBe(204);
  });

  it("are listed as a timeline that includes every delivery attempt", async () => {
    const world = await play({ poll: [COMPLETED], hooks: { x: [{ status: 500 }, { status: 204 }] } });
    const { id } = await submit(request(world.prompt, { webhook_url: world.hook("x") }));
    await eventually(
      () => read(id),
      ({ webhooks }) => webhooks[0]?.state === "delivered",
    );
    const response = await call(`/v1/generations/${id}/events`);
    expect(response.headers.get("content-type")).toBe("application/json");
    const { object, data, polls } = await response.json<TimelineView>();
    expect(object).toBe("list");
    const { created_at, submitted_at } = await read(id);
    expect(polls).toEqual({ since: expect.any(String), interval_seconds: 1, count: 1 });
    // In RFC 3339 with milliseconds, the order of texts is that of times.
    expect([created_at, polls?.since, submitted_at].toSorted()).toEqual([created_at, polls?.since, submitted_at]);
    expect(data.map(({ type }) => type).slice(-3)).toEqual([
      "generation.completed",
      "delivery.attempted",
      "delivery.attempted",
    ]);
    expect(data.at(-1)).toMatchObject({
      data: { url: world.hook("x"), status_code: 204, event: "generation.completed" },
    });
    const times = data.map(({ timestamp }) => timestamp);
    expect(times).toEqual([...times].sort());
  });

  it("are hidden from other scopes", async () => {
    const { prompt } = await play({});
    const { id } = await submit(request(prompt));
    for (const key of [OTHER, TEST]) {
      for (const accept of ["text/event-stream", "application/json"]) {
        expect((await call(`/v1/generations/${id}/events`, { key, headers: { accept } })).status).toBe(404);
      }
    }
    expect((await call("/v1/generations/nonsense/events")).status).toBe(404);
    await finished(id);
  });
});

describe("the event stream of a generation", () => {
  const item = (id: string, type: string): TimelineItem => ({ id, type, timestamp: "", data: {} });

  /** A stream of a fake generation whose changes the test makes. */
  function watched(after = "") {
    const items: TimelineItem[] = [item("1-0", "generation.queued")];
    let revision = 0;
    const waiters = new Waiters();
    const add = (...more: TimelineItem[]) => {
      items.push(...more);
      revision++;
      waiters.notify();
    };
    let progress: Progress | null = null;
    const getOn = (bytes: number) => {
      progress = { bytes, totalBytes: 100 };
      waiters.notify();
    };
    const sources = {
      timeline: async () => [...items],
      revision: () => revision,
      progress: () => progress,
      place: async () => null,
      now: () => Date.now(),
      waiters,
    };
    const stream = new Watchers(sources).watch(after, (work) => void work);
    return { add, getOn, listener: new Listener(new Response(stream)) };
  }

  it("sends every item, even if items of the same millisecond are recorded out of order", async () => {
    const { add, listener } = watched();
    expect((await listener.next())?.id).toBe("1-0");
    add(item("5-7-msg_b", "delivery.attempted"));
    expect((await listener.next())?.id).toBe("5-7-msg_b");
    add(item("5-7-msg_a", "delivery.attempted"), item("5-4", "generation.completed"));
    expect((await listener.until(toTheEnd)).map(({ id }) => id)).toEqual(["5-7-msg_a", "5-4"]);
  });

  it("sends the latest progress of a copy, at most every 500 ms", async () => {
    const { add, getOn, listener } = watched();
    expect((await listener.next())?.id).toBe("1-0");
    getOn(0);
    getOn(40);
    expect(await listener.next()).toMatchObject({ id: "", event: "progress", data: { bytes: 40, total_bytes: 100 } });
    getOn(80);
    add(item("5-4", "generation.completed"));
    expect(typesOf(await listener.until(toTheEnd))).toEqual(["generation.completed"]);
  });

  it("ends with the terminal event and omits later delivery attempts", async () => {
    const { add, listener } = watched();
    expect((await listener.next())?.id).toBe("1-0");
    add(item("5-4", "generation.completed"), item("6-7-msg_a", "delivery.attempted"));
    expect((await listener.until(toTheEnd)).map(({ id }) => id)).toEqual(["5-4"]);
  });

  it("omits events that the listener already has", async () => {
    const { add, listener } = watched("1-0");
    add(item("2-4", "generation.completed"));
    expect((await listener.until(toTheEnd)).map(({ id }) => id)).toEqual(["2-4"]);
  });
});

const HEARTBEAT_MS = 15_000;

describe("a listener on a quiet stream", () => {
  type Detach = (work: Promise<void>) => void;

  const asked = vi.fn(() => 0);
  const waiters = new Waiters();
  const item: TimelineItem = { id: "1-0", type: "generation.queued", timestamp: "", data: {} };
  const quiet = {
    timeline: async () => [item],
    revision: asked,
    progress: () => null,
    place: async () => null,
    now: () => Date.now(),
    waiters,
  };
  const feed = new Feed(() => 1_000_000);

  it.each<[string, (detach: Detach) => ReadableStream<Uint8Array>]>([
    ["a generation", (detach) => new Watchers(quiet).watch("", detach)],
    ["a scope", (detach) => feed.listen(null, "key", detach)],
  ])(
    "of %s gets a comment every 15 seconds, and is removed at the next one after it disconnects",
    async (_, listenTo) => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      try {
        const works: Promise<void>[] = [];
        const reader = listenTo((work) => works.push(work))
          .pipeThrough(new TextDecoderStream())
          .getReader();
        expect((await reader.read()).value).toMatch(/^id: /);
        for (let beat = 0; beat < 2; beat++) {
          const next = reader.read();
          await vi.advanceTimersByTimeAsync(HEARTBEAT_MS);
          expect((await next).value).toBe(": still here\n\n");
        }
        await reader.cancel();
        await vi.advanceTimersByTimeAsync(2 * HEARTBEAT_MS);
        await Promise.all(works);
        expect(vi.getTimerCount()).toBe(0);
        asked.mockClear();
        waiters.notify();
        expect(asked).not.toHaveBeenCalled();
      } finally {
        vi.useRealTimers();
      }
    },
  );
});

describe("a listener of a generation in line", () => {
  it("gets its place every five seconds, however often the generation changes, until it has left the line", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    try {
      const waiters = new Waiters();
      const item: TimelineItem = { id: "1-0", type: "generation.queued", timestamp: "", data: {} };
      let revision = 0;
      let place: QueuePlace | null = { position: 3, waiting: 4, remainingMs: null };
      const watched = {
        ...{ timeline: async () => [item], revision: () => revision, progress: () => null, place: async () => place },
        ...{ now: () => Date.now(), waiters },
      };
      const works: Promise<void>[] = [];
      const reader = new Watchers(watched)
        .watch("", (work) => works.push(work))
        .pipeThrough(new TextDecoderStream())
        .getReader();
      const next = async () => (await reader.read()).value;
      const queued = (data: object) => `event: generation.queue\ndata: ${JSON.stringify(data)}\n\n`;
      expect(await next()).toMatch(/^id: /);
      expect(await next()).toBe(queued({ position: 3, waiting: 4, remaining_seconds: null }));
      place = { position: 1, waiting: 2, remainingMs: 10_500 };
      const second = next();
      let isTold = false;
      void second.then(() => {
        isTold = true;
      });
      for (let second = 1; second < 5; second++) {
        await vi.advanceTimersByTimeAsync(1_000);
        revision++;
        waiters.notify();
      }
      await vi.advanceTimersByTimeAsync(900);
      expect(isTold).toBe(false);
      await vi.advanceTimersByTimeAsync(100);
      expect(await second).toBe(queued({ position: 1, waiting: 2, remaining_seconds: 11 }));
      place = null;
      const beat = next();
      await vi.advanceTimersByTimeAsync(5_000 + HEARTBEAT_MS);
      expect(await beat).toBe(": still here\n\n");
      await reader.cancel();
      await vi.advanceTimersByTimeAsync(2 * HEARTBEAT_MS);
      await Promise.all(works);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("waiters", () => {
  it("are no longer checked after their timeout or once their condition holds", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const waiters = new Waiters();
      const done = vi.fn(() => false);
      const late = waiters.until(done, 1_000);
      await vi.advanceTimersByTimeAsync(1_000);
      await late;
      let hasCome = false;
      const told = waiters.until(() => done() || hasCome, 1_000);
      hasCome = true;
      waiters.notify();
      await told;
      done.mockClear();
      waiters.notify();
      expect(done).not.toHaveBeenCalled();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("the event stream of a scope", () => {
  function feed() {
    const clock = { time: 1_000_000 };
    const told = new Feed(() => clock.time);
    const listen = (after: string | null) => new Listener(new Response(told.listen(after, "key", (work) => void work)));
    return { clock, told, listen };
  }

  it("replays everything that a listener has missed, in order", async () => {
    const { told, listen } = feed();
    const first = listen(null);
    const hello = await first.next();
    await first.leave();
    for (let at = 1; at <= 300; at++) told.publish("x", { at });
    const second = listen(hello?.id ?? "");
    expect((await second.next())?.event).toBe("open");
    for (let at = 1; at <= 300; at++) expect((await second.next())?.data).toEqual({ at });
    told.publish("x", { at: 301 });
    expect((await second.next())?.data).toEqual({ at: 301 });
    await second.leave();
  });

  it("sends reset to a listener that missed too many events or returned too late", async () => {
    const { clock, told, listen } = feed();
    const first = listen(null);
    const hello = await first.next();
    await first.leave();
    // The feed notices that the listener has left when it publishes.
    for (let at = 0; at < 3; at++) told.publish("x", {});
    await eventually(
      async () => told.publish("x", {}) ?? told.isWatched,
      () => true,
    );
    for (let at = 0; at < 600; at++) told.publish("x", {});
    const second = listen(hello?.id ?? "");
    const reset = await second.next();
    expect(reset?.event).toBe("reset");
    await second.leave();
    told.publish("x", {});
    told.publish("x", {});
    await eventually(
      async () => {
        clock.time += 200_000;
        return told.isWatched;
      },
      (isWatched) => !isWatched,
    );
    const third = listen(reset?.id ?? "");
    expect((await third.next())?.event).toBe("reset");
    await third.leave();
  });
});

describe("a listener that returns after a long time without listeners", () => {
  it("gets reset, even if it has the last event that was published", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    try {
      let now = 1_000_000;
      const told = new Feed(() => now);
      const listen = (after: string | null) =>
        new Listener(new Response(told.listen(after, "key", (work) => void work)));
      const first = listen(null);
      const hello = await first.next();
      await first.leave();
      // A heartbeat notices that the listener has left.
      while (told.isWatched) {
        await vi.advanceTimersByTimeAsync(15_000);
        now += 200_000;
      }
      const again = listen(hello?.id ?? "");
      expect((await again.next())?.event).toBe("reset");
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("the events of a scope", () => {
  it("report every generation and attempt, to that scope only", async () => {
    const mine = await listen("/v1/events");
    const others = await listen("/v1/events", { key: OTHER });
    expect((await mine.next())?.event).toBe("open");
    expect((await others.next())?.event).toBe("open");
    const world = await play({ poll: [COMPLETED] });
    const { id } = await submit(request(world.prompt, { webhook_url: world.hook("x") }));
    const told = await mine.until(({ event }) => event === "delivery.attempted");
    expect(typesOf(told).slice(0, 1)).toEqual(["generation.queued"]);
    expect(typesOf(told)).toContain("generation.completed");
    expect(told[0]?.data.data).toMatchObject({ id, status: "queued", model: "runway/gen4_aleph" });
    expect(told.at(-1)?.data.data).toMatchObject({ generation: id, url: world.hook("x"), status_code: 204 });
    await mine.leave();
    // None of these events reached the other scope: its next event is its own.
    const { prompt } = await play({ poll: [GENERATING] });
    const own = await submit(request(prompt), { key: OTHER });
    expect((await others.next())?.data.data).toMatchObject({ id: own.id });
    await others.leave();
  });

  it("resume after Last-Event-ID, or send reset if it is unknown", async () => {
    const first = await listen("/v1/events");
    const hello = await first.next();
    await first.leave();
    const { prompt } = await play({ poll: [GENERATING] });
    const { id } = await submit(request(prompt));
    await eventually(
      async () => (await call("/v1/generations")).text(),
      (list) => list.includes(id),
    );
    const second = await listen("/v1/events", { after: hello?.id ?? "" });
    expect((await second.next())?.event).toBe("open");
    expect((await second.next())?.data.data).toMatchObject({ id, status: "queued" });
    await second.leave();
    const lost = await listen("/v1/events", { after: "long-ago-1" });
    expect((await lost.next())?.event).toBe("reset");
    await lost.leave();
  });
});
