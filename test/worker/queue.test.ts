// The line of the provider key in the real runtime: what callers see of it, and what it costs.

import { runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { QueueObject } from "../../src/queue/object.ts";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import {
  ACCEPTED,
  crashLine,
  create,
  endPause,
  FULL,
  grantTurns,
  hasLeft,
  holdTurns,
  inLine,
  playFull,
  providerLine,
  replay,
  standings,
  startWithoutLine,
  stored,
} from "./lines.ts";
import {
  amend,
  call,
  eventually,
  finished,
  gateways,
  LIVE,
  OTHER,
  play,
  read,
  record,
  request,
  stub,
  TEST,
  testEnv,
} from "./support.ts";

beforeEach(startWithoutLine);

const cancel = (id: string, key = LIVE) => call(`/v1/generations/${id}/cancel`, { method: "POST", key });

/** Ends what a test leaves in line. */
async function cancelAll(ids: readonly string[], key = LIVE): Promise<void> {
  for (const id of ids) await cancel(id, key);
  for (const id of ids) await hasLeft(id);
}

interface Page {
  readonly data: readonly { readonly id: string; readonly queue: object | null }[];
}

const list = async (key = LIVE) => (await call("/v1/generations?status=queued", { key })).json<Page>();

describe("a generation that the provider refuses as one too many", () => {
  it("is accepted at once with its place in line, and completed later", async () => {
    await holdTurns();
    const world = await play({ submit: [FULL, ACCEPTED], poll: [COMPLETED], hooks: { x: [{ status: 204 }] } });
    const webhooks = [{ url: world.hook("x"), events: ["generation.started", "generation.completed"] }];
    const created = await create(world.prompt, { more: { webhooks } });
    expect(created).toMatchObject({ status: "queued", queue: { position: 1, waiting: 1 }, submitted_at: null });
    await grantTurns();
    const done = await finished(created.id);
    expect(done).toMatchObject({ status: "completed", queue: null });
    const hooks = await eventually(
      () => world.calls("hook"),
      (calls) => calls.length === 2,
    );
    for (const { body } of hooks) expect(JSON.parse(body).data.queue).toBeNull();
    await hasLeft(created.id);
    expect((await stored(await providerLine())).entries).toEqual([]);
  });

  it("has a place among those of its own account and mode, computed when it is read", async () => {
    await holdTurns();
    const world = await playFull();
    const first = await create(world.prompt);
    const others = await Promise.all([1, 2, 3].map(() => create(world.prompt, { key: OTHER })));
    const second = await create(world.prompt);
    expect([first.queue, second.queue]).toEqual([
      { position: 1, waiting: 1 },
      { position: 2, waiting: 2 },
    ]);
    await inLine(first.id);
    const places = async () => {
      const { data } = await list();
      return Object.fromEntries(data.map(({ id, queue }) => [id, queue]));
    };
    expect(await places()).toMatchObject({ [first.id]: { position: 1, waiting: 2 }, [second.id]: { position: 2 } });
    expect((await list(OTHER)).data.map(({ queue }) => queue).length).toBe(3);
    await eventually(
      () => list(OTHER),
      ({ data }) => data.every(({ queue }) => (queue as { waiting: number } | null)?.waiting === 3),
    );
    expect((await read(second.id, OTHER)) as object).toMatchObject({ code: "not_found" });
    await cancelAll([first.id]);
    expect(await inLine(second.id)).toMatchObject({ queue: { position: 1, waiting: 1 } });
    await cancelAll([second.id]);
    await cancelAll(
      others.map(({ id }) => id),
      OTHER,
    );
  });

  it("is submitted in turn with those of other accounts, and in order within its own", async () => {
    const world = await playFull();
    const ids: string[] = [];
    for (let made = 0; made < 4; made++) ids.push((await create(world.prompt)).id);
    const other = await create(world.prompt, { key: OTHER });
    await eventually(
      async () => standings(await providerLine()),
      (all) => Object.values(all).filter((state) => state === "waiting").length === 5,
    );
    await replay(world, { submit: [ACCEPTED], poll: [COMPLETED] });
    for (const id of ids) await finished(id);
    await finished(other.id, OTHER);
    const submitted = (await world.calls("submit")).map(
      ({ headers }) => headers["x-client-request-id"]?.split(".")[0] ?? "",
    );
    expect(submitted.filter((id) => id !== other.id)).toEqual(ids);
    expect(submitted.indexOf(other.id)).toBeLessThanOrEqual(1);
  });

  it("does not overtake those that were accepted before it", async () => {
    await holdTurns();
    const world = await playFull();
    const first = await create(world.prompt);
    // The provider would take both now, but the second asks the line first.
    const free = await play({ poll: [COMPLETED] });
    const second = await create(free.prompt);
    expect(second.queue).toEqual({ position: 2, waiting: 2 });
    expect(await free.calls("submit")).toHaveLength(0);
    await replay(world, { submit: [ACCEPTED], poll: [COMPLETED] });
    await grantTurns();
    for (const { id } of [first, second]) expect(await finished(id)).toMatchObject({ status: "completed" });
    const [of] = await world.calls("submit");
    const [behind] = await free.calls("submit");
    expect(of?.at).toBeLessThanOrEqual(behind?.at ?? 0);
  });

  it("leaves the line at once when it is canceled, and nothing is submitted or billed", async () => {
    await holdTurns();
    const world = await playFull();
    const first = await create(world.prompt);
    const second = await create(world.prompt);
    const canceled = await (await cancel(first.id)).json<object>();
    expect(canceled).toMatchObject({
      status: "canceled",
      queue: null,
      error: { message: "Canceled before it was sent to the provider; nothing will be billed." },
    });
    await hasLeft(first.id);
    expect(Object.keys(await standings(await providerLine()))).toEqual([second.id]);
    await replay(world, { submit: [ACCEPTED], poll: [COMPLETED] });
    await grantTurns();
    await finished(second.id);
    const submitted = (await world.calls("submit")).map(({ headers }) => headers["x-client-request-id"]);
    expect(submitted).toEqual([expect.stringContaining(second.id)]);
  });

  it("cannot be deleted while it waits", async () => {
    const world = await playFull();
    const { id } = await create(world.prompt);
    const response = await call(`/v1/generations/${id}`, { method: "DELETE" });
    expect([response.status, await response.json()]).toMatchObject([409, { code: "in_progress" }]);
    await cancelAll([id]);
    expect((await call(`/v1/generations/${id}`, { method: "DELETE" })).status).toBe(204);
  });

  it("is returned for the same idempotency key, and waited for with `Prefer: wait`", async () => {
    await holdTurns();
    const world = await playFull();
    const headers = { "idempotency-key": world.name };
    const { id } = await create(world.prompt, { headers });
    const again = await call("/v1/generations", { json: request(world.prompt), headers });
    expect([again.status, again.headers.get("idempotent-replayed")]).toEqual([202, "true"]);
    expect(await again.json()).toMatchObject({ id, queue: { position: 1, waiting: 1 } });
    const waited = call("/v1/generations", { json: request(world.prompt), headers: { ...headers, prefer: "wait=20" } });
    await replay(world, { submit: [ACCEPTED], poll: [COMPLETED] });
    await grantTurns();
    const done = await waited;
    expect(done.status).toBe(200);
    expect(await done.json()).toMatchObject({ id, status: "completed", queue: null });
    expect(await world.calls("submit")).toHaveLength(1);
  });

  it("is queued for the provider's own programs", async () => {
    const world = await playFull();
    const json = { model: "runway/gen4_aleph", ...request(world.prompt) };
    const response = await call("/v2/video/generations", { json });
    expect(response.status).toBe(201);
    const { id, status } = await response.json<{ id: string; status: string }>();
    expect(status).toBe("queued");
    const poll = async () =>
      (await call(`/v2/video/generations?generation_id=${id}`)).json<{ readonly status: string; error: unknown }>();
    expect(await poll()).toMatchObject({ id, status: "queued", error: null });
    await replay(world, { submit: [ACCEPTED], poll: [COMPLETED] });
    await eventually(poll, ({ status }) => status === "completed");
  });

  it("counts as in flight", async () => {
    await holdTurns();
    const world = await playFull();
    const key = "rh_live_queue-flight_0123456789";
    const env = { ...testEnv, API_KEYS: JSON.stringify({ "queue-flight": [key] }), MAX_IN_FLIGHT_PER_ACCOUNT: "1" };
    const app = createApp(() => gateways());
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const post = (path: string, body: object) =>
      app.request(path, { method: "POST", headers, body: JSON.stringify(body) }, env) as Promise<Response>;
    const made = await post("/v1/generations", request(world.prompt));
    const { id, queue } = await made.json<{ id: string; queue: object }>();
    expect(queue).toEqual({ position: 1, waiting: 1 });
    expect((await post("/v1/generations", request(world.prompt))).status).toBe(429);
    await post(`/v1/generations/${id}/cancel`, {});
    const next = await eventually(
      () => post("/v1/generations", request(world.prompt)),
      ({ status }) => status === 202,
    );
    await post(`/v1/generations/${(await next.json<{ id: string }>()).id}/cancel`, {});
  });
});

describe("the time that a generation may wait", () => {
  it("in line is limited by QUEUE_TIMEOUT_SECONDS, and the error has the provider's last reason", async () => {
    const world = await playFull();
    const { id } = await create(world.prompt);
    await amend(id, (generation) => ({ ...generation, policy: { ...generation.policy, queueTimeoutMs: 500 } }));
    const { error } = await finished(id);
    expect(error).toMatchObject({ code: "timed_out", message: expect.stringMatching(/within 0.5 s.*Too many jobs/) });
    await hasLeft(id);
    expect(await standings(await providerLine())).toEqual({});
  });

  it("for its job begins when the provider accepts it", async () => {
    const world = await play({ submit: [FULL, FULL, FULL, FULL, ACCEPTED], poll: [GENERATING] });
    const { id } = await create(world.prompt);
    const timeoutMs = 300;
    // Refused four times, it waits longer than this before it is accepted.
    await amend(id, (generation) => ({ ...generation, policy: { ...generation.policy, timeoutMs } }));
    const { created_at, submitted_at, finished_at, error } = await finished(id);
    expect(error).toMatchObject({ code: "timed_out" });
    const [created = 0, submitted = 0, ended = 0] = [created_at, submitted_at, finished_at].map((at) =>
      Date.parse(at ?? ""),
    );
    expect(submitted - created).toBeGreaterThan(timeoutMs);
    expect(ended - submitted).toBeGreaterThanOrEqual(timeoutMs);
  });
});

describe("the stream of a generation in line", () => {
  it("has its place, and no place after it has left the line", async () => {
    await holdTurns();
    const world = await playFull();
    const { id } = await create(world.prompt);
    const response = await call(`/v1/generations/${id}/events`, { headers: { accept: "text/event-stream" } });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes("event: generation.queue\n")) text += (await reader?.read())?.value;
    await replay(world, { submit: [ACCEPTED], poll: [COMPLETED] });
    await grantTurns();
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) text += next.value;
    const types = [...text.matchAll(/^event: (.*)$/gm)].map(([, type]) => type);
    expect(types).toEqual([
      "generation.queued",
      "generation.queue",
      "generation.submitted",
      "generation.started",
      "generation.storing",
      "generation.completed",
    ]);
    const [, data = ""] = /event: generation.queue\ndata: (.*)\n/.exec(text) ?? [];
    expect(JSON.parse(data)).toEqual({ position: 1, waiting: 1, remaining_seconds: null });
  });
});

describe("the line's object", () => {
  it("stores nothing before the provider refuses something", async () => {
    const world = await play({ poll: [GENERATING, COMPLETED] });
    const { id } = await create(world.prompt);
    expect((await list()).data.map(({ queue }) => queue)).toContain(null);
    expect((await read(id)).queue).toBeNull();
    await finished(id);
    expect(await stored(await providerLine())).toEqual({ entries: null, keys: {}, alarm: null });
    expect((await record(id)).generation.line).toBeUndefined();
  });

  it("has no secret in its name or its storage", async () => {
    const world = await playFull();
    const { id } = await create(world.prompt);
    const line = await providerLine();
    expect(line.name).toMatch(/^aimlapi\/[0-9a-f]{32}$/);
    const everything = await runInDurableObject(line, (_, { storage }) => {
      const tables = storage.sql
        .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
        .toArray();
      const own = tables.map(({ name }) => name).filter((name) => !name.startsWith("_cf_"));
      const rows = own.flatMap((name) => storage.sql.exec(`SELECT * FROM ${name}`).toArray());
      return JSON.stringify([rows, [...storage.kv.list()]]);
    });
    expect(everything).toContain(id);
    expect(everything).not.toMatch(/provider-key|rh_live|scenario=|https?:/);
    await cancelAll([id]);
  });

  it("goes on by itself after a restart", async () => {
    const world = await playFull();
    const ids = [(await create(world.prompt)).id, (await create(world.prompt)).id];
    const line = await providerLine();
    await crashLine(line);
    // The first has no place while it tries.
    await eventually(
      () => read(ids[1] ?? ""),
      ({ queue }) => queue?.position === 2 && queue.waiting === 2,
    );
    await crashLine(line);
    await replay(world, { submit: [ACCEPTED], poll: [COMPLETED] });
    for (const id of ids) expect(await finished(id)).toMatchObject({ status: "completed" });
    expect(await world.calls("submit")).toHaveLength(2);
  });
});

describe("a line that does not answer", () => {
  it("leaves the place out of answers, and fails none of them", async () => {
    await holdTurns();
    const world = await playFull();
    const { id } = await create(world.prompt);
    const places = vi.spyOn(QueueObject.prototype, "places").mockRejectedValue(new Error("no answer"));
    expect(await read(id)).toMatchObject({ status: "queued", queue: null });
    expect((await list()).data).toContainEqual(expect.objectContaining({ id, queue: null }));
    places.mockRestore();
    expect(await read(id)).toMatchObject({ queue: { position: 1, waiting: 1 } });
    await cancelAll([id]);
  });
});

describe("test mode", () => {
  const sandboxLine = (account: string) => testEnv.QUEUES.getByName(`sandbox/${account}`);

  it("has a line for each account, which no other account or mode waits in", async () => {
    const live = await playFull();
    const waiting = await create(live.prompt);
    const busy = await create("[busy] a fairy", { key: TEST });
    expect(busy).toMatchObject({ mode: "test", queue: { position: 1, waiting: 1 } });
    const OTHER_TEST = "rh_test_other_0123456789";
    const free = await create("[instant] a fairy", { key: OTHER_TEST });
    expect(free.queue).toBeNull();
    expect(await finished(free.id, OTHER_TEST)).toMatchObject({ status: "completed" });
    expect(Object.keys(await standings(sandboxLine("acme")))).toEqual([busy.id]);
    expect((await stored(sandboxLine("other"))).entries).toBeNull();
    expect(Object.keys(await standings(await providerLine()))).toEqual([waiting.id]);
    await endPause(sandboxLine("acme"));
    const accepted = await eventually(
      () => read(busy.id, TEST),
      ({ submitted_at }) => submitted_at !== null,
    );
    expect(accepted.queue).toBeNull();
    await cancelAll([busy.id], TEST);
    await cancelAll([waiting.id]);
    expect(await stub(busy.id).wasMade()).toBe(true);
  });
});
