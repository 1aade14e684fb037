import type { HonoRequest } from "hono";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { parseConfig } from "../../src/config.ts";
import { MAX_BODY_BYTES } from "../../src/contract/limits.ts";
import type { Generations } from "../../src/generation/generations.ts";
import type { CreateResult } from "../../src/generation/results.ts";
import { type AcceptanceDeps, acceptGeneration } from "../../src/http/acceptance.ts";
import { MAX_SMALL_BODY_BYTES, withJson } from "../../src/http/body.ts";
import { Problem } from "../../src/http/problem.ts";
import { fixedModels } from "../support/models.ts";
import { addWorkerdCrypto } from "../support/workerd-crypto.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

const GENERATION = { maxBytes: MAX_BODY_BYTES, account: "acme" };

/** A request whose body is sent piece by piece. Node does not enforce its Content-Length. */
function sender(length: number | null) {
  let controller: ReadableByteStreamController | undefined;
  let isCanceled = false;
  const body = new ReadableStream({
    type: "bytes",
    start: (given) => {
      controller = given;
    },
    cancel: () => {
      isCanceled = true;
    },
  });
  const headers = new Headers({ "content-type": "application/json" });
  if (length !== null) headers.set("content-length", String(length));
  const raw = { body } as Request;
  const request = { raw, header: (name: string) => headers.get(name) ?? undefined } as HonoRequest;
  return {
    request,
    isCanceled: () => isCanceled,
    send: (text: string) => controller?.enqueue(new TextEncoder().encode(text)),
    end() {
      controller?.close();
      controller?.byobRequest?.respond(0);
    },
    breakOff: () => controller?.error(new Error("Network connection lost.")),
  };
}

/** What has become of a promise so far. */
function watched<T>(promise: Promise<T>) {
  const seen: { value?: T; problem?: Problem } = {};
  promise.then(
    (value) => {
      seen.value = value;
    },
    (cause) => {
      seen.problem = cause;
    },
  );
  return seen;
}

/** An object and whitespace. */
const bodyOf = (bytes: number) => `{}${" ".repeat(bytes - 2)}`;

/** Sends a body of `bytes`. Its use goes on until `done` is called. */
function held(bytes: number, { hasLength = true, account = "acme" } = {}) {
  const from = sender(hasLength ? bytes : null);
  const { promise, resolve } = Promise.withResolvers<void>();
  const options = { ...GENERATION, account };
  const seen = watched(withJson(from.request, options, () => promise.then(() => "used")));
  from.send(bodyOf(bytes));
  from.end();
  return { seen, done: resolve };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeAll(addWorkerdCrypto);

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("audit 2: memory for large bodies", () => {
  it("is lent for at most 32 MiB of bodies at once: the next one waits until another is done", async () => {
    const [first, second] = [held(20 * MIB), held(12 * MIB)];
    const third = held(2 * MIB);
    await pass(9_000);
    third.done();
    await pass(500);
    expect(third.seen).toEqual({});
    second.done();
    await pass(500);
    expect([second.seen, third.seen]).toEqual([{ value: "used" }, { value: "used" }]);
    first.done();
    await pass(0);
    expect(first.seen).toEqual({ value: "used" });
  });

  it("is refused with 503 and Retry-After after ten seconds of waiting", async () => {
    const first = held(32 * MIB);
    const second = held(2 * MIB);
    await pass(9_900);
    expect(second.seen).toEqual({});
    await pass(200);
    expect(second.seen.problem).toMatchObject({ code: "overloaded", headers: { "retry-after": "10" } });
    first.done();
    await pass(0);
    const third = held(32 * MIB);
    third.done();
    await pass(0);
    expect(third.seen).toEqual({ value: "used" });
  });

  it("is lent to bodies without Content-Length, too", async () => {
    const first = held(2 * MIB, { hasLength: false });
    await pass(0);
    // The first one took all that it might have needed, and has kept only what it did need.
    const second = held(30 * MIB);
    const third = held(2 * MIB, { hasLength: false });
    second.done();
    third.done();
    await pass(1_000);
    expect([second.seen, third.seen]).toEqual([{ value: "used" }, {}]);
    first.done();
    await pass(1_000);
    expect([first.seen, third.seen]).toEqual([{ value: "used" }, { value: "used" }]);
  });

  it("never makes bodies that are half read wait for each other", async () => {
    const senders = Array.from({ length: 3 }, () => sender(null));
    const seen = senders.map(({ request }) => watched(withJson(request, GENERATION, () => "used")));
    for (const { send } of senders) send(" ".repeat(MIB));
    await pass(0);
    for (const { send, end } of senders) {
      send(bodyOf(MIB));
      end();
    }
    await pass(9_000);
    expect(seen).toEqual(Array(3).fill({ value: "used" }));
  });

  it("is not needed by bodies of up to 4 KiB, and separate for those of up to 64 KiB and 1 MiB", async () => {
    const large = held(32 * MIB);
    const small = Array.from({ length: 16 }, () => held(MIB));
    const tiny = Array.from({ length: 128 }, () => held(64 * KIB));
    await pass(0);
    const waiting = [held(MIB), held(64 * KIB), held(4 * KIB + 1)];
    const free = Array.from({ length: 10 }, () => held(4 * KIB));
    for (const each of [...small, ...tiny, ...waiting, ...free]) each.done();
    await pass(0);
    const used = { value: "used" };
    expect([...small, ...tiny, ...free].map(({ seen }) => seen)).toEqual(Array(16 + 128 + 10).fill(used));
    expect(waiting.map(({ seen }) => seen)).toEqual([{}, {}, {}]);
    await pass(300);
    expect(waiting.map(({ seen }) => seen)).toEqual([used, used, used]);
    large.done();
    await pass(0);
  });

  it("is not kept from other accounts by bodies that arrive slowly", async () => {
    const slow = sender(32 * MIB);
    const stalling = watched(withJson(slow.request, GENERATION, () => "used"));
    slow.send("{");
    const own = held(2 * MIB);
    own.done();
    await pass(20_000);
    slow.send(" ");
    const other = held(2 * MIB, { account: "other" });
    other.done();
    await pass(4_900);
    expect([stalling, other.seen]).toEqual([{}, {}]);
    expect(own.seen.problem).toMatchObject({ code: "overloaded" });
    await pass(1_500);
    expect(stalling.problem).toMatchObject({ code: "overloaded", headers: { "retry-after": "10" } });
    expect(slow.isCanceled()).toBe(true);
    expect(other.seen).toEqual({ value: "used" });
  });

  it("is not taken from a body that has arrived", async () => {
    const first = held(32 * MIB);
    await pass(0);
    const other = held(2 * MIB, { account: "other" });
    await pass(9_900);
    first.done();
    other.done();
    await pass(100);
    expect([first.seen, other.seen]).toEqual([{ value: "used" }, { value: "used" }]);
  });

  it.each<[string, (from: ReturnType<typeof sender>) => Promise<unknown>, string]>([
    ["whose client goes away", async ({ breakOff }) => breakOff(), "must arrive in full"],
    ["that stops arriving for 30 seconds", () => pass(30_000), "must arrive within 5 minutes"],
    [
      "that takes more than five minutes",
      async ({ send }) => {
        for (let at = 0; at < 20; at++) {
          send(" ");
          await pass(15_000);
        }
      },
      "must arrive within 5 minutes",
    ],
    [
      "that is not JSON",
      async ({ send, end }) => {
        send("]");
        end();
      },
      "is not JSON",
    ],
  ])("is given back by a body %s", async (_, happens, message) => {
    const from = sender(32 * MIB);
    const seen = watched(withJson(from.request, GENERATION, () => "used"));
    from.send("{");
    await pass(0);
    await happens(from);
    await pass(0);
    expect(seen.problem).toBeInstanceOf(Problem);
    expect(seen.problem).toMatchObject({ code: "invalid_request", message: expect.stringContaining(message) });
    const next = held(32 * MIB);
    next.done();
    await pass(0);
    expect(next.seen).toEqual({ value: "used" });
  });

  it("is given back if the handler fails, and kept while it works for minutes", async () => {
    const from = sender(32 * MIB);
    const failing = watched(
      withJson(from.request, GENERATION, async () => {
        await new Promise((resolve) => setTimeout(resolve, 120_000));
        throw new Problem("internal", "failed");
      }),
    );
    from.send(bodyOf(32 * MIB));
    from.end();
    await pass(115_000);
    const next = held(2 * MIB);
    next.done();
    await pass(4_000);
    expect(next.seen).toEqual({});
    await pass(2_000);
    expect(failing.problem).toMatchObject({ code: "internal" });
    expect(next.seen).toEqual({ value: "used" });
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("audit 2: the memory of a generation's body", () => {
  it("is free while the provider's answer is awaited", async () => {
    const answered = Promise.withResolvers<CreateResult>();
    const generations = { create: () => answered.promise } as unknown as Generations;
    const staged: string[] = [];
    const put = async (_: unknown, { prompt }: { prompt: string }) => {
      staged.push(prompt);
      return "key";
    };
    const deps = {
      generations,
      inputs: { put, delete: async () => true },
      index: { reserve: async () => ({ kind: "reserved", createdAt: 1 }) as const, release: async () => {} },
      models: fixedModels(),
      clock: { now: () => 0 },
      config: parseConfig({}),
    };
    const accept = (prompt: string) => {
      const from = sender(null);
      const head = `{"prompt":"${prompt}","video_url":"data:video/mp4;base64,`;
      from.send(`${head}${"A".repeat(2 * MIB)}"}`);
      from.end();
      const asked = {
        withBody: <T>(use: (body: unknown) => Promise<T>) => withJson(from.request, GENERATION, use),
        handling: "strict",
        idempotencyKey: null,
        simulate: null,
        scope: { account: "acme", mode: "test" },
        requestId: "",
        publicUrl: "",
        urls: { allowLocal: false, ownOrigins: [] },
      } as const;
      return acceptGeneration(asked, deps as unknown as AcceptanceDeps);
    };
    // Without Content-Length, each needs all of the memory.
    const accepted = [accept("one"), accept("two")];
    await vi.waitFor(() => expect(staged).toEqual(["one", "two"]), 10_000);
    answered.resolve({ kind: "mismatch" });
    expect(await Promise.all(accepted)).toEqual([{ kind: "mismatch" }, { kind: "mismatch" }]);
  });
});

describe("a body that is too large", () => {
  it.each([MAX_BODY_BYTES, MAX_SMALL_BODY_BYTES])("is refused before it is read: %i bytes", async (most) => {
    const use = vi.fn();
    const { request } = sender(most + 1);
    await expect(withJson(request, { maxBytes: most, account: "acme" }, use)).rejects.toMatchObject({
      code: "payload_too_large",
    });
    expect(use).not.toHaveBeenCalled();
  });

  it.each([MAX_BODY_BYTES, MAX_SMALL_BODY_BYTES])("is refused while it is read: %i bytes", async (most) => {
    for (const [extra, result] of [
      [0, { value: "used" }],
      [1, { problem: { code: "payload_too_large" } }],
    ] as const) {
      const from = sender(null);
      const seen = watched(withJson(from.request, { maxBytes: most, account: "acme" }, () => "used"));
      from.send(bodyOf(most + extra));
      if (extra === 0) from.end();
      await pass(0);
      expect(seen).toMatchObject(result);
      expect(from.isCanceled()).toBe(extra === 1);
    }
  });
});
