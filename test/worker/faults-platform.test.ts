// Rows of the fault table (docs/reliability.md) about the platform: alarms, storage, the account, and races.

import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { AccountObject } from "../../src/account/object.ts";
import type { DeliveryView } from "../../src/contract/deliveries.ts";
import { GenerationStore } from "../../src/generation/store.ts";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import {
  call,
  crash,
  eventually,
  finished,
  OTHER,
  play,
  read,
  record,
  request,
  stub,
  submit,
  testEnv,
} from "./support.ts";

const account = () => testEnv.ACCOUNTS.get(testEnv.ACCOUNTS.idFromName("acme/live"));

function indexed(id: string): Promise<{ status: string } | undefined> {
  return runInDurableObject(account(), (_, { storage }) =>
    storage.sql.exec<{ status: string }>("SELECT status FROM generations WHERE id = ?", id).toArray().at(0),
  );
}

async function deliveriesOf(id: string): Promise<DeliveryView[]> {
  return (await (await call(`/v1/generations/${id}/deliveries`)).json<{ data: DeliveryView[] }>()).data;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("faults of alarms", () => {
  it("fault 37: a generation survives an alarm handler that throws seven times in a row", async () => {
    const world = await play({ poll: [GENERATING, COMPLETED] });
    const { id } = await submit(request(world.prompt));
    const { load } = GenerationStore.prototype;
    let throws = 0;
    vi.spyOn(GenerationStore.prototype, "load").mockImplementation(function (this: GenerationStore) {
      const life = load.call(this);
      const isAlarm = new Error("for its stack").stack?.includes(".alarm ") === true;
      if (life?.generation.id !== id || !isAlarm || throws >= 7) return life;
      throws++;
      throw new Error("thrown by the test");
    });
    await eventually(
      async () => {
        // After each throw the next alarm is half a minute away, so the test runs it at once.
        await runDurableObjectAlarm(stub(id));
        return throws;
      },
      (count) => count === 7,
    );
    expect((await record(id)).alarm).not.toBeNull();
    await runDurableObjectAlarm(stub(id));
    expect(await finished(id)).toMatchObject({ status: "completed" });
  });

  it("fault 39: an alarm that fires repeatedly does due work once", async () => {
    const world = await play({ poll: [GENERATING, COMPLETED] });
    const { id } = await submit(request(world.prompt, { webhook_url: world.hook("x") }));
    const seen = await eventually(
      async () => {
        await runDurableObjectAlarm(stub(id));
        return read(id);
      },
      ({ webhooks }) => webhooks[0]?.state === "delivered",
    );
    expect(seen.status).toBe("completed");
    expect(await world.calls("submit")).toHaveLength(1);
    expect(await world.calls("poll")).toHaveLength(2);
    expect(await world.calls("file")).toHaveLength(1);
    expect(await world.calls("hook")).toHaveLength(1);
  });
});

describe("faults of storage and of the account", () => {
  it("fault 45: nothing is sent when a write fails", async () => {
    const world = await play({});
    const { commit } = GenerationStore.prototype;
    vi.spyOn(GenerationStore.prototype, "commit").mockImplementation(function (this: GenerationStore, life, changes) {
      if (changes.generation?.state.phase === "submitting") throw new Error("write failed by the test");
      return commit.call(this, life, changes);
    });
    const response = await call("/v1/generations", { json: request(world.prompt) });
    expect(response.status).toBe(500);
    expect(await world.calls()).toEqual([]);
  });

  it("fault 53: a generation continues while the account does not answer, and its report is retried", async () => {
    const world = await play({});
    const report = vi.spyOn(AccountObject.prototype, "report").mockRejectedValue(new Error("silenced by the test"));
    const { id } = await submit(request(world.prompt, { webhook_url: world.hook("x") }));
    expect(await finished(id)).toMatchObject({ status: "completed" });
    await eventually(
      () => world.calls("hook"),
      (calls) => calls.length === 1,
    );
    expect(report).toHaveBeenCalled();
    expect(await indexed(id)).toBeUndefined();
    report.mockRestore();
    await eventually(
      () => indexed(id),
      (row) => row?.status === "completed",
    );
  });
});

describe("races", () => {
  it("fault 40: concurrent cancels during a copy lead to exactly one terminal state", async () => {
    const world = await play({ poll: [COMPLETED], file: [{ bytes: 20_000_000 }] });
    const { id } = await submit(request(world.prompt, { webhook_url: world.hook("x") }));
    await eventually(
      () => read(id),
      ({ status }) => status === "storing" || status === "completed",
    );
    const answers = await Promise.all([1, 2, 3].map(() => call(`/v1/generations/${id}/cancel`, { method: "POST" })));
    const { status } = await finished(id);
    const expected = status === "canceled" ? 200 : 409;
    expect(answers.map((answer) => answer.status)).toEqual([expected, expected, expected]);
    const hooks = await eventually(
      () => world.calls("hook"),
      (calls) => calls.length > 0,
    );
    expect(hooks.map(({ body }) => JSON.parse(body).type)).toEqual([`generation.${status}`]);
  });

  it("fault 40: a redelivery keeps the id and the body, and restarts the schedule", async () => {
    const world = await play({ hooks: { x: [{ status: 500 }] } });
    const { id } = await submit(request(world.prompt, { webhook_url: world.hook("x") }));
    const [failed] = await eventually(
      () => deliveriesOf(id),
      ([delivery]) => delivery?.state === "failed",
    );
    expect(failed).toMatchObject({
      object: "delivery",
      event: "generation.completed",
      url: world.hook("x"),
      next_attempt_at: null,
      attempts: Array(4).fill({
        at: expect.any(String),
        status_code: 500,
        duration_ms: expect.any(Number),
        error: null,
        response: "",
        manual: false,
      }),
    });
    const path = `/v1/generations/${id}/deliveries/${failed?.id}/redeliver`;
    const again = await Promise.all([1, 2].map(() => call(path, { method: "POST" })));
    expect(again.map(({ status }) => status)).toEqual([202, 202]);
    // Four attempts of the first schedule, one of the redelivery that the second replaced, and four of the second.
    await eventually(
      () => deliveriesOf(id),
      ([delivery]) => delivery?.state === "failed" && delivery.attempts.length === 9,
    );
    // Which attempts somebody asked for is stored.
    await crash(id);
    const manual = (await deliveriesOf(id))[0]?.attempts.map((attempt) => attempt.manual);
    expect(manual).toEqual([...Array(4).fill(false), true, true, ...Array(3).fill(false)]);
    const hooks = await world.calls("hook");
    expect(new Set(hooks.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(new Set(hooks.map(({ body }) => body)).size).toBe(1);
    const one = path.replace("/redeliver", "");
    expect(await (await call(one)).json()).toMatchObject({ id: failed?.id, body: hooks[0]?.body });
    expect((await call(one, { key: OTHER })).status).toBe(404);
    expect((await call(path.replace(failed?.id ?? "", "msg_none"), { method: "POST" })).status).toBe(404);
  });
});
