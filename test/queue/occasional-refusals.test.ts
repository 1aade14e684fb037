// A provider that refuses a single submission now and then, and takes the next one.

import { expect, it } from "vitest";
import { LINE_T0, LineStage } from "../support/line.ts";

const HOUR = 60 * 60_000;

it("is not slowed down by what it learned from the time between two lines", async () => {
  const stage = new LineStage();
  const takenAt: number[] = [];
  stage.onGrant = (id) => {
    stage.tell(id, "running");
    takenAt.push(stage.now);
    return "running";
  };
  const join = (id: string, isRefused: boolean) =>
    stage.tell(id, "waiting", { at: stage.now - LINE_T0, ...(isRefused ? { refused: 5_000 } : {}) });

  for (let hour = 1; hour <= 4; hour++) {
    join(`lone${hour}`, true);
    await stage.pass(HOUR);
    stage.tell(`lone${hour}`, "left");
  }
  takenAt.length = 0;
  const start = stage.now;
  for (let at = 1; at <= 6; at++) join(`burst${at}`, at === 1);
  await stage.pass(HOUR);
  // The first one after Retry-After, the others once the provider has taken it and a poll interval has passed.
  expect(takenAt.map((time) => time - start)).toEqual([5_000, 10_000, 10_000, 10_000, 10_000, 10_000]);
});
