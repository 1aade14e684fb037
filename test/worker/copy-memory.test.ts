// Copies that share the memory of an isolate.

import { afterEach, expect, it, vi } from "vitest";
import { CHUNK_BYTES } from "../../src/videos/body.ts";
import { copyVideo, memory } from "../../src/videos/copy.ts";
import { openRemoteVideo } from "../../src/videos/download.ts";
import { PART_BYTES } from "../../src/videos/parts.ts";
import type { VideoSource } from "../../src/videos/source.ts";
import { madeUpVideo } from "../support/scenario.ts";
import { play, testEnv, WORLD } from "./support.ts";

const MIB = 1024 * 1024;
const LARGE = PART_BYTES + CHUNK_BYTES;
const BUDGET = 5 * LARGE;
const never = new AbortController().signal;

afterEach(() => {
  vi.restoreAllMocks();
});

interface Host extends VideoSource {
  /** Requests so far. */
  readonly requests: number;
  /** Requests whose body was given up before it was read. */
  readonly canceled: number;
}

/** Made once for each size: it takes long. */
const videos = new Map<number, Blob>();

/** Has a video of this size. */
function host(bytes: number, length: "known" | "unknown"): Host {
  const seen = { requests: 0, canceled: 0 };
  const video = videos.get(bytes) ?? new Blob([madeUpVideo(bytes)]);
  videos.set(bytes, video);
  return {
    get requests() {
      return seen.requests;
    },
    get canceled() {
      return seen.canceled;
    },
    async open() {
      seen.requests++;
      const body = video.stream();
      const cancel = body.cancel.bind(body);
      body.cancel = (reason) => {
        seen.canceled++;
        return cancel(reason);
      };
      const whole = { surplus: null, end: null, version: null };
      return { kind: "open", call: "GET cdn.example.com", body, length: length === "known" ? bytes : null, ...whole };
    },
  };
}

/** Never sends the headers of its answer. */
function silentHost(onOpen: () => void): VideoSource {
  return {
    open: (_, signal) =>
      new Promise((_resolve, reject) => {
        onOpen();
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
  };
}

function copy(from: VideoSource, signal = never, url = "https://cdn.example.com/v.mp4") {
  return copyVideo(testEnv.VIDEOS, {
    from,
    url,
    key: `videos/acme/live/gen_${crypto.randomUUID()}.mp4`,
    maxBytes: 64 * MIB,
    metadata: {},
    staleUpload: null,
    signal,
    onUpload() {},
    onProgress() {},
  });
}

it("a video that finds no room waits without an open connection, and is requested once more", async () => {
  const others = await Promise.all([LARGE, LARGE, LARGE, LARGE, MIB].map((bytes) => memory.lend(bytes, never)));
  const lend = vi.spyOn(memory, "lend");
  const hosts = [host(9 * MIB, "unknown"), host(9 * MIB, "known")];
  const copies = hosts.map((from) => copy(from));
  await vi.waitFor(() => expect(lend.mock.calls.filter(([bytes]) => bytes === LARGE)).toHaveLength(2));
  expect(hosts.map(({ requests, canceled }) => [requests, canceled])).toEqual([
    [1, 1],
    [1, 1],
  ]);
  // Small videos go on.
  for (const small of [host(1_000, "known"), host(MIB / 2, "known")]) {
    expect(await copy(small)).toMatchObject({ kind: "stored" });
    expect(small.requests).toBe(1);
  }
  for (const loan of others) loan.release();
  for (const copied of copies) expect(await copied).toMatchObject({ kind: "stored", video: { bytes: 9 * MIB } });
  expect(hosts.map(({ requests }) => requests)).toEqual([2, 2]);
});

it("large videos that do not all find room are stored over HTTP, with one request more each at most", async () => {
  const rules = { allowLocal: true, ownOrigins: [] };
  const send: typeof fetch = (input, init) => fetch(input, init);
  const from: VideoSource = {
    open: (url, signal, resume) => openRemoteVideo(url, signal, { fetch: send, rules }, resume),
  };
  const bytes = PART_BYTES + 1;
  const world = await play({ file: [{ bytes, chunked: true }] });
  const url = `${WORLD}/files/${world.name}/video.mp4`;
  for (const copied of Array.from({ length: 7 }, () => copy(from, never, url))) {
    expect(await copied).toMatchObject({ kind: "stored", video: { bytes } });
  }
  expect((await world.calls("file")).length).toBeLessThanOrEqual(14);
});

it("a video that finds room is requested once, whatever its size", async () => {
  for (const from of [host(1_000, "known"), host(1_000, "unknown"), host(9 * MIB, "known")]) {
    expect(await copy(from)).toMatchObject({ kind: "stored" });
    expect(from.requests).toBe(1);
  }
});

it("a copy that is canceled while it waits leaves its place and no loan", async () => {
  const others = await Promise.all([LARGE, LARGE, LARGE, LARGE, MIB].map((bytes) => memory.lend(bytes, never)));
  const lend = vi.spyOn(memory, "lend");
  const cancel = new AbortController();
  const canceled = copy(host(9 * MIB, "unknown"), cancel.signal);
  await vi.waitFor(() => expect(lend).toHaveBeenCalledTimes(2));
  cancel.abort(new Error("canceled"));
  expect(await canceled).toMatchObject({ kind: "interrupted", message: "canceled" });
  others[4]?.release();
  const next = host(9 * MIB, "unknown");
  expect(await copy(next)).toMatchObject({ kind: "stored" });
  expect(next.requests).toBe(1);
  for (const loan of others) loan.release();
});

/** Watches what copies borrow. @returns the most at once: of all loans, and of those that never were large. */
function watchLoans() {
  const lent = new Map<symbol, { bytes: number; isSmall: boolean }>();
  const most = { all: 0, small: 0 };
  function note(id: symbol, bytes: number): void {
    lent.set(id, { bytes, isSmall: bytes <= MIB && lent.get(id)?.isSmall !== false });
    const sum = (loans: readonly { bytes: number }[]) => loans.reduce((all, loan) => all + loan.bytes, 0);
    most.all = Math.max(most.all, sum([...lent.values()]));
    most.small = Math.max(most.small, sum([...lent.values()].filter(({ isSmall }) => isSmall)));
  }
  const real = memory.lend.bind(memory);
  vi.spyOn(memory, "lend").mockImplementation(async (bytes, signal) => {
    const loan = await real(bytes, signal);
    const id = Symbol();
    note(id, bytes);
    return {
      get isWanted() {
        return loan.isWanted;
      },
      renew: () => loan.renew(),
      resize(size) {
        const isResized = loan.resize(size);
        if (isResized) note(id, size);
        return isResized;
      },
      release() {
        loan.release();
        lent.delete(id);
      },
    };
  });
  return most;
}

it("in the worst mix, all videos are stored within the memory that there is", async () => {
  const most = watchLoans();
  const cancel = new AbortController();
  let opened = 0;
  const silent = Array.from({ length: 60 }, () =>
    copy(
      silentHost(() => opened++),
      cancel.signal,
    ),
  );
  await vi.waitFor(() => expect(opened).toBe(60));
  // Large and small ones, mixed: of each more than there is room for beside the silent ones.
  const hosts = Array.from({ length: 3 }, (_, turn) => [
    host(9 * MIB, turn % 2 === 0 ? "unknown" : "known"),
    host(2 * MIB, "known"),
    ...Array.from({ length: 5 }, () => host(MIB / 2, "known")),
    ...Array.from({ length: 5 }, () => host(1_000, turn % 2 === 0 ? "unknown" : "known")),
  ]).flat();
  const results = await Promise.all(hosts.map((from) => copy(from)));
  expect(new Set(results.map(({ kind }) => kind))).toEqual(new Set(["stored"]));
  expect(Math.max(...hosts.map(({ requests }) => requests))).toBe(2);
  expect(most.all).toBeLessThanOrEqual(BUDGET);
  expect(most.small).toBeLessThanOrEqual(BUDGET / 2);
  cancel.abort(new Error("canceled"));
  await Promise.all(silent);
}, 60_000);
