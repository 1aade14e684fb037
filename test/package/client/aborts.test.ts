// Aborted calls, in each of their phases, over real HTTP.

import { getEventListeners } from "node:events";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Reelhook } from "../../../packages/reelhook/src/index.ts";
import { type Answer, json, Loopback, problem, stream } from "../../support/loopback.ts";

const server = new Loopback();
const REASON = new Error("the user has left");
const OPEN = "id: a-0\nevent: open\ndata: {}\n\n";

beforeAll(() => server.start());
afterAll(() => server.stop());

/** @param onAnswer called when the headers of an answer have arrived. */
function client(onAnswer = () => {}): Reelhook {
  const observed = async (url: string, init: RequestInit) => {
    const response = await fetch(url, init);
    onAnswer();
    return response;
  };
  return new Reelhook({ baseUrl: server.url, apiKey: "rh_test_acme_0123456789", fetch: observed });
}

const listenersOf = (signal: AbortSignal) => getEventListeners(signal, "abort").length;

/** Aborts once that many listeners have been added to the signal. */
async function abortAfter(listeners: number, abort: AbortController): Promise<void> {
  const added = vi.spyOn(abort.signal, "addEventListener");
  await vi.waitFor(() => expect(added).toHaveBeenCalledTimes(listeners), { interval: 1 });
  abort.abort(REASON);
}

const halfAnswer: Answer = (response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
  response.write('{"id":');
};

describe("an aborted call", () => {
  it("is not sent if it was aborted before", async () => {
    const fetch = vi.fn();
    const reelhook = new Reelhook({ baseUrl: server.url, apiKey: "rh_test_acme_0123456789", fetch });
    const signal = AbortSignal.abort(REASON);
    await expect(reelhook.generations.create({ prompt: "p" }, { signal })).rejects.toBe(REASON);
    expect(fetch).not.toHaveBeenCalled();
  });

  it("throws the signal's reason while it waits for the answer", async () => {
    const abort = new AbortController();
    server.answer(() => abort.abort(REASON));
    await expect(client().account.get({ signal: abort.signal })).rejects.toBe(REASON);
  });

  it("throws the signal's reason while it reads the answer", async () => {
    const abort = new AbortController();
    server.answer(halfAnswer);
    const reelhook = client(() => setImmediate(() => abort.abort(REASON)));
    await expect(reelhook.account.get({ signal: abort.signal })).rejects.toBe(REASON);
  });

  it("throws the signal's reason while it waits for its repetition, and leaves no listener", async () => {
    const abort = new AbortController();
    server.answer(problem(429, "rate_limited", { "retry-after": "30" }));
    // The call adds one, and the pause another.
    const aborted = abortAfter(2, abort);
    const call = client().account.get({ signal: abort.signal });
    await Promise.all([expect(call).rejects.toBe(REASON), aborted]);
    expect([server.received.length, listenersOf(abort.signal)]).toEqual([1, 0]);
  });
});

describe("an aborted stream", () => {
  it.each([
    ["before the first event", []],
    ["between two events", [OPEN]],
  ])("throws the signal's reason %s, and leaves no listener and no connection", async (_, sent) => {
    const abort = new AbortController();
    const [opened, closed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    server.answer((response, received) => {
      response.once("close", closed.resolve);
      stream(sent)(response, received);
    });
    const events = client(opened.resolve).events({ signal: abort.signal });
    for (const _ of sent) await events.next();
    const next = expect(events.next()).rejects.toBe(REASON);
    await opened.promise;
    setImmediate(() => abort.abort(REASON));
    await next;
    await closed.promise;
    expect(listenersOf(abort.signal)).toBe(0);
  });

  it("throws the signal's reason before it opens", async () => {
    const abort = new AbortController();
    server.answer(() => abort.abort(REASON));
    await expect(client().events({ signal: abort.signal }).next()).rejects.toBe(REASON);
  });

  it("ends although a fetch of the caller's ignores the signal, and cancels the body", async () => {
    const abort = new AbortController();
    const canceled = Promise.withResolvers<unknown>();
    const body = new ReadableStream({ cancel: canceled.resolve });
    const deaf = new Reelhook({
      ...{ baseUrl: server.url, apiKey: "rh_test_acme_0123456789" },
      fetch: async () => new Response(body, { headers: { "content-type": "text/event-stream" } }),
    });
    const aborted = abortAfter(1, abort);
    const next = deaf.events({ signal: abort.signal }).next();
    await Promise.all([expect(next).rejects.toBe(REASON), aborted]);
    await canceled.promise;
    expect(listenersOf(abort.signal)).toBe(0);
  });

  it("does not yield events that have arrived already", async () => {
    const abort = new AbortController();
    server.answer(stream([OPEN + OPEN]));
    const types: string[] = [];
    const read = async () => {
      for await (const { type } of client().events({ signal: abort.signal })) {
        types.push(type);
        abort.abort(REASON);
      }
    };
    await expect(read()).rejects.toBe(REASON);
    expect(types).toEqual(["open"]);
  });
});

describe("a wait for a generation", () => {
  it.each<[string, readonly Answer[]]>([
    ["while it reads the generation", []],
    ["while it opens the stream", [json({ id: "gen_1", status: "queued" })]],
  ])("throws the signal's reason %s", async (_, answers) => {
    const abort = new AbortController();
    server.answer(...answers, () => abort.abort(REASON));
    await expect(client().generations.wait("gen_1", { signal: abort.signal })).rejects.toBe(REASON);
  });

  it("throws the signal's reason while it follows the stream", async () => {
    const abort = new AbortController();
    const onStream = () => server.received.length === 2 && setImmediate(() => abort.abort(REASON));
    server.answer(json({ id: "gen_1", status: "queued" }), stream([]));
    await expect(client(onStream).generations.wait("gen_1", { signal: abort.signal })).rejects.toBe(REASON);
  });

  it("ends when its time is up, with an error that says so", async () => {
    server.answer(json({ id: "gen_1", status: "queued" }), stream([]));
    await expect(client().generations.wait("gen_1", { timeoutMs: 50 })).rejects.toMatchObject({
      ...{ name: "ReelhookError", code: "timed_out", status: null },
      message: "The generation gen_1 has not ended within 50 ms. It continues: call wait again to go on waiting.",
    });
  });

  it.each([3_000_000_000, Number.POSITIVE_INFINITY])(
    "may take up to %d ms, which no timer can count",
    async (timeoutMs) => {
      const completed = { id: "gen_1", status: "completed" };
      server.answer((response, received) => setTimeout(() => json(completed)(response, received), 20));
      expect(await client().generations.wait("gen_1", { timeoutMs })).toEqual(completed);
    },
  );
});

describe("a signal that never aborts", () => {
  it("has no listener after a call", async () => {
    const { signal } = new AbortController();
    server.answer(problem(429, "rate_limited"), json({ object: "account" }));
    await client().account.get({ signal });
    expect(listenersOf(signal)).toBe(0);
  });

  it("is not used to make others, which Node 20 would keep an entry for", async () => {
    const { signal } = new AbortController();
    const any = vi.spyOn(AbortSignal, "any");
    const { generations } = client();
    server.answer(json({ id: "gen_1", status: "queued" }), stream([]));
    const waiting = generations.wait("gen_1", { signal, timeoutMs: 50 });
    await expect(waiting).rejects.toMatchObject({ code: "timed_out" });
    expect(any.mock.calls.flat(2)).not.toContain(signal);
    expect(listenersOf(signal)).toBe(0);
    any.mockRestore();
  });
});
