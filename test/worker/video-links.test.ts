// Signed links with real objects: what a link opens, and which requests create an object.

import { listDurableObjectIds, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { TOMBSTONE_MS } from "../../src/core/generation/removal.ts";
import { COMPLETED } from "../support/scenario.ts";
import { amend, call, eventually, finished, play, request, stub, submit, testEnv } from "./support.ts";

const objects = async () => (await listDurableObjectIds(testEnv.GENERATIONS)).length;
const randomId = () => `gen_${crypto.randomUUID().replaceAll("-", "").slice(0, 26)}`;

describe("a signed link", () => {
  it("audit 4: made for a deleted video does not open the next video under the same idempotency key", async () => {
    const world = await play({ poll: [COMPLETED], file: [{ bytes: 1_000 }] });
    const headers = { "idempotency-key": crypto.randomUUID() };
    const { id } = await submit(request(world.prompt), { headers });
    const first = (await finished(id)).video?.url ?? "";
    expect((await call(first, { key: null, method: "HEAD" })).status).toBe(200);
    expect((await call(`/v1/generations/${id}`, { method: "DELETE" })).status).toBe(204);
    expect((await call(first, { key: null })).status).toBe(403);
    // Moves the tombstone a day into the past, which frees the id.
    await eventually(
      async () => {
        await amend(id, (generation) => ({ ...generation, deletedAt: (generation.deletedAt ?? 0) - TOMBSTONE_MS }));
        await runDurableObjectAlarm(stub(id));
        return stub(id).wasMade();
      },
      (wasMade) => !wasMade,
    );
    const again = await submit(request(world.prompt), { headers });
    expect(again.id).toBe(id);
    const second = (await finished(id)).video?.url ?? "";
    expect((await call(second, { key: null, method: "HEAD" })).status).toBe(200);
    const stale = await call(first, { key: null });
    expect(stale.status).toBe(403);
    expect(await stale.json()).toMatchObject({ code: "invalid_link" });
  });

  it("audit 8: that is forged creates no object", async () => {
    const before = await objects();
    for (let forged = 0; forged < 5; forged++) {
      const query = `v=1800000000000&expires=9999999999&signature=${"A".repeat(43)}`;
      expect((await call(`/v1/generations/${randomId()}/video?${query}`, { key: null })).status).toBe(403);
    }
    expect(await objects()).toBe(before);
  });
});

describe("an unknown id", () => {
  it("audit 8: creates no object without an API key, and leaves nothing in one with it", async () => {
    const id = randomId();
    const before = await objects();
    const paths = ["", "/video", "/events", "/timeline", "/deliveries", "/deliveries/msg_1"];
    for (const path of paths) expect((await call(`/v1/generations/${id}${path}`, { key: null })).status).toBe(401);
    expect(await objects()).toBe(before);
    for (const path of paths) expect((await call(`/v1/generations/${id}${path}`)).status).toBe(404);
    for (const [method, path] of [
      ["POST", "/cancel"],
      ["POST", "/deliveries/msg_1/redeliver"],
      ["DELETE", ""],
    ])
      expect((await call(`/v1/generations/${id}${path}`, { method: method ?? "" })).status).toBe(404);
    const empty = await runInDurableObject(stub(randomId()), (_, { storage }) => storage.sql.databaseSize);
    await runInDurableObject(stub(id), async (_, { storage }) => {
      expect(storage.sql.databaseSize).toBe(empty);
      expect([...storage.kv.list()]).toEqual([]);
      expect(await storage.getAlarm()).toBeNull();
    });
  });
});
