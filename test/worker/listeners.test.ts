// Listeners that do not read, are too many, or vanish: what they may cost, and that they leave nothing behind.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { TimelineItem } from "../../src/contract/events.ts";
import type { QueuePlace } from "../../src/core/queue/standing.ts";
import { Feed, MAX_LISTENERS, MAX_LISTENERS_PER_KEY } from "../../src/live/account.ts";
import { MAX_WATCHERS, Watchers } from "../../src/live/generation.ts";
import { Waiters } from "../../src/live/waiters.ts";
import { GENERATING } from "../support/scenario.ts";
import { call, play, request, SECOND, submit } from "./support.ts";

const HEARTBEAT_MS = 15_000;
const STALL_MS = 60_000;

type Reader = ReadableStreamDefaultReader<string>;

function readerOf(stream: ReadableStream<Uint8Array>): Reader {
  return stream.pipeThrough(new TextDecoderStream()).getReader();
}

/** Reads until the text contains `wanted`. */
async function readUntil(reader: Reader, wanted: string): Promise<string> {
  let text = "";
  while (!text.includes(wanted)) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`ended without ${wanted}: ${text}`);
    text += value;
  }
  return text;
}

const idOf = (text: string) => /^id: (\S+)/.exec(text)?.[1] ?? "";

/** A feed whose listeners' work is collected. */
function feedOf() {
  const works: Promise<void>[] = [];
  const feed = new Feed(() => 1_000_000, { stallMs: STALL_MS });
  const listen = (after: string | null = null, key = "key") => feed.listen(after, key, (work) => works.push(work));
  return { feed, works, listen };
}

describe("listeners of a scope", () => {
  it("audit 6: share each event, which is encoded once", async () => {
    const { feed, listen } = feedOf();
    const readers = Array.from({ length: 10 }, () => readerOf(listen()));
    for (const reader of readers) await readUntil(reader, "event: open");
    const toJSON = vi.fn(() => ({ at: 1 }));
    feed.publish("x", { toJSON });
    for (const reader of readers) expect(await readUntil(reader, "event: x")).toContain('data: {"at":1}');
    expect(toJSON).toHaveBeenCalledTimes(1);
    for (const reader of readers) await reader.cancel();
  });

  it.each([
    ["500 events", 510, 10, (data: object) => data],
    ["1 MiB", 200, 8_000, (data: object) => data],
    ["1 MiB of bodies", 80, 19_900, (data: object) => JSON.stringify(data)],
  ])(
    "audit 6: are dropped when they fall more than %s behind, and get reset when they return",
    async (_, count, size, dataOf) => {
      const { feed, works, listen } = feedOf();
      const unread = readerOf(listen());
      const last = idOf(await readUntil(unread, "event: open"));
      const reading = readerOf(listen());
      await readUntil(reading, "event: open");
      for (let at = 1; at <= count; at++) {
        feed.publish("x", dataOf({ at, text: "x".repeat(size) }));
        await readUntil(reading, `"at":${at},`);
      }
      await expect(readUntil(unread, `"at":${count},`)).rejects.toThrow();
      await works[0];
      const returned = readerOf(listen(last));
      expect(await readUntil(returned, "event: ")).toContain("event: reset");
      await reading.cancel();
      await returned.cancel();
    },
  );

  it("audit 6: that are slow but not too far behind get everything", async () => {
    const { feed, listen } = feedOf();
    const slow = readerOf(listen());
    await readUntil(slow, "event: open");
    for (let at = 1; at <= 490; at++) feed.publish("x", { at });
    const text = await readUntil(slow, '"at":490}');
    expect(text.match(/event: x/g)).toHaveLength(490);
    await slow.cancel();
  });

  it("audit 6: are at most 20 for each API key, and 500 in all: one more replaces the oldest", async () => {
    const { feed, listen } = feedOf();
    const isOpen = async (reader: Reader, at: number) => {
      feed.publish("x", { at });
      return readUntil(reader, `"at":${at}`).then(
        () => true,
        () => false,
      );
    };
    const others = readerOf(listen(null, "other"));
    const own = Array.from({ length: MAX_LISTENERS_PER_KEY + 1 }, () => readerOf(listen()));
    const open = await Promise.all([others, ...own].map((reader) => isOpen(reader, 1)));
    expect(open).toEqual([true, false, ...Array(MAX_LISTENERS_PER_KEY).fill(true)]);
    const most = MAX_LISTENERS - MAX_LISTENERS_PER_KEY;
    const more = Array.from({ length: most }, (_, at) => readerOf(listen(null, `key ${at}`)));
    expect(await isOpen(others, 2)).toBe(false);
    expect(await isOpen(own.at(-1) as Reader, 3)).toBe(true);
    expect(await isOpen(more.at(-1) as Reader, 4)).toBe(true);
  });
});

const item = (id: string, type: string): TimelineItem => ({ id, type, timestamp: "", data: {} });

/** The listeners of a fake generation that is queued. */
function watchedOf() {
  const works: Promise<void>[] = [];
  const items = [item("1-0", "generation.queued")];
  const waiters = new Waiters();
  const timeline = vi.fn(async () => [...items]);
  let revision = 0;
  const watched = {
    ...{ timeline, revision: () => revision, progress: () => null },
    place: async (): Promise<QueuePlace | null> => null,
    ...{ now: () => Date.now(), waiters },
  };
  const watchers = new Watchers(watched, STALL_MS);
  const add = (...more: TimelineItem[]) => {
    items.push(...more);
    revision++;
    waiters.notify();
  };
  const watch = (after = "") => watchers.watch(after, (work) => works.push(work));
  return { add, works, watch, watched, waiters, timeline };
}

describe("listeners of a generation", () => {
  it("share its place in line, which is asked for at most every five seconds", async () => {
    const { watched, watch, works, add } = watchedOf();
    const now = vi.spyOn(watched, "now").mockReturnValue(1_000_000);
    const place = vi.spyOn(watched, "place").mockResolvedValue({ position: 3, waiting: 4, remainingMs: null });
    const readers = Array.from({ length: MAX_WATCHERS }, () => readerOf(watch()));
    for (const reader of readers) await readUntil(reader, '"position":3');
    expect(place).toHaveBeenCalledTimes(1);
    now.mockReturnValue(1_004_999);
    const late = readerOf(watch());
    await readUntil(late, '"position":3');
    expect(place).toHaveBeenCalledTimes(1);
    now.mockReturnValue(1_005_000);
    const later = readerOf(watch());
    await readUntil(later, '"position":3');
    expect(place).toHaveBeenCalledTimes(2);
    add(item("2-4", "generation.completed"));
    await Promise.all([...readers.slice(2), late, later].map((reader) => readUntil(reader, "generation.completed")));
    await Promise.all(works);
  });

  it("ask again for a place that was not known", async () => {
    const { watched, watch, works, add } = watchedOf();
    vi.spyOn(watched, "now").mockReturnValue(1_000_000);
    const place = vi.spyOn(watched, "place");
    const early = readerOf(watch());
    await readUntil(early, "generation.queued");
    await vi.waitUntil(() => place.mock.calls.length === 1);
    place.mockResolvedValue({ position: 1, waiting: 1, remainingMs: null });
    const late = readerOf(watch());
    await readUntil(late, '"position":1');
    add(item("2-4", "generation.completed"));
    await Promise.all([early, late].map((reader) => readUntil(reader, "generation.completed")));
    await Promise.all(works);
  });

  it("audit 6: are at most 20: one more replaces the oldest", async () => {
    const { add, works, watch } = watchedOf();
    const readers = Array.from({ length: MAX_WATCHERS + 1 }, () => readerOf(watch()));
    await works[0];
    await expect(readUntil(readers[0] as Reader, "generation.queued")).rejects.toThrow();
    for (const reader of readers.slice(1)) await readUntil(reader, "generation.queued");
    add(item("2-4", "generation.completed"));
    for (const reader of readers.slice(1)) await readUntil(reader, "generation.completed");
    await Promise.all(works);
  });

  it("audit 6: share the timeline and each encoded event", async () => {
    const { add, works, watch, timeline } = watchedOf();
    const readers = Array.from({ length: 10 }, () => readerOf(watch()));
    for (const reader of readers) await readUntil(reader, "generation.queued");
    const toJSON = vi.fn(() => ({}));
    timeline.mockClear();
    add({ ...item("2-4", "generation.completed"), data: { toJSON } });
    for (const reader of readers) await readUntil(reader, "generation.completed");
    await Promise.all(works);
    expect(timeline).toHaveBeenCalledTimes(1);
    expect(toJSON).toHaveBeenCalledTimes(1);
  });
});

describe("a listener that is dropped or vanishes", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Starts to listen to a stream of either kind. */
  const streams: [string, () => { works: Promise<void>[]; listen: () => ReadableStream<Uint8Array> }][] = [
    ["a scope", () => feedOf()],
    [
      "a generation",
      () => {
        const { works, watch } = watchedOf();
        return { works, listen: () => watch() };
      },
    ],
  ];

  it.each(streams)(
    "audit 6: leaves no timer and no work of %s behind if it does not read for a minute",
    async (_, start) => {
      const { works, listen } = start();
      const unread = listen();
      let isOver = false;
      void Promise.all(works).then(() => {
        isOver = true;
      });
      await vi.advanceTimersByTimeAsync(STALL_MS - HEARTBEAT_MS);
      expect(isOver).toBe(false);
      await vi.advanceTimersByTimeAsync(HEARTBEAT_MS);
      await Promise.all(works);
      expect(vi.getTimerCount()).toBe(0);
      await expect(readUntil(readerOf(unread), "id: ")).rejects.toThrow();
    },
  );

  it.each(streams)("audit 6: leaves no timer and no work of %s behind if it disconnects at once", async (_, start) => {
    const { works, listen } = start();
    await listen().cancel();
    await vi.advanceTimersByTimeAsync(2 * HEARTBEAT_MS);
    await Promise.all(works);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("over HTTP", () => {
  it.each([
    ["/v1/events", "/v1/events?bodies=true"],
    ["/v1/events?bodies=true", "/v1/events"],
  ])(
    "audit 6: the 21st listener of an API key to %s replaces the first, and none of another key or of %s",
    async (path, other) => {
      const listen = async (path: string, key?: string) => {
        const response = await call(path, key === undefined ? {} : { key });
        const reader = readerOf(response.body as ReadableStream<Uint8Array>);
        await readUntil(reader, "event: open");
        return reader;
      };
      const others = [await listen(path, SECOND), await listen(other)];
      const first = await listen(path);
      const rest: Reader[] = [];
      for (let at = 0; at < MAX_LISTENERS_PER_KEY; at++) rest.push(await listen(path));
      await expect(readUntil(first, "generation.queued")).rejects.toThrow();
      const { prompt } = await play({ poll: [GENERATING] });
      const { id } = await submit(request(prompt));
      for (const reader of [...others, ...rest]) await readUntil(reader, id);
      for (const reader of [...others, ...rest]) await reader.cancel();
      await call(`/v1/generations/${id}/cancel`, { method: "POST" });
    },
  );

  it("audit 6: at most 100 requests wait for a generation; one more is answered at once", async () => {
    const { prompt } = await play({ poll: [GENERATING] });
    const { id } = await submit(request(prompt));
    const wait = () => call(`/v1/generations/${id}`, { headers: { prefer: "wait=60" } });
    const early: Response[] = [];
    const waiting = Array.from({ length: 110 }, async () => {
      const response = await wait();
      early.push(response.clone());
      return response;
    });
    // A cancel before all requests have arrived would answer the late ones at once, too.
    await vi.waitUntil(() => early.length === 10, 20_000);
    for (const response of early.splice(0)) {
      expect(response.headers.get("preference-applied")).toBeNull();
      expect(await response.json()).not.toMatchObject({ status: "canceled" });
    }
    await call(`/v1/generations/${id}/cancel`, { method: "POST" });
    const applied = (await Promise.all(waiting)).map(({ headers }) => headers.get("preference-applied"));
    expect(applied.filter((each) => each !== null)).toHaveLength(100);
  });
});
