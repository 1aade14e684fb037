// Sources that send almost nothing for as long as they can, and what they may keep from other copies.

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { copyVideo, memory } from "../../src/videos/copy.ts";
import { testEnv } from "./support.ts";

const MIB = 1024 * 1024;
const never = new AbortController().signal;

/** Longer than the pause between two tries to borrow memory, which is in real time. */
const REAL_PAUSE_MS = 150;

/** Enough for a minute in which the speed is measured. */
const PIECES = 4;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(async () => {
  await sent;
  vi.useRealTimers();
});

/** Resolves once the host neither sends nor moves the clock any more. */
let sent = Promise.resolve();

/**
 * Copies from a host that sends {@link PIECES} pieces of this many bytes, one every 29 s.
 *
 * @param onBegun called once the copy has the memory that it needs.
 */
function copyFrom(bytesPerPiece: number, onBegun = () => {}) {
  const { readable, writable } = new IdentityTransformStream();
  const send = async () => {
    const writer = writable.getWriter();
    const pause = () => new Promise((resolve) => setTimeout(resolve, REAL_PAUSE_MS));
    for (let piece = 0; piece < PIECES; piece++) {
      await pause();
      vi.setSystemTime(Date.now() + 29_000);
      await pause();
      await writer.write(new Uint8Array(bytesPerPiece));
    }
    await writer.close();
  };
  sent = send().catch(() => {});
  const host = { surplus: null, end: null, length: null, version: null };
  return copyVideo(testEnv.VIDEOS, {
    from: { open: async () => ({ kind: "open", call: "GET slow.example.com", body: readable, ...host }) },
    url: "https://slow.example.com/v.mp4",
    key: "videos/acme/live/gen_slow.mp4",
    maxBytes: 64 * MIB,
    metadata: {},
    signal: never,
    staleUpload: null,
    onUpload() {},
    onProgress: onBegun,
  });
}

/** As `copyFrom`, for a test that then wants its memory. */
async function begin(bytesPerPiece: number) {
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  const copied = copyFrom(bytesPerPiece, resolve);
  await begun;
  return { copied };
}

/** Borrows the rest of the memory, and waits for that of the copy. @returns gives everything back. */
async function wantMore() {
  const others = await Promise.all(Array.from({ length: 4 }, () => memory.lend(8 * MIB, never)));
  const renewing = setInterval(() => {
    for (const loan of others) loan.renew();
  }, REAL_PAUSE_MS / 10);
  const waiting = memory.lend(8 * MIB, never);
  return async () => {
    for (const loan of [await waiting, ...others]) loan.release();
    clearInterval(renewing);
  };
}

it("a source that sends a byte every 29 s gives its memory to a copy that waits for it", async () => {
  const { copied } = await begin(1);
  const end = await wantMore();
  expect(await copied).toEqual({
    kind: "interrupted",
    message: "GET slow.example.com: slower than 64 KiB/s while other copies wait",
  });
  await end();
});

it("a source that is fast enough keeps its memory while another copy waits", async () => {
  const { copied } = await begin(3 * MIB);
  const end = await wantMore();
  // It was read: its first part is not a video.
  expect(await copied).toMatchObject({ kind: "gone" });
  await end();
});

it("a slow source keeps its memory while no other copy waits", async () => {
  // The clocks of the tests above ran ahead.
  vi.setSystemTime(Date.now() + 60 * 60_000);
  expect(await copyFrom(1)).toMatchObject({ kind: "gone" });
});
