// Cancel, delete, and the account's index and watchdog.

import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { Generation } from "../../src/core/generation/record.ts";
import { TOMBSTONE_MS } from "../../src/core/generation/removal.ts";
import { COMPLETED, GENERATING, QUEUED } from "../support/scenario.ts";
import {
  amend,
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

const cancel = (id: string, key?: string) =>
  call(`/v1/generations/${id}/cancel`, { method: "POST", ...(key === undefined ? {} : { key }) });

const account = () => testEnv.ACCOUNTS.get(testEnv.ACCOUNTS.idFromName("acme/live"));

interface Row {
  id: string;
  status: string;
  check_at: number | null;
  [column: string]: SqlStorageValue;
}

async function indexRow(id: string): Promise<Row | undefined> {
  return runInDurableObject(account(), (_, { storage }) =>
    storage.sql.exec<Row>("SELECT id, status, check_at FROM generations WHERE id = ?", id).toArray().at(0),
  );
}

describe("cancel", () => {
  it("ends the generation at once, notifies its webhooks, and warns that the provider may still bill", async () => {
    const world = await play({ poll: [GENERATING] });
    const { id } = await submit(request(world.prompt, { webhook_url: world.hook("end") }));
    const response = await cancel(id);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      id,
      status: "canceled",
      error: { code: "canceled", message: expect.stringContaining("bill") },
    });
    const [hook] = await eventually(
      () => world.calls("hook"),
      (calls) => calls.length > 0,
    );
    expect(JSON.parse(hook?.body ?? "")).toMatchObject({ type: "generation.canceled", data: { id } });
    const again = await cancel(id);
    expect(again.status).toBe(200);
    expect(await again.json()).toMatchObject({ status: "canceled" });
    expect(await world.calls("poll")).toEqual([]);
  });

  it("leaves no video behind when it interrupts a copy", async () => {
    const bytes = 20 * 1024 * 1024;
    const world = await play({ poll: [COMPLETED], file: [{ bytes, stallAfter: 9 * 1024 * 1024 }] });
    const { id } = await submit(request(world.prompt));
    await eventually(
      () => read(id),
      ({ progress }) => (progress?.bytes ?? 0) >= 8 * 1024 * 1024,
    );
    expect((await cancel(id)).status).toBe(200);
    expect((await read(id)).status).toBe("canceled");
    expect(await testEnv.VIDEOS.head(`videos/acme/live/${id}.mp4`)).toBeNull();
  });

  it("returns 409 for a finished generation and 404 for another account's", async () => {
    const world = await play({});
    const { id } = await submit(request(world.prompt));
    expect((await cancel(id, OTHER)).status).toBe(404);
    await finished(id);
    const response = await cancel(id);
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: "already_finished" });
    expect((await cancel("gen_00000000000000000000000000")).status).toBe(404);
  });
});

describe("delete", () => {
  const remove = (id: string) => call(`/v1/generations/${id}`, { method: "DELETE" });

  it("removes the record, video and deliveries, and keeps the id taken for a day", async () => {
    const world = await play({ hooks: { dead: [{ status: 500 }] } });
    const headers = { "idempotency-key": world.name };
    const json = request(world.prompt, { webhook_url: world.hook("dead") });
    const { id } = await submit(json, { headers });
    expect((await remove(id)).status).toBe(409);
    const { video } = await finished(id);
    const response = await remove(id);
    expect(response.status).toBe(204);
    for (const path of [`/v1/generations/${id}`, `/v1/generations/${id}/video`]) {
      expect((await call(path)).status).toBe(404);
    }
    expect((await call(video?.url ?? "", { key: null })).status).toBe(403);
    expect((await remove(id)).status).toBe(404);
    expect((await cancel(id)).status).toBe(404);
    await eventually(
      async () => testEnv.VIDEOS.head(`videos/acme/live/${id}.mp4`),
      (object) => object === null,
    );
    const again = await call("/v1/generations", { json, headers });
    expect(again.status).toBe(409);
    expect(await again.json()).toMatchObject({ code: "idempotency_key_deleted" });

    // A day later the tombstone is removed as well.
    await eventually(
      async () => indexRow(id),
      (row) => row?.status === "deleted",
    );
    await runInDurableObject(stub(id), async (_, { storage }) => {
      const generation = storage.kv.get<Generation>("generation");
      if (generation?.deletedAt == null) throw new Error("no tombstone");
      expect([...storage.kv.list()].map(([key]) => key)).toEqual(["generation"]);
      expect(await storage.getAlarm()).toBe(generation.deletedAt + TOMBSTONE_MS);
    });
    await amend(id, (generation) => ({ ...generation, deletedAt: Number(generation.deletedAt) - TOMBSTONE_MS }));
    await runDurableObjectAlarm(stub(id));
    await runInDurableObject(stub(id), async (_, { storage }) => {
      expect([...storage.kv.list()]).toEqual([]);
      expect(await storage.getAlarm()).toBeNull();
    });
  });
});

describe("a repeated call to delete", () => {
  it("succeeds under the same request id and finds nothing under another", async () => {
    const world = await play({});
    const { id } = await submit(request(world.prompt));
    await finished(id);
    const scope = { account: "acme", mode: "live" } as const;
    expect((await stub(id).remove(scope, "request-1")).kind).toBe("removed");
    expect((await stub(id).remove(scope, "request-1")).kind).toBe("removed");
    expect((await stub(id).remove(scope, "request-2")).kind).toBe("not_found");
  });
});

describe("the account's index", () => {
  it("follows a generation through each status", async () => {
    const world = await play({ poll: [QUEUED, GENERATING, COMPLETED] });
    const { id } = await submit(request(world.prompt));
    for (const status of ["queued", "generating", "completed"]) {
      await eventually(
        async () => indexRow(id),
        (row) => row?.status === status,
      );
    }
  });

  it("fault 38: wakes a generation whose alarm was lost", async () => {
    const world = await play({});
    const { id } = await submit(request(world.prompt));
    await eventually(
      async () => indexRow(id),
      (row) => row !== undefined,
    );
    // Without an alarm, nothing but the watchdog wakes the generation.
    await runInDurableObject(stub(id), (_, { storage }) => storage.deleteAlarm());
    expect((await record(id)).alarm).toBeNull();
    await runInDurableObject(account(), (_, { storage }) => {
      storage.sql.exec("UPDATE generations SET check_at = 1 WHERE id = ?", id);
    });
    await runDurableObjectAlarm(account());
    expect(await finished(id)).toMatchObject({ status: "completed" });
    expect((await indexRow(id))?.check_at).toBeGreaterThan(Date.now());
  });

  it("stops checking a settled generation until it has new work", async () => {
    const world = await play({});
    const { id } = await submit(request(world.prompt, { webhook_url: world.hook("x") }));
    await finished(id);
    await eventually(
      () => read(id),
      ({ webhooks }) => webhooks[0]?.state === "delivered",
    );
    await eventually(
      async () => indexRow(id),
      (row) => row?.status === "completed",
    );
    await runInDurableObject(account(), (_, { storage }) => {
      storage.sql.exec("UPDATE generations SET check_at = 1 WHERE id = ?", id);
    });
    await runDurableObjectAlarm(account());
    expect(await indexRow(id)).toMatchObject({ status: "completed", check_at: null });

    // New work is checked again: a redelivery, and later the tombstone until it is removed.
    const { data } = await (await call(`/v1/generations/${id}/deliveries`)).json<{ data: { id: string }[] }>();
    const again = `/v1/generations/${id}/deliveries/${data[0]?.id}/redeliver`;
    expect((await call(again, { method: "POST" })).status).toBe(202);
    await eventually(
      async () => indexRow(id),
      (row) => row?.check_at != null,
    );
    expect((await call(`/v1/generations/${id}`, { method: "DELETE" })).status).toBe(204);
    await eventually(
      async () => indexRow(id),
      (row) => row?.status === "deleted" && row.check_at !== null,
    );
    await runInDurableObject(stub(id), (_, { storage }) => storage.deleteAll());
    await crash(id);
    await runInDurableObject(account(), (_, { storage }) => {
      storage.sql.exec("UPDATE generations SET check_at = 1 WHERE id = ?", id);
    });
    await runDurableObjectAlarm(account());
    expect(await indexRow(id)).toBeUndefined();
  });
});
