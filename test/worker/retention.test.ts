// Retention and deletion: what is kept and for how long, and that deletion leaves nothing behind.

import { createExecutionContext, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { TOMBSTONE_MS } from "../../src/core/generation/removal.ts";
import worker from "../../src/index.ts";
import { PART_BYTES } from "../../src/videos/parts.ts";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import {
  amend,
  call,
  crash,
  eventually,
  finished,
  LIVE,
  ORIGIN,
  play,
  pollNow,
  read,
  record,
  request,
  stub,
  submit,
  testEnv,
  wake,
} from "./support.ts";

const DAY_MS = 86_400_000;
/** Five seconds, in days. */
const SOON = 5 / 86_400;

async function keysInBucket(id: string): Promise<string[]> {
  const { objects } = await testEnv.VIDEOS.list();
  return objects.map(({ key }) => key).filter((key) => key.includes(id));
}

const account = () => testEnv.ACCOUNTS.get(testEnv.ACCOUNTS.idFromName("acme/live"));

function indexed(id: string): Promise<{ status: string } | undefined> {
  return runInDurableObject(account(), (_, { storage }) =>
    storage.sql.exec<{ status: string }>("SELECT status FROM generations WHERE id = ?", id).toArray().at(0),
  );
}

describe("retention", () => {
  it("sets expires_at when the generation ends, and is unlimited by default", async () => {
    const { prompt } = await play({ poll: [COMPLETED] });
    const kept = await submit(request(prompt));
    const { id, expires_at } = await submit(request(prompt, { retention_days: 30 }));
    expect(expires_at).toBeNull();
    const ended = await finished(id);
    expect(Date.parse(ended.expires_at ?? "") - Date.parse(ended.finished_at ?? "")).toBe(30 * DAY_MS);
    expect((await finished(kept.id)).expires_at).toBeNull();
    // The alarm is set for that time, and the watchdog checks after it.
    await eventually(
      () => record(id),
      ({ alarm }) => alarm === Date.parse(ended.expires_at ?? ""),
    );
    expect((await stub(id).ensure()).checkAt).toBeGreaterThan(Date.parse(ended.expires_at ?? ""));
  });

  /** Posts to a Worker with this RETENTION_DAYS. */
  function post(setting: string, json: object | string, more: Record<string, string> = {}, path = "/v1/generations") {
    const headers = { authorization: `Bearer ${LIVE}`, "content-type": "application/json", ...more };
    const init = { method: "POST", headers, body: typeof json === "string" ? json : JSON.stringify(json) };
    const settings = { ...testEnv, RETENTION_DAYS: setting };
    return worker.fetch(new Request(ORIGIN + path, init), settings, createExecutionContext());
  }

  it("is RETENTION_DAYS unless the request sets retention_days", async () => {
    const { prompt } = await play({ poll: [COMPLETED] });
    const kept = async (setting: string, more: Record<string, unknown> = {}) => {
      const response = await post(setting, request(prompt, more));
      const { id } = await response.json<{ id: string }>();
      return (await record(id)).generation.policy.retentionMs;
    };
    expect(await kept("2")).toBe(2 * DAY_MS);
    expect(await kept("0.5")).toBe(DAY_MS / 2);
    expect(await kept("2", { retention_days: 2 })).toBe(2 * DAY_MS);
    expect(await kept("2", { retention_days: 0.5 })).toBe(DAY_MS / 2);
    expect(await kept("0", { retention_days: 36_500 })).toBe(36_500 * DAY_MS);
    expect(await kept("0", { retention_days: 0 })).toBeNull();
    expect(await kept("0")).toBeNull();
  });

  const LIMIT = "must be more than 0 and at most 2.5, the limit of this deployment";

  it.each(["0", "-0", "0.0", "2.500001", "36500", "40000", "1e9", "-1"])(
    "audit 12: %s days are refused if RETENTION_DAYS is 2.5",
    async (days) => {
      const body = JSON.stringify(request("p", { retention_days: 1 })).replace(/1}$/, `${days}}`);
      const response = await post("2.5", body);
      expect(response.status).toBe(400);
      const errors = [{ pointer: "/retention_days", message: LIMIT }];
      expect(await response.json()).toMatchObject({ code: "invalid_request", errors });
    },
  );

  it("audit 12: names a retention that is too long along with every other wrong field", async () => {
    const response = await post("2.5", request("p", { retention_days: 7, seed: -1 }));
    const { errors } = await response.json<{ errors: { pointer: string }[] }>();
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual(["/retention_days", "/seed"]);
  });

  it("audit 12: the drop-in refuses a retention that is too long", async () => {
    const body = request("p", { retention_days: 0, model: "runway/gen4_aleph" });
    const response = await post("2.5", body, {}, "/v2/generate/video/runway/generation");
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ message: `/retention_days: ${LIMIT}` });
  });

  it("audit 12: a retry gets the generation that was accepted before RETENTION_DAYS was lowered", async () => {
    const { prompt } = await play({ poll: [COMPLETED] });
    const key = { "idempotency-key": crypto.randomUUID() };
    const json = request(prompt, { retention_days: 7 });
    const { id } = await (await post("0", json, key)).json<{ id: string }>();
    const retry = await post("2.5", json, key);
    expect([retry.status, retry.headers.get("idempotent-replayed")]).toEqual([202, "true"]);
    expect(await retry.json()).toMatchObject({ id });
    expect((await record(id)).generation.policy.retentionMs).toBe(7 * DAY_MS);
    const another = await post("2.5", { ...json, retention_days: 8 }, key);
    expect(await another.json()).toMatchObject({ code: "idempotency_mismatch" });
    expect((await post("2.5", json, { "idempotency-key": crypto.randomUUID() })).status).toBe(400);
  });

  it("audit 12: a refused retention does not use up the idempotency key", async () => {
    const { prompt } = await play({ poll: [COMPLETED] });
    const key = { "idempotency-key": crypto.randomUUID() };
    expect((await post("2.5", request(prompt, { retention_days: 7 }), key)).status).toBe(400);
    const accepted = await post("2.5", request(prompt, { retention_days: 1 }), key);
    expect([accepted.status, accepted.headers.get("idempotent-replayed")]).toEqual([202, null]);
  });

  it.each([-1, 40_000, "30", null])("of %j days is refused", async (retention_days) => {
    const response = await call("/v1/generations", { json: request("p", { retention_days }) });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ pointer: "/retention_days" }] });
  });

  it("leaves nothing in R2, in the object or in the account's index", async () => {
    const world = await play({ poll: [COMPLETED] });
    const dataUri = `data:video/mp4;base64,${btoa("x".repeat(50_000))}`;
    const json = request(world.prompt, { video_url: dataUri, webhook_url: world.hook("x"), retention_days: SOON });
    const { id } = await submit(json);
    const { video } = await finished(id);
    expect(await keysInBucket(id)).toContain(video?.key);
    await eventually(
      async () => (await call(`/v1/generations/${id}`)).status,
      (status) => status === 404,
    );
    await eventually(
      () => keysInBucket(id),
      (keys) => keys.length === 0,
    );
    expect((await call(video?.url ?? "", { key: null })).status).toBe(403);
    expect(await world.calls("hook")).toHaveLength(1);
    // Moves the tombstone a day into the past.
    await eventually(
      () => indexed(id),
      (row) => row?.status === "deleted",
    );
    await amend(id, (generation) => ({ ...generation, deletedAt: (generation.deletedAt ?? 0) - TOMBSTONE_MS }));
    await runDurableObjectAlarm(stub(id));
    await runInDurableObject(stub(id), async (_, { storage }) => {
      expect([...storage.kv.list()]).toEqual([]);
      expect(await storage.getAlarm()).toBeNull();
    });
    await runInDurableObject(account(), (_, { storage }) => {
      storage.sql.exec("UPDATE generations SET check_at = 1 WHERE id = ?", id);
    });
    await runDurableObjectAlarm(account());
    expect(await indexed(id)).toBeUndefined();
  });

  it("fault 46: waits until every delivery is settled", async () => {
    const world = await play({
      poll: [COMPLETED],
      hooks: { x: [{ status: 503, headers: { "retry-after": "8" } }, {}] },
    });
    const { id } = await submit(request(world.prompt, { webhook_url: world.hook("x"), retention_days: SOON }));
    const { expires_at } = await finished(id);
    await eventually(
      async () => Date.now(),
      (now) => now > Date.parse(expires_at ?? "") + 1_000,
    );
    await wake(id);
    expect((await read(id)).webhooks).toMatchObject([{ state: "pending" }]);
    await eventually(
      () => world.calls("hook"),
      (calls) => calls.length === 2,
    );
    await eventually(
      async () => (await call(`/v1/generations/${id}`)).status,
      (status) => status === 404,
    );
    await eventually(
      () => keysInBucket(id),
      (keys) => keys.length === 0,
    );
  });

  it("is completed later if it crashes in the middle", async () => {
    const world = await play({ poll: [COMPLETED] });
    const { id } = await submit(request(world.prompt));
    await finished(id);
    expect(await keysInBucket(id)).toHaveLength(1);
    // The state that a crash leaves: the deletion is saved, but nothing has been removed.
    await amend(id, (generation) => ({
      ...generation,
      deletedAt: Date.now(),
      deletedBy: "retention",
      purgeAt: Date.now(),
    }));
    await crash(id);
    await stub(id).ensure();
    await eventually(
      () => keysInBucket(id),
      (keys) => keys.length === 0,
    );
  });
});

/** The objects' own binding has the same class, so a spy on this prototype sees its calls. */
const bucketClass = Object.getPrototypeOf(testEnv.VIDEOS) as R2Bucket;

describe("a staged input", () => {
  it("that a repeated request stages again during its deletion is deleted again", async () => {
    const { name, prompt } = await play({ poll: [GENERATING] });
    const remove = bucketClass.delete;
    const [deleted, repeated] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const spy = vi.spyOn(bucketClass, "delete").mockImplementationOnce(async function (this: R2Bucket, key) {
      await remove.call(this, key);
      deleted.resolve();
      await repeated.promise;
    });
    try {
      const json = request(prompt, { video_url: `data:video/mp4;base64,${btoa("x".repeat(2_000))}` });
      const options = { json, headers: { "idempotency-key": name } };
      const { id } = await submit(json, options);
      await deleted.promise;
      expect((await call("/v1/generations", options)).headers.get("idempotent-replayed")).toBe("true");
      repeated.resolve();
      await eventually(
        () => keysInBucket(id),
        (keys) => keys.length === 0,
      );
      await eventually(
        () => record(id),
        ({ generation }) => generation.stagedInput === null,
      );
    } finally {
      spy.mockRestore();
    }
  });
});

describe("a deletion", () => {
  it("is repeated if the object crashes after emptying the bucket but before saving that", async () => {
    const world = await play({ poll: [COMPLETED] });
    const { id } = await submit(request(world.prompt));
    const { video } = await finished(id);
    const remove = bucketClass.delete;
    let died = false;
    const spy = vi.spyOn(bucketClass, "delete").mockImplementation(async function (this: R2Bucket, key) {
      await remove.call(this, key);
      if (key !== video?.key || died) return;
      died = true;
      void crash(id);
      return new Promise(() => {});
    });
    try {
      expect((await call(`/v1/generations/${id}`, { method: "DELETE" })).status).toBe(204);
      await eventually(
        async () => died,
        (it) => it,
      );
      expect(await keysInBucket(id)).toEqual([]);
      await eventually(
        async () => {
          await stub(id).ensure();
          return record(id);
        },
        ({ generation }) => generation.purgeAt === null,
      );
      expect(spy.mock.calls.filter(([key]) => key === video?.key)).toHaveLength(2);
    } finally {
      spy.mockRestore();
    }
  });
});

describe("the prompt of a deleted generation", () => {
  it("is in no log line, even if the provider repeats it while the job still runs", async () => {
    const prompt = "the surprise party on the second of May";
    const answer = { body: { id: "{{id}}", status: "completed", name: prompt } };
    const world = await play({ poll: [answer, { ...answer, status: 500, body: { message: prompt } }] });
    const { id } = await submit(request(`${world.prompt} ${prompt}`));
    await call(`/v1/generations/${id}/cancel`, { method: "POST" });
    await call(`/v1/generations/${id}`, { method: "DELETE" });
    const log = vi.spyOn(console, "log");
    try {
      for (const polls of [1, 2]) {
        await pollNow(id);
        await eventually(
          () => world.calls("poll"),
          (calls) => calls.length === polls,
        );
      }
      await eventually(
        () => record(id),
        ({ generation: { state } }) =>
          state.phase === "canceled" && state.leftover?.phase === "generating" && state.leftover.polling.failures === 1,
      );
      expect(JSON.stringify([log.mock.calls, await record(id)])).not.toContain("surprise");
    } finally {
      log.mockRestore();
    }
  });
});

describe("an upload that is open when its object crashes", () => {
  it("is in the record, and is aborted before the copy restarts", async () => {
    const bytes = 2 * PART_BYTES + 5;
    const world = await play({ poll: [COMPLETED], file: [{ bytes, stallAfter: PART_BYTES + 100 }, { bytes }] });
    const { id } = await submit(request(world.prompt));
    const { generation } = await eventually(
      () => record(id),
      ({ generation: { openUpload } }) => openUpload !== null,
    );
    const { openUpload } = generation;
    await crash(id);
    await stub(id).ensure();
    expect(await finished(id)).toMatchObject({ status: "completed", video: { bytes } });
    expect((await record(id)).generation.openUpload).toBeNull();
    const left = testEnv.VIDEOS.resumeMultipartUpload(`videos/acme/live/${id}.mp4`, openUpload ?? "");
    await expect(left.uploadPart(3, new Uint8Array(1))).rejects.toThrow();
  });

  it("is aborted by a cancel after the crash", async () => {
    const bytes = 2 * PART_BYTES + 5;
    const world = await play({ poll: [COMPLETED], file: [{ bytes, stallAfter: PART_BYTES + 100 }] });
    const { id } = await submit(request(world.prompt));
    const { generation } = await eventually(
      () => record(id),
      ({ generation: { openUpload } }) => openUpload !== null,
    );
    await crash(id);
    expect((await call(`/v1/generations/${id}/cancel`, { method: "POST" })).status).toBe(200);
    await amend(id, (each) => ({ ...each, purgeAt: Date.now() }));
    await stub(id).ensure();
    await eventually(
      () => record(id),
      (each) => each.generation.purgeAt === null && each.generation.openUpload === null,
    );
    const key = `videos/acme/live/${id}.mp4`;
    const left = testEnv.VIDEOS.resumeMultipartUpload(key, generation.openUpload ?? "");
    await expect(left.uploadPart(3, new Uint8Array(1))).rejects.toThrow();
    expect(await keysInBucket(id)).toEqual([]);
  });
});
