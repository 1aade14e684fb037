// The video store with an R2 bucket that fails or hangs. test/worker covers a working bucket.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { StoreOrder } from "../../src/generation/ports.ts";
import { videoStore } from "../../src/videos/store.ts";
import { FACTS } from "../support/lives.ts";

type Way = "works" | "fails" | "hangs";

const HANGS = new Promise<never>(() => {});

function goes(way: Way): Promise<void> {
  if (way === "hangs") return HANGS;
  return way === "works" ? Promise.resolve() : Promise.reject(new Error("internal error (10001)"));
}

const sourceOf = () => ({ open: () => HANGS });

/** A bucket with only the methods that these tests call. */
function bucket(ways: { abort: Way; delete: Way }): { r2: R2Bucket; calls: string[] } {
  const calls: string[] = [];
  const r2: Partial<R2Bucket> = {
    resumeMultipartUpload: (key, uploadId) => ({
      key,
      uploadId,
      abort: () => {
        calls.push("abort");
        return goes(ways.abort);
      },
      uploadPart: () => HANGS,
      complete: () => HANGS,
    }),
    delete: () => {
      calls.push("delete");
      return goes(ways.delete);
    },
  };
  return { r2: r2 as R2Bucket, calls };
}

describe("with a bucket that fails or hangs", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each<[Way, Way, boolean]>([
    ["works", "works", true],
    ["fails", "works", false],
    ["works", "fails", false],
    ["hangs", "works", false],
    ["works", "hangs", false],
    ["hangs", "hangs", false],
  ])("purge aborts and deletes within a minute when the abort %s and the delete %s", async (abort, remove, done) => {
    const { r2, calls } = bucket({ abort, delete: remove });
    const deleted = videoStore(r2, sourceOf).purge({ ...FACTS, openUpload: "upload" });
    await vi.advanceTimersByTimeAsync(59_000);
    expect(await Promise.race([deleted, "still waiting"])).toBe(done);
    expect(calls).toEqual(["abort", "delete"]);
  });

  it("a copy is interrupted when aborting the previous upload hangs", async () => {
    const { r2 } = bucket({ abort: "hangs", delete: "works" });
    const order: StoreOrder = {
      ...FACTS,
      // No prompt: hashing it would take real time.
      input: {},
      url: "https://example.com/v.mp4",
      maxBytes: 1,
      staleUpload: "upload",
      signal: new AbortController().signal,
      onUpload: () => {},
      onProgress: () => {},
    };
    const copied = videoStore(r2, sourceOf).copy(order);
    await vi.advanceTimersByTimeAsync(59_000);
    expect(await Promise.race([copied, "still waiting"])).toMatchObject({ kind: "interrupted" });
  });
});
