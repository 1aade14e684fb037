// Rows of the fault table (docs/reliability.md) about webhooks, each injected into the real runtime.

import { afterEach, describe, expect, it, vi } from "vitest";
import type { DeliveryPage } from "../../src/contract/deliveries.ts";
import { AdapterExecutor } from "../../src/generation/executor.ts";
import { type Answer, COMPLETED, GENERATING } from "../support/scenario.ts";
import {
  call,
  crash,
  eventually,
  finished,
  ORIGIN,
  OTHER,
  type Played,
  play,
  read,
  record,
  request,
  submit,
  wake,
} from "./support.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Runs a generation that completes at its first poll, with these receivers as webhooks. */
async function told(hooks: Record<string, readonly Answer[]>): Promise<{ world: Played; id: string }> {
  const world = await play({ poll: [COMPLETED], hooks });
  const webhooks = Object.keys(hooks).map((receiver) => ({ url: world.hook(receiver) }));
  const { id } = await submit(request(world.prompt, { webhooks }));
  await finished(id);
  return { world, id };
}

const settled = (id: string) =>
  eventually(
    () => read(id),
    ({ webhooks }) => webhooks.every(({ state }) => state !== "pending"),
  );

const attempted = (id: string, times: number) =>
  eventually(
    () => record(id),
    ({ deliveries }) => deliveries.length > 0 && deliveries.every(({ attempts }) => attempts.length >= times),
  );

const callsTo = async (world: Played, receiver: string) =>
  (await world.calls("hook")).filter(({ path }) => path.endsWith(`/${receiver}`));

describe.concurrent("faults of a webhook", () => {
  it("fault 24: a 2xx whose body is cut off counts as a success", async () => {
    const { world, id } = await told({ x: [{ status: 200, cut: true }] });
    expect((await settled(id)).webhooks).toMatchObject([{ state: "delivered" }]);
    expect(await world.calls("hook")).toHaveLength(1);
  });

  it("fault 25: a reset before the headers is retried under the same id", async () => {
    const { world, id } = await told({ x: [{ reset: true }, { status: 204 }] });
    expect((await settled(id)).webhooks).toMatchObject([{ state: "delivered" }]);
    const calls = await world.calls("hook");
    expect(calls).toHaveLength(2);
    expect(new Set(calls.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  });

  it("fault 26: a redirect counts as a failure and is not followed", async () => {
    const { world, id } = await told({
      x: [{ status: 302, headers: { location: "/hooks/elsewhere" } }, { status: 204 }],
    });
    await settled(id);
    const [delivery] = (await record(id)).deliveries;
    expect(delivery?.attempts).toMatchObject([{ status: 302, error: "redirects are not followed" }, { status: 204 }]);
    expect(await world.calls("hook")).toHaveLength(2);
  });

  it("fault 66: a 304 fails the attempt like any other status, and is not called a redirect", async () => {
    const { id } = await told({ x: [{ status: 304 }, { status: 204 }] });
    await settled(id);
    const [delivery] = (await record(id)).deliveries;
    expect(delivery?.attempts).toMatchObject([
      { status: 304, error: null },
      { status: 204, error: null },
    ]);
  });

  it("fault 27: 410 stops deliveries to that webhook only", async () => {
    const world = await play({ poll: [GENERATING, COMPLETED], hooks: { gone: [{ status: 410 }] } });
    const events = ["generation.started", "generation.completed"];
    const webhooks = ["gone", "other"].map((receiver) => ({ url: world.hook(receiver), events }));
    const { id } = await submit(request(world.prompt, { webhooks }));
    await finished(id);
    expect((await settled(id)).webhooks.map(({ state }) => state)).toEqual(["gone", "delivered"]);
    expect(await callsTo(world, "gone")).toHaveLength(1);
    expect(await callsTo(world, "other")).toHaveLength(2);
  });

  it.each<[string, string, number, number]>([
    ["seconds", "100", 99, 121],
    ["seconds with a fraction", "40.5", 40, 49.5],
    ["a date", new Date(Date.now() + 3_600_000).toUTCString(), 3_500, 4_321],
    ["a huge number", "99999999999", 86_399, 103_681],
    ["a negative number", "-100", 0.7, 1.3],
    ["an unparsable value", "soon", 0.7, 1.3],
  ])("fault 28: Retry-After of %s is clamped", async (_, value, least, most) => {
    const { id } = await told({ x: [{ status: 503, headers: { "retry-after": value } }] });
    const { deliveries } = await attempted(id, 1);
    const [{ attempts, nextAttemptAt } = { attempts: [], nextAttemptAt: null }] = deliveries;
    const waits = ((nextAttemptAt ?? 0) - (attempts[0]?.at ?? 0) - (attempts[0]?.durationMs ?? 0)) / 1000;
    expect(waits).toBeGreaterThanOrEqual(least);
    expect(waits).toBeLessThanOrEqual(most);
  });

  it("fault 29: an attempt without an answer is abandoned after 15 s and retried", async () => {
    const { id } = await told({ x: [{ hang: true }, { status: 204 }] });
    expect((await settled(id)).webhooks).toMatchObject([{ state: "delivered" }]);
    const [delivery] = (await record(id)).deliveries;
    const error = expect.stringMatching(/^POST 127\.0\.0\.1:\d+: no answer within 15 s$/);
    expect(delivery?.attempts).toMatchObject([{ status: null, error }, { status: 204 }]);
  }, 60_000);

  it("fault 29: an answer that stalls after its headers is cut off after 15 s and counts by its status", async () => {
    const { id } = await told({
      ok: [{ status: 200, stall: true }],
      no: [{ status: 500, stall: true }, { status: 204 }],
    });
    expect((await settled(id)).webhooks.map(({ state }) => state)).toEqual(["delivered", "delivered"]);
    const { deliveries } = await record(id);
    const firsts = deliveries.map(({ attempts }) => attempts[0]);
    expect(firsts.map((first) => first?.status).sort()).toEqual([200, 500]);
    for (const first of firsts) {
      expect(first?.response).toBe("only this");
      expect(first?.durationMs).toBeGreaterThanOrEqual(14_900);
      expect(first?.durationMs).toBeLessThan(19_000);
    }
  }, 60_000);

  it.each<[string, Answer]>([
    ["an endless", { status: 200, endless: true }],
    ["a bomb-compressed", { status: 200, bomb: true }],
  ])("fault 30: %s answer is read up to a cap", async (_, answer) => {
    const { id } = await told({ x: [answer] });
    expect((await settled(id)).webhooks).toMatchObject([{ state: "delivered" }]);
    const [delivery] = (await record(id)).deliveries;
    expect(delivery?.attempts[0]?.response).toBe("x".repeat(1024));
  });

  it.each([
    ["a name that does not resolve", "http://reelhook-test.example/"],
    ["a port that refuses connections", "http://127.0.0.1:1/"],
    ["a server without TLS", ""],
  ])("fault 31: %s is retried", async (_, address) => {
    const world = await play({ poll: [COMPLETED] });
    const url = address === "" ? world.hook("x").replace("http:", "https:") : address;
    const { id } = await submit(request(world.prompt, { webhook_url: url }));
    await finished(id);
    const { deliveries } = await attempted(id, 2);
    const error = expect.stringContaining(`POST ${new URL(url).host}: `);
    expect(deliveries[0]?.attempts[0]).toMatchObject({ status: null, error });
  });

  it("fault 32: a webhook that hangs does not delay the others", async () => {
    const { world, id } = await told({ a: [{ hang: true }], b: [], c: [], d: [], e: [], f: [] });
    const calls = await eventually(
      () => world.calls("hook"),
      (made) => made.length === 6,
    );
    const { finished_at } = await read(id);
    for (const { at } of calls) expect(at - Date.parse(finished_at ?? "")).toBeLessThan(3_000);
  });

  it("fault 33: the same URL twice is refused, because a URL gets one delivery per event", async () => {
    const world = await play({});
    const webhooks = [{ url: world.hook("x") }, { url: world.hook("x") }];
    const response = await call("/v1/generations", { json: request(world.prompt, { webhooks }) });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ pointer: "/webhooks/1/url" }] });
  });

  it("fault 64: URLs that differ only in their fragment are one webhook, called without it", async () => {
    const world = await play({});
    const [one, two] = [`${world.hook("x")}#one`, `${world.hook("x")}#two`];
    const webhooks = [{ url: one }, { url: two }];
    const refused = await call("/v1/generations", { json: request(world.prompt, { webhooks }) });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      errors: [{ pointer: "/webhooks/1/url", message: "repeats /webhooks/0/url" }],
    });
    // Another account, because its endpoints receive the events of every generation.
    const key = OTHER;
    for (const url of [one, two]) await call("/v1/webhook-endpoints", { json: { url }, key });
    const { id } = await submit(request(world.prompt, { webhook_url: one }), { key });
    const ended = await eventually(
      () => read(id, key),
      ({ webhooks }) => webhooks.every(({ state }) => state !== "pending"),
    );
    expect(ended.webhooks).toMatchObject([{ url: one, state: "delivered" }]);
    expect((await record(id)).deliveries).toMatchObject([{ endpointId: expect.stringMatching(/^we_/) }]);
    expect((await world.calls("hook")).map(({ path }) => path)).toEqual([new URL(one).pathname]);
  });

  it("fault 34: twenty webhooks are called, never more than five at once", async () => {
    const { world, id } = await told(Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`r${at}`, []])));
    expect((await settled(id)).webhooks.every(({ state }) => state === "delivered")).toBe(true);
    const calls = await world.calls("hook");
    expect(calls).toHaveLength(20);
    expect(Math.max(...calls.map(({ open }) => open))).toBeLessThanOrEqual(5);
  });

  it("fault 40: redeliveries while five attempts hang abort the attempts that they replace", async () => {
    const receivers = Array.from({ length: 5 }, (_, at) => `h${at}`);
    const { world, id } = await told(Object.fromEntries(receivers.map((each) => [each, [{ hang: true } as const]])));
    const called = (times: number) =>
      eventually(
        () => world.calls("hook"),
        (calls) => calls.length === times,
      );
    await called(5);
    const [first] = (await record(id)).deliveries;
    const since = async () => {
      const { data } = await (await call(`/v1/generations/${id}/deliveries`)).json<DeliveryPage>();
      return data.map(({ attempting_since }) => Date.parse(attempting_since ?? ""));
    };
    const begun = await since();
    expect(begun.every((at) => at <= Date.now() && at >= (first?.createdAt ?? 0))).toBe(true);
    for (let again = 1; again <= 7; again++) {
      await call(`/v1/generations/${id}/deliveries/${first?.id}/redeliver`, { method: "POST" });
      await called(5 + again);
    }
    // Only one of them has begun anew.
    expect((await since()).filter((at) => !begun.includes(at))).toHaveLength(1);
    // The receiver may see an aborted connection close shortly after the next one opens.
    const calls = await world.calls("hook");
    expect(Math.max(...calls.map(({ open }) => open))).toBeLessThanOrEqual(6);
    expect(new Set(calls.map(({ headers }) => headers["webhook-id"])).size).toBe(5);
    const { attempts } = (await record(id)).deliveries.find((each) => each.id === first?.id) ?? { attempts: [] };
    expect(attempts.map(({ error }) => error)).toEqual(Array(7).fill("replaced by a redelivery"));
  });

  it("fault 47: a webhook that points back at this Worker is refused", async () => {
    const json = request("p", { webhook_url: `${ORIGIN}/v1/generations` });
    const response = await call("/v1/generations", { json });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ pointer: "/webhook_url" }] });
  });

  it("fault 52: six hanging webhooks delay no poll, and delay the others by at most one attempt", async () => {
    const hanging = Object.fromEntries(Array.from({ length: 6 }, (_, at) => [`h${at}`, [{ hang: true } as const]]));
    const world = await play({ poll: [...Array<Answer>(8).fill(GENERATING), COMPLETED], hooks: hanging });
    const receivers = [...Object.keys(hanging), "good"];
    const webhooks = receivers.map((receiver) => ({ url: world.hook(receiver), events: ["generation.started"] }));
    const { id, submitted_at } = await submit(request(world.prompt, { webhooks }));
    await finished(id);
    const polls = (await world.calls("poll")).map(({ at }) => at - Date.parse(submitted_at ?? ""));
    const late = polls.map((age, at) => age - (at + 1) * 1_000).filter((ms) => Math.abs(ms) > 500);
    expect(late).toEqual([]);
    const [good] = await eventually(
      () => callsTo(world, "good"),
      (calls) => calls.length > 0,
    );
    expect((good?.at ?? 0) - (Date.parse(submitted_at ?? "") + 1_000)).toBeLessThan(17_000);
  }, 60_000);
});

describe("a fan-out to eighteen webhooks, four of which hang", () => {
  it("reaches the other fourteen at once, and every poll keeps its slot", async () => {
    const hanging = ["h0", "h1", "h2", "h3"];
    const serving = Array.from({ length: 14 }, (_, at) => `s${at}`);
    const world = await play({
      poll: [...Array<Answer>(6).fill(GENERATING), COMPLETED],
      hooks: Object.fromEntries(hanging.map((receiver) => [receiver, [{ hang: true } as const]])),
    });
    const webhooks = [...hanging, ...serving].map((receiver) => ({
      url: world.hook(receiver),
      events: ["generation.started"],
    }));
    const { id, submitted_at } = await submit(request(world.prompt, { webhooks }));
    await finished(id);
    const accepted = Date.parse(submitted_at ?? "");
    const calls = await world.calls("hook");
    const served = calls.filter(({ path }) => serving.includes(path.split("/").at(-1) ?? ""));
    expect(served).toHaveLength(14);
    for (const { at } of served) expect(at - accepted).toBeLessThan(3_000);
    expect(Math.max(...calls.map(({ open }) => open))).toBeLessThanOrEqual(5);
    const late = (await world.calls("poll")).map(({ at }, slot) => at - accepted - (slot + 1) * 1_000);
    expect(late).toHaveLength(7);
    expect(late.filter((ms) => Math.abs(ms) > 500)).toEqual([]);
  });
});

describe("a copy while five webhooks hang", () => {
  it("gets a connection and finishes before any of them times out", async () => {
    const hanging = ["h0", "h1", "h2", "h3", "h4"];
    const bytes = 20_000_000;
    const world = await play({
      poll: [GENERATING, COMPLETED],
      file: [{ bytes }],
      hooks: Object.fromEntries(hanging.map((receiver) => [receiver, [{ hang: true } as const]])),
    });
    const webhooks = hanging.map((receiver) => ({ url: world.hook(receiver), events: ["generation.started"] }));
    const { id } = await submit(request(world.prompt, { webhooks }));
    expect(await finished(id)).toMatchObject({ status: "completed", video: { bytes } });
    const calls = await world.calls("hook");
    expect(calls.map(({ open }) => open)).toEqual([1, 2, 3, 4, 5]);
    const { deliveries } = await record(id);
    expect(deliveries.map(({ attempts }) => attempts)).toEqual(Array(5).fill([]));
  });
});

describe("faults in the middle of a fan-out", () => {
  /** Crashes the object once `count` attempts have been answered and none of them recorded. */
  function dieAfterAttempts(count: number): void {
    const { act } = AdapterExecutor.prototype;
    let left = count;
    vi.spyOn(AdapterExecutor.prototype, "act").mockImplementation(async function (this: AdapterExecutor, ...args) {
      const outcome = await act.apply(this, args);
      if (outcome.kind !== "deliver" || left <= 0) return outcome;
      if (--left === 0) void crash(args[1].generation.id);
      return new Promise(() => {});
    });
  }

  it.each([35, 41])(
    "fault %i: after a crash between the POST and its record, the same id and body are sent again",
    async () => {
      dieAfterAttempts(1);
      const { world, id } = await told({ x: [] });
      await eventually(
        () => world.calls("hook"),
        (calls) => calls.length === 1,
      );
      await eventually(
        async () => {
          await wake(id);
          return read(id);
        },
        ({ webhooks }) => webhooks[0]?.state === "delivered",
      );
      const calls = await world.calls("hook");
      expect(calls.length).toBeGreaterThan(1);
      expect(new Set(calls.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
      expect(new Set(calls.map(({ body }) => body)).size).toBe(1);
    },
  );

  it("fault 36: after a crash in the middle, recorded deliveries are not sent again", async () => {
    const { world, id } = await told({ a: [], b: [], c: [{ status: 500 }, { status: 204 }] });
    await attempted(id, 1);
    await crash(id);
    await eventually(
      async () => {
        await wake(id);
        return read(id);
      },
      ({ webhooks }) => webhooks.every(({ state }) => state === "delivered"),
    );
    expect([await callsTo(world, "a"), await callsTo(world, "b")].map(({ length }) => length)).toEqual([1, 1]);
    expect((await callsTo(world, "c")).length).toBeGreaterThan(1);
  });
});
