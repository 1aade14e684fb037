import { expect, it } from "vitest";
import { Turns } from "../../../src/dashboard/generations/turns.ts";

it("lets a few start at once, and the others in order as turns end", () => {
  const turns = new Turns(2);
  const started: string[] = [];
  const [endA, endB, endC, endD] = ["a", "b", "c", "d"].map((name) => turns.take(() => started.push(name)));
  expect(started).toEqual(["a", "b"]);
  // It no longer waits.
  endC?.();
  endA?.();
  endA?.();
  expect(started).toEqual(["a", "b", "d"]);
  endB?.();
  endD?.();
  turns.take(() => started.push("e"));
  turns.take(() => started.push("f"));
  turns.take(() => started.push("g"));
  expect(started).toEqual(["a", "b", "d", "e", "f"]);
});
