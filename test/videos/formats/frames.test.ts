import { describe, expect, it } from "vitest";
import { Frames } from "../../../src/videos/formats/frames.ts";

function framesOf(...runs: readonly (readonly [count: number, duration: number])[]): Frames {
  const frames = new Frames();
  for (const [count, duration] of runs) frames.add(count, duration);
  return frames;
}

describe("the average rate of frames", () => {
  it("is their number divided by their duration, including a short last frame", () => {
    expect(framesOf([10, 7], [1, 1]).averageRate()).toBe(11 / 71);
    expect(framesOf([1, 40]).averageRate()).toBe(1 / 40);
  });

  it("leaves out a last frame without a duration", () => {
    expect(framesOf([10, 7], [1, 0]).averageRate()).toBe(10 / 70);
  });
});
