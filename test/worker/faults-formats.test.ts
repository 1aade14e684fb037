// Rows of the fault table (docs/reliability.md) about the content of video files. test/videos/formats has more files.

import { describe, expect, it } from "vitest";
import { COMPLETED, type FileAnswer } from "../support/scenario.ts";
import { finished, play, request, submit } from "./support.ts";

async function storedFrom(file: FileAnswer) {
  const world = await play({ poll: [COMPLETED], file: [file] });
  return (await finished((await submit(request(world.prompt))).id)).video;
}

/** Boxes of 16 bytes with these types, in hex. */
const boxes = (...types: string[]) =>
  types
    .map(
      (type) => `00000010${Array.from(type, (letter) => letter.charCodeAt(0).toString(16)).join("")}${"00".repeat(8)}`,
    )
    .join("");

describe.concurrent("a video file", () => {
  it.each([
    ["styp", "dash-one-index.mp4", "video/mp4"],
    ["uuid", "fragmented.mp4", "video/mp4"],
    ["free", "faststart.mp4", "video/mp4"],
    ["wide", "quicktime.mov", "video/quicktime"],
  ])("fault 80: that begins with %s has its type detected from its other boxes", async (type, name, expected) => {
    expect(await storedFrom({ name, before: boxes(type) })).toMatchObject({
      content_type: expected,
      width: 64,
      height: 36,
    });
  });

  it.each([
    ["six seconds of PCM sound", "pcm.mov.gz", 6, 24],
    ["ten seconds of ProRes", "prores.mov.gz", 10, 24],
    ["an hour", "hour.mp4.gz", 3600, 30],
    ["100 fragments", "100-fragments.mp4.gz", 20.128, 24.94],
    ["a variable frame rate", "variable-rate.mp4", 9.7, 8.66],
    ["boxes that contradict each other about the frame rate", "variable-rate-out-of-order.mp4", 9.7, null],
  ])("fault 81: with %s has facts, except those that it contradicts", async (_, name, seconds, rate) => {
    const video = await storedFrom({ name });
    expect([video?.duration_seconds, video?.frame_rate]).toEqual([seconds, rate]);
  });
});
