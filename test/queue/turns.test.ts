import { describe, expect, it } from "vitest";
import { LINE_INTERVAL, LINE_T0, LineStage, lineOf, positionOf } from "../support/line.ts";

const MINUTE = 60_000;

describe("the last try before a deadline", () => {
  const lastTryAt = LINE_T0 + 20 * MINUTE;

  it("cuts a longer Retry-After short, once", async () => {
    const stage = new LineStage();
    stage.tell("a", "waiting", { refused: 50 * MINUTE, lastTryAt });
    await stage.pass(20 * MINUTE - 1);
    expect(stage.granted).toEqual([]);
    await stage.pass(1);
    expect(stage.granted).toEqual(["a"]);
    stage.tell("a", "waiting", { refused: 50 * MINUTE, lastTryAt });
    await stage.pass(49 * MINUTE);
    expect(stage.granted).toEqual(["a"]);
  });

  it("ends the pause for all if it is accepted", async () => {
    const stage = new LineStage();
    stage.tell("a", "waiting", { refused: 50 * MINUTE, lastTryAt });
    stage.tell("b", "waiting", { at: 1_000 });
    await stage.pass(20 * MINUTE);
    expect(await stage.grantsDuring(() => stage.tell("a", "running"))).toEqual(["b"]);
  });

  it("is made for the first in line of another account, too", async () => {
    const stage = new LineStage();
    stage.tell("a", "waiting", { refused: 50 * MINUTE });
    stage.tell("b", "waiting", { at: 1_000, account: "other", lastTryAt });
    await stage.pass(20 * MINUTE);
    expect(stage.granted).toHaveLength(1);
  });
});

describe("a turn", () => {
  it("is the answer itself if a place is free when a generation asks", async () => {
    const stage = new LineStage();
    const calls = await stage.grantsDuring(() => {
      expect(stage.tell("a", "waiting").isGranted).toBe(true);
    });
    expect(calls).toEqual([]);
  });

  it("is answered again if the answer was lost, also to a repeated refusal", async () => {
    const stage = new LineStage();
    stage.settings = { ...stage.settings, maxConcurrent: 1 };
    const report = { version: 3, refused: null };
    stage.tell("a", "waiting", report);
    await stage.pass(LINE_INTERVAL);
    expect(stage.granted).toEqual(["a"]);
    expect(stage.tell("a", "waiting", report).isGranted).toBe(true);
    expect(stage.tell("b", "waiting", { at: 1_000 }).isGranted).toBe(false);
  });

  it("passes on after 30 s if the call is not answered, and whoever missed it keeps the place", async () => {
    const stage = lineOf("a", "b");
    stage.onGrant = (id) => (id === "a" ? new Promise(() => {}) : "unknown");
    stage.now += LINE_INTERVAL;
    stage.line.wake();
    expect(stage.granted).toEqual(["a"]);
    expect(positionOf(stage, "a")).toBeNull();
    stage.now += 30_000;
    stage.line.wake();
    expect(stage.granted).toEqual(["a", "b"]);
    expect(positionOf(stage, "a")).toBe(1);
  });

  it("passes on at once if the call fails", async () => {
    const stage = lineOf("a", "b");
    stage.onGrant = (id) => (id === "a" ? null : "unknown");
    await stage.pass(LINE_INTERVAL);
    expect(stage.granted).toEqual(["a", "b"]);
    expect(positionOf(stage, "a")).toBe(1);
  });

  it("is offered at most once in 30 s to a generation that does not answer, if it waits alone", async () => {
    const stage = lineOf("a");
    stage.onGrant = () => null;
    await stage.pass(LINE_INTERVAL + 2 * MINUTE);
    expect(stage.granted).toHaveLength(5);
  });

  it("that was missed is offered again as soon as the generation asks", async () => {
    const stage = lineOf("a");
    stage.onGrant = () => null;
    await stage.pass(LINE_INTERVAL);
    expect(stage.tell("a", "waiting", { version: 1 }).isGranted).toBe(true);
  });

  it("passes on if the generation has left", async () => {
    const stage = lineOf("a", "b");
    stage.onGrant = (id) => (id === "a" ? "left" : "unknown");
    await stage.pass(LINE_INTERVAL);
    expect(stage.granted).toEqual(["a", "b"]);
    expect(positionOf(stage, "b")).toBeNull();
  });

  it.each([LINE_INTERVAL, 25_000])("counts as the probe if the generation was refused and canceled: %i", async (ms) => {
    const ids = Array.from({ length: 50 }, (_, at) => `a${at}`);
    const stage = lineOf(...ids);
    // The refusal is known after the call.
    stage.onGrant = (id) => {
      queueMicrotask(() => void stage.tell(id, "left", { refused: ms === LINE_INTERVAL ? null : ms }));
      return "unknown";
    };
    await stage.pass(LINE_INTERVAL + 4 * ms);
    expect(stage.granted).toEqual(ids.slice(0, 5));
  });

  it("passes on at once if the generation was canceled without a refusal", async () => {
    const stage = lineOf("a", "b");
    await stage.pass(LINE_INTERVAL);
    expect(await stage.grantsDuring(() => stage.tell("a", "left"))).toEqual(["b"]);
  });

  it("is lost to an account that cancels in it", async () => {
    const stage = lineOf("a", "b");
    stage.tell("x", "waiting", { at: 5_000, account: "other" });
    await stage.pass(LINE_INTERVAL);
    stage.tell("a", "left", { refused: null });
    await stage.pass(LINE_INTERVAL);
    expect(stage.granted).toEqual(["a", "x"]);
  });

  it("of a generation that has left delays nobody, even if the provider limits the rate", async () => {
    const stage = lineOf(...Array.from({ length: 300 }, (_, at) => `a${at}`));
    let acceptedAt = 0;
    // The provider accepts one submission every two seconds.
    stage.onGrant = (id) => {
      const isAccepted = stage.now >= acceptedAt + 2_000;
      if (isAccepted) acceptedAt = stage.now;
      queueMicrotask(
        () => void stage.tell(id, isAccepted ? "running" : "waiting", isAccepted ? {} : { refused: null }),
      );
      return "unknown";
    };
    await stage.pass(5 * MINUTE);
    const before = stage.granted.length;
    await stage.pass(MINUTE);
    // It keeps to the rate.
    expect(stage.granted.length - before).toBeLessThan(40);
    stage.onGrant = () => "left";
    const { length } = stage.granted;
    await stage.pass(3_000);
    expect(stage.granted.length - length).toBeGreaterThan(100);
  });

  it("that was taken ends after two minutes without a report, but not after 30 s", async () => {
    const stage = lineOf("a", "b");
    stage.settings = { ...stage.settings, maxConcurrent: 1 };
    await stage.pass(LINE_INTERVAL + 2 * MINUTE - 1);
    expect(stage.granted).toEqual(["a"]);
    await stage.pass(1);
    expect(stage.granted).toEqual(["a", "b"]);
  });

  it("of a generation that reports before the call returns is not ended by the late return", async () => {
    const stage = lineOf("a", "b", "c");
    let answer: (standing: null) => void = () => {};
    const lateAnswer = new Promise<null>((resolve) => {
      answer = resolve;
    });
    stage.onGrant = (id) => (id === "a" ? lateAnswer : "unknown");
    stage.now += LINE_INTERVAL;
    stage.line.wake();
    stage.tell("a", "running");
    answer(null);
    await stage.settle();
    expect(positionOf(stage, "a")).toBeNull();
    stage.tell("a", "left");
    expect(positionOf(stage, "a")).toBeNull();
  });

  it("is not ended by the late return of an earlier call", async () => {
    const stage = lineOf("a");
    let answer: (standing: null) => void = () => {};
    const lateAnswer = new Promise<null>((resolve) => {
      answer = resolve;
    });
    stage.onGrant = () => lateAnswer;
    stage.now += LINE_INTERVAL;
    stage.line.wake();
    stage.now += 30_000;
    stage.onGrant = () => "unknown";
    stage.line.wake();
    expect(stage.granted).toEqual(["a", "a"]);
    answer(null);
    await stage.settle();
    expect(positionOf(stage, "a")).toBeNull();
  });

  it("goes to the accounts in turn", async () => {
    const stage = new LineStage();
    stage.tell("a1", "waiting", { refused: null });
    for (const at of [2, 3, 4]) stage.tell(`a${at}`, "waiting", { at });
    for (const at of [5, 6]) stage.tell(`b${at}`, "waiting", { at, account: "other" });
    stage.onGrant = (id) => {
      stage.tell(id, "running", { account: id.startsWith("b") ? "other" : "acme", at: Number(id[1]) });
      return "running";
    };
    await stage.pass(10 * MINUTE);
    expect(stage.granted).toEqual(["a1", "b5", "a2", "b6", "a3", "a4"]);
  });

  it("that ends in a refusal is not counted, so the account keeps it", async () => {
    const stage = lineOf("a");
    stage.tell("b", "waiting", { at: 1_000, account: "other" });
    await stage.pass(LINE_INTERVAL);
    expect(stage.granted).toEqual(["a"]);
    stage.tell("a", "waiting", { refused: null });
    await stage.pass(LINE_INTERVAL);
    expect(stage.granted).toEqual(["a", "a"]);
  });
});
