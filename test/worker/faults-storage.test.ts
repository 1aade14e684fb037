// Rows of the fault table (docs/reliability.md) about the download and R2, each injected into the real runtime.

import { afterEach, describe, expect, it, vi } from "vitest";
import { USER_AGENT } from "../../src/contract/version.ts";
import { toHex } from "../../src/core/encoding.ts";
import type { StateOf } from "../../src/core/generation/record.ts";
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
  WORLD,
  wake,
} from "./support.ts";

const keyOf = (id: string) => `videos/acme/live/${id}.mp4`;
const stored = (id: string) => testEnv.VIDEOS.head(keyOf(id));
const MIB = 1024 * 1024;

type Storing = StateOf<"storing">;

function amendStoring(id: string, change: Partial<Storing>): Promise<void> {
  return amend(id, (generation) =>
    generation.state.phase === "storing" ? { ...generation, state: { ...generation.state, ...change } } : generation,
  );
}

async function storingWhen(id: string, holds: (state: Storing) => boolean): Promise<Storing> {
  const { generation } = await eventually(
    () => record(id),
    ({ generation: { state } }) => state.phase === "storing" && holds(state),
  );
  return generation.state as Storing;
}

async function sha256Of(bytes: number): Promise<string> {
  return toHex(await crypto.subtle.digest("SHA-256", madeUpVideo(bytes)));
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe.concurrent("faults of a download", () => {
  // Comes first, because it takes half a minute.
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

  it.each([403, 404, 410])("fault 15: %i makes the generation poll for a fresh URL", async (status) => {
    const world = await play({ poll: [COMPLETED], file: [{ status }, { bytes: 1_000 }] });
    const { id } = await submit(request(world.prompt));
    expect(await finished(id)).toMatchObject({ status: "completed", video: { bytes: 1_000 } });
    expect((await world.calls("poll")).length).toBe(2);
  });

  it.each<[string, FileAnswer, string]>([
    ["dead", { status: 404 }, "status 404"],
    ["empty", { bytes: 0 }, "an empty file"],
    ["HTML", { text: "<html></html>" }, "an HTML page instead of a video"],
  ])("fault 15: a source that stays %s fails the generation, with the reason and source_url", async (_, file, seen) => {
    const world = await play({ poll: [COMPLETED], file: [file] });
    const { id } = await submit(request(world.prompt));
    await eventually(
      () => record(id),
      ({ generation }) => generation.state.phase === "storing",
    );
    await amendStoring(id, { refreshes: 6, deadSince: Date.now() - 120_000 });
    expect(await finished(id)).toMatchObject({
      status: "failed",
      error: {
        code: "storage_failed",
        message: `GET ${new URL(WORLD).host}: ${seen}`,
        source_url: expect.stringContaining(`/files/${world.name}/video.mp4`),
      },
    });
    expect(await stored(id)).toBeNull();
  });

  it("fault 16: a truncated download is discarded and restarted", async () => {
    const bytes = 10 * MIB;
    const world = await play({ poll: [COMPLETED], file: [{ bytes, cutAfter: 9 * MIB }, { bytes }] });
    const { id } = await submit(request(world.prompt));
    expect(await finished(id)).toMatchObject({ status: "completed", video: { bytes } });
  });

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

  it("fault 55: a whole video sent as 206 is stored at the first try", async () => {
    const world = await play({ poll: [COMPLETED], file: [{ bytes: 9 * MIB, always206: true }] });
    const { id } = await submit(request(world.prompt));
    expect(await finished(id)).toMatchObject({ status: "completed", video: { bytes: 9 * MIB } });
    expect(await world.calls("file")).toHaveLength(1);
  });

  it.each<[string, FileAnswer]>([
    ["in another unit's case", { unit: "Bytes" }],
    ["too early", { earlyBytes: 20 * MIB }],
  ])("fault 56: a rest that is sent %s is used from the requested byte", async (_, rest) => {
    const bytes = 12 * MIB;
    const file = [
      { bytes, etag: '"v1"', cutAfter: 10 * MIB },
      { bytes, etag: '"v1"', ...rest },
    ];
    const world = await play({ poll: [COMPLETED], file });
    const { id } = await submit(request(world.prompt));
    expect(await finished(id)).toMatchObject({ status: "completed", video: { bytes, sha256: await sha256Of(bytes) } });
    expect(await world.calls("file")).toHaveLength(2);
  });

  it("fault 57: a download without a strong ETag is resumed by the date", async () => {
    const bytes = 22 * MIB;
    const lastModified = "Wed, 01 Jan 2020 10:00:00 GMT";
    const file = [{ bytes, etag: 'W/"v1"', lastModified, cutAfter: 10 * MIB }];
    const world = await play({ poll: [COMPLETED], file });
    const { id } = await submit(request(world.prompt));
    expect(await finished(id)).toMatchObject({ status: "completed", video: { bytes, sha256: await sha256Of(bytes) } });
    const conditions = (await world.calls("file")).map(({ headers }) => headers["if-range"]);
    expect(conditions).toEqual([undefined, lastModified, lastModified]);
  });

  it("fault 58: a host with wrong answers at first is tried with fresh links until it has the video", async () => {
    const file = [{ bytes: 0 }, { text: "<html></html>" }, { bytes: 1_000 }];
    const world = await play({ poll: [COMPLETED], file });
    const { id } = await submit(request(world.prompt));
    expect(await finished(id)).toMatchObject({ status: "completed", video: { bytes: 1_000 } });
    expect(await world.calls("poll")).toHaveLength(3);
  });

  it("fault 59: a host that sends less than was requested is asked for the rest", async () => {
    const bytes = 12 * MIB;
    const world = await play({ poll: [COMPLETED], file: [{ bytes, etag: '"v1"', mostBytes: 5 * MIB }] });
    const { id } = await submit(request(world.prompt));
    expect(await finished(id)).toMatchObject({ status: "completed", video: { bytes, sha256: await sha256Of(bytes) } });
    expect(await world.calls("file")).toHaveLength(3);
  });

  it("fault 60: a download that always breaks restarts at growing intervals, and fails after a day", async () => {
    const world = await play({ poll: [COMPLETED], file: [{ bytes: 10 * MIB, etag: 'W/"v1"', cutAfter: 9 * MIB }] });
    const { id } = await submit(request(world.prompt));
    await storingWhen(id, ({ failures }) => failures === 1);
    await amendStoring(id, { failures: 11, notBefore: 0 });
    await wake(id);
    const { notBefore } = await storingWhen(id, ({ failures }) => failures === 12);
    expect(notBefore - Date.now()).toBeGreaterThan(40 * 60_000);
    await amendStoring(id, { since: Date.now() - 24 * 3600_000 });
    await wake(id);
    const host = new URL(WORLD).host.replaceAll(".", "\\.");
    expect(await finished(id)).toMatchObject({
      error: {
        code: "storage_failed",
        message: expect.stringMatching(`within 24 hours. Last error: GET ${host}: .+`),
      },
    });
    expect(await world.calls("file")).toHaveLength(2);
  });

  it("fault 61: a dead link is tried again while the provider does not answer", async () => {
    const world = await play({ poll: [COMPLETED, { status: 503 }], file: [{ status: 404 }, { bytes: 1_000 }] });
    const { id } = await submit(request(world.prompt));
    await storingWhen(id, ({ unansweredPolls }) => unansweredPolls === 1);
    await amendStoring(id, { notBefore: 0 });
    await wake(id);
    expect(await finished(id)).toMatchObject({ status: "completed", video: { bytes: 1_000 } });
  });

  it("fault 62: requests to a host that requires a User-Agent have one", async () => {
    const target = await play({ file: [{ bytes: 1_000 }] });
    const location = `${WORLD}/files/${target.name}/video.mp4`;
    const world = await play({ poll: [COMPLETED], file: [{ status: 302, headers: { location } }] });
    const { id } = await submit(request(world.prompt));
    expect(await finished(id)).toMatchObject({ status: "completed" });
    for (const { headers } of [...(await world.calls("file")), ...(await target.calls("file"))]) {
      expect(headers).toMatchObject({ "user-agent": USER_AGENT });
    }
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
