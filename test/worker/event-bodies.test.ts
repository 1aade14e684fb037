// GET /v1/events?bodies=true: the events of a scope, with the bodies that webhooks get.

import { describe, expect, it, vi } from "vitest";
import { AccountObject } from "../../src/account/object.ts";
import { MAX_EVENT_BYTES } from "../../src/core/webhooks/events.ts";
import { Feeds } from "../../src/live/feeds.ts";
import { holdWebhook } from "../support/description.ts";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import { Listener, listen, type Told } from "./listener.ts";
import { call, eventually, LIVE, OTHER, type Played, play, read, request, submit } from "./support.ts";

const BODIES = "/v1/events?bodies=true";
const STARTED = "generation.started";
const EVERY_EVENT = [STARTED, "generation.completed", "generation.failed", "generation.canceled"];
const FAILED = { body: { id: "{{id}}", status: "error", error: { message: "no" } } };

/** The generation that the event is about. */
const idOf = ({ data: { data } }: Told) => data?.["id"] ?? data?.["generation"];
const isEnd = ({ event }: Told) => event !== STARTED && EVERY_EVENT.includes(event);

/** A webhook of a request that gets every event. */
const webhooks = (world: Played) => ({ webhooks: [{ url: world.hook("x"), events: EVERY_EVENT }] });

/** The bodies that webhooks of the scenario got, once there are that many. */
async function received(world: Played, count: number): Promise<string[]> {
  const calls = await eventually(
    () => world.calls("hook"),
    ({ length }) => length === count,
  );
  return calls.map(({ body }) => body);
}

const cancel = (id: string, key = LIVE) => call(`/v1/generations/${id}/cancel`, { method: "POST", key });

/** Opens the stream and reads its first event. */
async function opened(path: string, options: Parameters<typeof listen>[1] = {}): Promise<[Listener, Told | null]> {
  const listener = await listen(path, options);
  return [listener, await listener.next()];
}

describe("the events of a scope with bodies", () => {
  it("report delivery attempts, even if nobody listens to the stream without bodies", async () => {
    const [listener] = await opened(BODIES, { key: OTHER });
    const world = await play({ poll: [GENERATING] });
    const { id } = await submit(request(world.prompt, { webhook_url: world.hook("x") }), { key: OTHER });
    await cancel(id, OTHER);
    const told = await listener.until(({ event }) => event === "delivery.attempted");
    expect(told.at(-1)?.data.data).toMatchObject({ generation: id, url: world.hook("x"), status_code: 204 });
    await listener.leave();
  });

  it("have the bytes that webhooks get", async () => {
    const [listener, hello] = await opened(BODIES);
    expect(hello?.event).toBe("open");
    const [completed, failed, canceled, large] = await Promise.all([
      play({ poll: [GENERATING, COMPLETED] }),
      play({ poll: [GENERATING, FAILED] }),
      play({ poll: [GENERATING] }),
      play({ poll: [GENERATING, COMPLETED] }),
    ]);
    // Characters that some parsers take for line breaks, and some that JSON escapes.
    const metadata = { text: 'a\r\n\u0085\u2028\u2029"\\\u0001 妖 🦝' };
    const generations = await Promise.all([
      submit(request(completed.prompt, { ...webhooks(completed), metadata })),
      submit(request(failed.prompt, webhooks(failed))),
      submit(request(canceled.prompt, webhooks(canceled))),
      submit({ model: "vendor/new-model", prompt: large.prompt, text: "妖".repeat(9_000), ...webhooks(large) }),
    ]);
    const told: Told[] = [];
    while (told.filter(isEnd).length < generations.length) {
      told.push(...(await listener.until((each) => each.event === STARTED || isEnd(each))));
      const last = told.at(-1);
      if (last?.event === STARTED && idOf(last) === generations[2]?.id) await cancel(`${generations[2]?.id}`);
    }
    const ends = ["generation.completed", "generation.failed", "generation.canceled", "generation.completed"];
    for (const [at, world] of [completed, failed, canceled, large].entries()) {
      const bodies = told.filter((each) => EVERY_EVENT.includes(each.event) && idOf(each) === generations[at]?.id);
      expect(bodies.map(({ event }) => event)).toEqual([STARTED, ends[at]]);
      expect(bodies.map(({ data }) => data.type)).toEqual([STARTED, ends[at]]);
      expect(bodies.map(({ text }) => text).sort()).toEqual((await received(world, 2)).sort());
    }
    const last = told.findLast((each) => idOf(each) === generations[3]?.id);
    expect(new TextEncoder().encode(last?.text).byteLength).toBeLessThan(MAX_EVENT_BYTES);
    expect(last?.data.data?.["input"]).toEqual({ truncated: true });
    await listener.leave();
  });

  it("have bodies only in this stream, also for a generation without webhooks, and to that scope only", async () => {
    const [mine] = await opened(BODIES);
    const [plain] = await opened("/v1/events?bodies=false");
    const [others] = await opened(BODIES, { key: OTHER });
    const { prompt } = await play({ poll: [COMPLETED] });
    const { id } = await submit(request(prompt));
    const isOwn = (each: Told) => idOf(each) === id;
    const isOver = (each: Told) => isEnd(each) && isOwn(each);
    const told = (await mine.until(isOver)).filter(isOwn);
    const summaries = (await plain.until(isOver)).filter(isOwn);
    for (const { text } of told.filter(({ event }) => EVERY_EVENT.includes(event))) holdWebhook(text);
    const { webhooks: _, video, ...view } = await read(id);
    expect(told.at(-1)?.data).toMatchObject({
      type: "generation.completed",
      timestamp: view.finished_at,
      data: { ...view, video: { sha256: video?.sha256 } },
    });
    // A status that passes quickly may not be reported.
    const names = (all: readonly Told[]) =>
      all.map(({ event }) => event).filter((event) => event !== "generation.storing");
    expect(names(told)).toEqual(["generation.queued", STARTED, "generation.completed"]);
    expect(names(summaries)).toEqual(["generation.queued", "generation.completed"]);
    const facts = ["id", "object", "status", "model", "prompt", "created_at"];
    const summary = [...facts, "error", "deliveries", "estimate", "usage"];
    for (const each of [...summaries, told[0] as Told]) {
      expect(Object.keys(each.data)).toEqual(["timestamp", "data"]);
      expect(Object.keys(each.data.data ?? {})).toEqual(summary);
    }
    // None of these events reached the other scope: its next event is its own.
    const world = await play({ poll: [GENERATING] });
    const own = await submit(request(world.prompt), { key: OTHER });
    expect((await others.next())?.data.data).toMatchObject({ id: own.id });
    for (const listener of [mine, plain, others]) await listener.leave();
    await cancel(own.id, OTHER);
  });

  it("resume after Last-Event-ID, and send reset after an id of the stream without bodies", async () => {
    const [first, hello] = await opened(BODIES);
    const [plain, other] = await opened("/v1/events");
    await first.leave();
    const world = await play({ poll: [GENERATING] });
    const { id } = await submit(request(world.prompt, webhooks(world)));
    await cancel(id);
    await plain.until((each) => isEnd(each) && idOf(each) === id);
    await plain.leave();
    const [again, open] = await opened(BODIES, { after: hello?.id ?? "" });
    expect(open).toMatchObject({ id: hello?.id, event: "open" });
    const told = await again.until((each) => isEnd(each) && idOf(each) === id);
    const bodies = told.filter((each) => EVERY_EVENT.includes(each.event) && idOf(each) === id);
    expect(bodies.map(({ text }) => text)).toEqual(await received(world, 1));
    await again.leave();
    for (const [path, after] of [
      [BODIES, other?.id],
      ["/v1/events", hello?.id],
    ] as const) {
      const [lost, reset] = await opened(path, { after: after ?? "" });
      expect(reset?.event, path).toBe("reset");
      await lost.leave();
    }
  });

  it("fault 106: send an event twice if the account's answer to a report is lost, and a change of status once", async () => {
    const { report } = AccountObject.prototype;
    const reporting = vi.spyOn(AccountObject.prototype, "report").mockImplementation(async function (
      this: AccountObject,
      ...reported
    ) {
      const answer = await report.apply(this, reported);
      if (!reported[1].includes("generation.canceled")) return answer;
      reporting.mockRestore();
      throw new Error("lost by the test");
    });
    const [listener] = await opened(BODIES);
    const [plain] = await opened("/v1/events");
    const { prompt } = await play({ poll: [GENERATING] });
    const { id } = await submit(request(prompt));
    await cancel(id);
    const isCanceled = (each: Told) => each.event === "generation.canceled" && idOf(each) === id;
    const [once] = (await listener.until(isCanceled)).slice(-1);
    const [twice] = (await listener.until(isCanceled)).slice(-1);
    expect(twice?.text).toBe(once?.text);
    // Comes after everything that the first generation has caused.
    const next = await submit(request(prompt));
    const told = await plain.until((each) => idOf(each) === next.id);
    expect(told.filter(isCanceled)).toHaveLength(1);
    await cancel(next.id);
    await listener.leave();
    await plain.leave();
  });

  it.each([
    ["bodies=yes", "/bodies", "must be one of true, false"],
    ["bodies=", "/bodies", "must be one of true, false"],
    ["bodies=True", "/bodies", "must be one of true, false"],
    ["bodies=true&bodies=true", "/bodies", "must be given only once"],
    ["body=true", "/body", "is not a known parameter; use bodies"],
  ])("are refused for %s", async (query, pointer, message) => {
    for (const method of ["GET", "HEAD"]) {
      const response = await call(`/v1/events?${query}`, { method });
      expect(response.status).toBe(400);
      if (method === "GET") expect(await response.json()).toMatchObject({ errors: [{ pointer, message }] });
    }
  });
});

describe("the streams of a scope", () => {
  const body = (at: number, size = 0) => {
    const text = JSON.stringify({ at, text: "x".repeat(size) });
    return { type: "generation.completed", at: 0, body: text } as const;
  };

  function feeds() {
    const clock = { time: 1_000_000 };
    const told = new Feeds(() => clock.time);
    const listen = (stream: "summaries" | "bodies", after: string | null = null) =>
      new Listener(new Response(told.listen(stream, after, "key", (work) => void work)));
    return { told, listen };
  }

  /** Calls of `work` that encode an event. */
  function encoded(work: () => void): number {
    const encode = vi.spyOn(TextEncoder.prototype, "encode");
    try {
      work();
      return encode.mock.calls.length;
    } finally {
      encode.mockRestore();
    }
  }

  it("encode and keep nothing while nobody listens, each for itself", async () => {
    const { told, listen } = feeds();
    const publish = () => {
      told.publish("generation.queued", {});
      told.publishBody(body(0));
    };
    expect(encoded(publish)).toBe(0);
    const plain = listen("summaries");
    const hello = await plain.next();
    expect(encoded(publish)).toBe(1);
    const withBodies = listen("bodies", `bodies.${hello?.id.replace(/-.*/, "-0")}`);
    expect((await withBodies.next())?.event).toBe("reset");
    expect(encoded(publish)).toBe(3);
    expect(await withBodies.next()).toMatchObject({ event: "generation.queued" });
    expect(await withBodies.next()).toMatchObject({ event: "generation.completed", text: body(0).body });
    await plain.leave();
    await withBodies.leave();
  });

  it("reach a listener that reads nothing while 200 generations with bodies of 10 kB start and end", async () => {
    const { told, listen } = feeds();
    const listener = listen("bodies");
    await listener.next();
    for (let at = 1; at <= 400; at++) told.publishBody(body(at, 10_000));
    for (let at = 1; at <= 400; at++) expect((await listener.next())?.data).toMatchObject({ at });
    await listener.leave();
  });

  it("keep at most 4 MiB of bodies", async () => {
    const { told, listen } = feeds();
    const listener = listen("bodies");
    const hello = await listener.next();
    const size = 19_900;
    // With the id and the type.
    const most = Math.floor((4 * 1024 * 1024) / (size + 100));
    for (let at = 1; at <= 2 * most; at++) {
      told.publishBody(body(at, size));
      await listener.next();
    }
    const greetingAfter = async (place: number) => {
      const id = hello?.id.replace(/-.*/, `-${Number(hello.id.split("-")[1]) + place}`) ?? "";
      const again = listen("bodies", id);
      const first = await again.next();
      await again.leave();
      return first?.event;
    };
    expect(await greetingAfter(most - 1)).toBe("reset");
    expect(await greetingAfter(most)).toBe("open");
    await listener.leave();
  });
});
