// Rows of the fault table (docs/reliability.md) about the download and R2, each injected into the real runtime.

import { afterEach, describe, expect, it, vi } from "vitest";
import { AdapterExecutor } from "../../src/generation/executor.ts";
import { COMPLETED, type FileAnswer, madeUpVideo } from "../support/scenario.ts";
import {
  amend,
  call,
  crash,
  eventually,
  finished,
  play,
  read,
  record,
  request,
  submit,
  testEnv,
  wake,
} from "./support.ts";

const keyOf = (id: string) => `videos/acme/live/${id}.mp4`;
const stored = (id: string) => testEnv.VIDEOS.head(keyOf(id));
const MIB = 1024 * 1024;

afterEach(() => {
  vi.restoreAllMocks();
});

describe.concurrent("faults of a download", () => {
  it.each([403, 404, 410])("fault 15: %i makes the generation poll for a fresh URL", async (status) => {
    const world = await play({ poll: [COMPLETED], file: [{ status }, { bytes: 1_000 }] });
    const { id } = await submit(request(world.prompt));
    expect(await finished(id)).toMatchObject({ status: "completed", video: { bytes: 1_000 } });
    expect((await world.calls("poll")).length).toBe(2);
  });

  it("fault 15: a source that stays dead fails the generation, with source_url in the error", async () => {
    const world = await play({ poll: [COMPLETED], file: [{ status: 404 }] });
    const { id } = await submit(request(world.prompt));
    await eventually(
      () => record(id),
      ({ generation }) => generation.state.phase === "storing",
    );
    await amend(id, (generation) =>
      generation.state.phase === "storing"
        ? { ...generation, state: { ...generation.state, refreshes: 4 } }
        : generation,
    );
    expect(await finished(id)).toMatchObject({
      status: "failed",
      error: { code: "storage_failed", source_url: expect.stringContaining(`/files/${world.name}/video.mp4`) },
    });
  });

  it("fault 16: a truncated download is discarded and restarted", async () => {
    const bytes = 10 * MIB;
    const world = await play({ poll: [COMPLETED], file: [{ bytes, cutAfter: 9 * MIB }, { bytes }] });
    const { id } = await submit(request(world.prompt));
    expect(await finished(id)).toMatchObject({ status: "completed", video: { bytes } });
  });

  it("fault 16: a stalled download is abandoned and restarted", async () => {
    const bytes = 10 * MIB;
    const world = await play({ poll: [COMPLETED], file: [{ bytes, stallAfter: 9 * MIB }, { bytes }] });
    const { id } = await submit(request(world.prompt));
    const done = await eventually(
      () => read(id),
      ({ status }) => status === "completed",
      60_000,
    );
    expect(done.video?.bytes).toBe(bytes);
  }, 90_000);

  it.each<[string, FileAnswer]>([
    ["without a Content-Length", { chunked: true }],
    ["with gzip encoding", { gzip: true }],
  ])("fault 17: a download %s is stored completely", async (_, answer) => {
    const bytes = 9 * MIB;
    const world = await play({ poll: [COMPLETED], file: [{ bytes, ...answer }] });
    const { id } = await submit(request(world.prompt));
    expect(await finished(id)).toMatchObject({ status: "completed", video: { bytes } });
    const object = await testEnv.VIDEOS.get(keyOf(id));
    const same = new Uint8Array((await object?.arrayBuffer()) ?? new ArrayBuffer());
    expect(same.every((byte, at) => byte === EXPECTED[at])).toBe(true);
  });
  const EXPECTED = madeUpVideo(9 * MIB);

  it.each<[string, FileAnswer]>([
    ["over the limit", { bytes: 32 * MIB + 1 }],
    ["over the limit, in chunks", { bytes: 32 * MIB + 1, chunked: true }],
    ["HTML", { text: "<html></html>" }],
    ["empty", { bytes: 0 }],
  ])("fault 18: a download that is %s fails and leaves nothing in R2", async (_, file) => {
    const world = await play({ poll: [COMPLETED], file: [file] });
    const { id } = await submit(request(world.prompt));
    expect(await finished(id)).toMatchObject({ status: "failed", error: { code: "storage_failed" } });
    expect(await stored(id)).toBeNull();
  });

  it("fault 19: a redirect to a private address is not followed, and no hop gets the provider's key", async () => {
    const target = await play({ file: [{ bytes: 1_000 }] });
    const location = `${testEnv["AIMLAPI_BASE_URL"]}/files/${target.name}/video.mp4`;
    const good = await play({ poll: [COMPLETED], file: [{ status: 307, headers: { location } }] });
    const { id } = await submit(request(good.prompt));
    expect(await finished(id)).toMatchObject({ status: "completed", video: { bytes: 1_000 } });
    for (const hop of [...(await good.calls("file")), ...(await target.calls("file"))]) {
      expect(hop.headers).not.toHaveProperty("authorization");
    }
    const private_ = { location: "http://10.0.0.1/video.mp4" };
    const bad = await play({ poll: [COMPLETED], file: [{ status: 307, headers: private_ }] });
    expect(await finished((await submit(request(bad.prompt))).id)).toMatchObject({ error: { code: "storage_failed" } });
  });

  it("fault 51: a cancel during a copy leaves neither an object nor an open upload", async () => {
    const world = await play({ poll: [COMPLETED], file: [{ bytes: 20 * MIB, stallAfter: 9 * MIB }] });
    const { id } = await submit(request(world.prompt));
    await eventually(
      () => read(id),
      ({ progress }) => (progress?.bytes ?? 0) > 0,
    );
    await call(`/v1/generations/${id}/cancel`, { method: "POST" });
    // A purge removes leftovers of an aborted copy a minute later; the test skips that minute.
    await amend(id, (generation) => ({ ...generation, purgeAt: 1 }));
    await wake(id);
    await eventually(
      () => record(id),
      ({ generation }) => generation.purgeAt === null,
    );
    expect(await stored(id)).toBeNull();
  });

  it("fault 23: no callback is sent before the object is complete in R2", async () => {
    const bytes = 10 * MIB;
    const world = await play({ poll: [COMPLETED], file: [{ bytes, stallAfter: 9 * MIB }] });
    const { id } = await submit(request(world.prompt, { webhook_url: world.hook("x") }));
    await eventually(
      () => read(id),
      ({ progress }) => (progress?.bytes ?? 0) > 0,
    );
    expect(await record(id)).toMatchObject({ generation: { state: { phase: "storing" } }, deliveries: [] });
    expect(await world.calls("hook")).toEqual([]);
    await call(`/v1/generations/${id}/cancel`, { method: "POST" });
  });
});

describe("faults of R2", () => {
  /** The objects' own binding has the same class, so a spy on this prototype sees its calls. */
  const bucketClass = Object.getPrototypeOf(testEnv.VIDEOS) as R2Bucket;

  it("fault 20: a failed put is retried on the same key", async () => {
    const world = await play({ poll: [COMPLETED] });
    const put = vi.spyOn(bucketClass, "put").mockRejectedValueOnce(new Error("put: Unspecified error (0)"));
    const { id } = await submit(request(world.prompt));
    expect(await finished(id)).toMatchObject({ status: "completed" });
    expect(put.mock.calls.map(([key]) => key)).toEqual([keyOf(id), keyOf(id)]);
  });

  it("fault 21: after a crash between the put and its save, the same video is put again", async () => {
    const world = await play({ poll: [COMPLETED] });
    const { act } = AdapterExecutor.prototype;
    let died = false;
    vi.spyOn(AdapterExecutor.prototype, "act").mockImplementation(async function (this: AdapterExecutor, ...args) {
      const outcome = await act.apply(this, args);
      if (outcome.kind !== "store" || died) return outcome;
      died = true;
      expect(await stored(args[1].generation.id)).not.toBeNull();
      void crash(args[1].generation.id);
      return new Promise(() => {});
    });
    const { id } = await submit(request(world.prompt));
    await eventually(
      async () => died,
      (it) => it,
    );
    await eventually(
      async () => {
        await wake(id);
        return read(id);
      },
      ({ status }) => status === "completed",
    );
    expect((await stored(id))?.size).toBe(100_000);
  });

  it("fault 22: a broken multipart upload is aborted and never announced", async () => {
    const bytes = 20 * MIB;
    const world = await play({ poll: [COMPLETED], file: [{ bytes, cutAfter: 18 * MIB }, { bytes }] });
    const create = vi.spyOn(bucketClass, "createMultipartUpload");
    const { id } = await submit(request(world.prompt, { webhook_url: world.hook("x") }));
    expect(await finished(id)).toMatchObject({ status: "completed", video: { bytes } });
    const [first] = await Promise.all(create.mock.results.map(({ value }) => value as Promise<R2MultipartUpload>));
    expect(create).toHaveBeenCalledTimes(2);
    // An aborted upload accepts no more parts.
    await expect(first?.uploadPart(3, new Uint8Array(10))).rejects.toThrow();
    const hooks = await eventually(
      () => world.calls("hook"),
      (calls) => calls.length > 0,
    );
    expect(hooks).toHaveLength(1);
  });
});
