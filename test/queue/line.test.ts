import { describe, expect, it } from "vitest";
import { LINE_INTERVAL, LINE_T0, LineStage } from "../support/line.ts";

const MINUTE = 60_000;

/** A line in which these generations wait, created a second apart. The first was refused, so the provider is full. */
function waiting(...ids: string[]): LineStage {
  const stage = new LineStage();
  ids.forEach((id, at) => {
    stage.tell(id, "waiting", { at: at * 1_000, ...(at === 0 ? { refused: null } : {}) });
  });
  return stage;
}

const positionOf = (stage: LineStage, id: string, account = "acme") =>
  stage.line.places(account, [id])[0]?.position ?? null;

describe("before the provider has refused anything", () => {
  it.each([
    ["a restart", (stage: LineStage) => stage.restart()],
    ["an alarm", (stage: LineStage) => stage.line.wake()],
    ["a question for places", (stage: LineStage) => stage.line.places("acme", ["a"])],
    ["a report of a generation that it does not know and that has left", (stage: LineStage) => stage.tell("a", "left")],
  ])("%s writes nothing and sets no alarm", (_, happens) => {
    const stage = new LineStage();
    happens(stage);
    expect([stage.writes, stage.alarmCalls]).toEqual([0, 0]);
  });

  it("grants a turn at once, and says that there is no line", () => {
    expect(new LineStage().tell("a", "waiting")).toEqual({ isGranted: true, hasLine: false });
  });
});

describe("a refused generation", () => {
  it("joins the line, and is tried again one poll interval later", async () => {
    const stage = waiting("a");
    stage.tell("b", "waiting", { at: 1_000 });
    expect(stage.alarmAt).toBe(LINE_T0 + LINE_INTERVAL);
    await stage.pass(LINE_INTERVAL - 1);
    expect(stage.granted).toEqual([]);
    await stage.pass(1);
    expect(stage.granted).toEqual(["a"]);
  });

  it("waits at its own time of acceptance, however late it joins", () => {
    const stage = waiting("a", "b", "c");
    stage.tell("late", "waiting", { at: 500, refused: null });
    expect(["a", "late", "b", "c"].map((id) => positionOf(stage, id))).toEqual([1, 2, 3, 4]);
  });

  it("waits for as long as Retry-After says", async () => {
    const stage = new LineStage();
    stage.tell("a", "waiting", { refused: 25_000 });
    await stage.pass(24_999);
    expect(stage.granted).toEqual([]);
    await stage.pass(1);
    expect(stage.granted).toEqual(["a"]);
  });

  it("teaches nothing if it had no turn and others wait already", async () => {
    const stage = waiting("a");
    await stage.pass(9_000);
    stage.tell("stray", "waiting", { at: 9_000, refused: 60_000 });
    await stage.pass(1_000);
    expect(stage.granted).toEqual(["a"]);
  });

  it("is told that there is a line, also while the only one in line tries", async () => {
    const stage = waiting("a");
    await stage.pass(LINE_INTERVAL);
    expect(stage.tell("b", "left")).toEqual({ isGranted: false, hasLine: true });
    stage.tell("a", "running");
    expect(stage.tell("b", "left")).toEqual({ isGranted: false, hasLine: false });
  });
});

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
    const stage = waiting("a", "b");
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
    const stage = waiting("a", "b");
    stage.onGrant = (id) => (id === "a" ? null : "unknown");
    await stage.pass(LINE_INTERVAL);
    expect(stage.granted).toEqual(["a", "b"]);
    expect(positionOf(stage, "a")).toBe(1);
  });

  it("is offered at most once in 30 s to a generation that does not answer, if it waits alone", async () => {
    const stage = waiting("a");
    stage.onGrant = () => null;
    await stage.pass(LINE_INTERVAL + 2 * MINUTE);
    expect(stage.granted).toHaveLength(5);
  });

  it("that was missed is offered again as soon as the generation asks", async () => {
    const stage = waiting("a");
    stage.onGrant = () => null;
    await stage.pass(LINE_INTERVAL);
    expect(stage.tell("a", "waiting", { version: 1 }).isGranted).toBe(true);
  });

  it("passes on if the generation has left", async () => {
    const stage = waiting("a", "b");
    stage.onGrant = (id) => (id === "a" ? "left" : "unknown");
    await stage.pass(LINE_INTERVAL);
    expect(stage.granted).toEqual(["a", "b"]);
    expect(positionOf(stage, "b")).toBeNull();
  });

  it("that was taken ends after two minutes without a report, but not after 30 s", async () => {
    const stage = waiting("a", "b");
    await stage.pass(LINE_INTERVAL + 2 * MINUTE - 1);
    expect(stage.granted).toEqual(["a"]);
    await stage.pass(1);
    expect(stage.granted).toEqual(["a", "b"]);
  });

  it("of a generation that reports before the call returns is not ended by the late return", async () => {
    const stage = waiting("a", "b", "c");
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
    const stage = waiting("a");
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
    const stage = waiting("a");
    stage.tell("b", "waiting", { at: 1_000, account: "other" });
    await stage.pass(LINE_INTERVAL);
    expect(stage.granted).toEqual(["a"]);
    stage.tell("a", "waiting", { refused: null });
    await stage.pass(LINE_INTERVAL);
    expect(stage.granted).toEqual(["a", "a"]);
  });
});

describe("a report", () => {
  it("of an older version changes nothing", () => {
    const stage = waiting("a", "b");
    stage.tell("b", "running", { version: 7 });
    stage.tell("b", "waiting", { version: 6, at: 1_000 });
    expect(positionOf(stage, "b")).toBeNull();
    expect(stage.line.places("acme", ["a"])[0]?.waiting).toBe(1);
  });

  it.each(["running", "unknown", "waiting"] as const)(
    "of an older version (%s) does not bring back a generation that has left",
    async (standing) => {
      const stage = new LineStage();
      stage.settings = { ...stage.settings, maxConcurrent: 1 };
      stage.tell("a", "waiting", { version: 1 });
      stage.tell("a", "left", { version: 5 });
      expect(stage.tell("a", standing, { version: 4 }).isGranted).toBe(false);
      expect(stage.tell("b", "waiting", { at: 1_000 }).isGranted).toBe(true);
    },
  );

  it("with a refusal counts once, however often it is repeated", async () => {
    const stage = new LineStage();
    stage.tell("a", "waiting", { version: 2, refused: null });
    stage.now += 9_000;
    stage.tell("a", "waiting", { version: 2, refused: null });
    await stage.pass(1_000);
    expect(stage.granted).toEqual(["a"]);
  });

  it("that a job has ended gives its place back", async () => {
    const stage = new LineStage();
    stage.settings = { ...stage.settings, maxConcurrent: 1 };
    stage.tell("a", "waiting");
    stage.tell("a", "running");
    expect(stage.tell("b", "waiting", { at: 1_000 }).isGranted).toBe(false);
    expect(await stage.grantsDuring(() => stage.tell("a", "left"))).toEqual(["b"]);
    expect(await stage.grantsDuring(() => stage.tell("a", "left"))).toEqual([]);
  });

  it("that a submission is of unknown outcome keeps its place", () => {
    const stage = new LineStage();
    stage.settings = { ...stage.settings, maxConcurrent: 1 };
    stage.tell("a", "waiting");
    stage.tell("a", "unknown");
    expect(stage.tell("b", "waiting", { at: 1_000 }).isGranted).toBe(false);
  });
});

describe("a restart", () => {
  it("keeps who waits, whose turn it is, and what is known of the provider", async () => {
    const stage = waiting("a", "b", "c");
    await stage.pass(LINE_INTERVAL);
    expect(stage.granted).toEqual(["a"]);
    stage.restart();
    expect(["a", "b", "c"].map((id) => positionOf(stage, id))).toEqual([null, 1, 2]);
    stage.tell("a", "running");
    stage.restart();
    stage.tell("a", "waiting", { version: 1 });
    expect(positionOf(stage, "a")).toBeNull();
    await stage.pass(LINE_INTERVAL);
    expect(stage.granted[1]).toBe("b");
  });

  it("ends turns whose call was lost", async () => {
    const stage = waiting("a", "b");
    stage.onGrant = () => new Promise(() => {});
    stage.now += LINE_INTERVAL;
    stage.line.wake();
    stage.restart();
    stage.onGrant = () => "unknown";
    await stage.pass(30_000);
    expect(stage.granted).toEqual(["a", "b"]);
  });

  it("that lost everything is repaired by those who ask again", async () => {
    const stage = new LineStage();
    stage.settings = { ...stage.settings, maxConcurrent: 2 };
    stage.tell("a", "running", { version: 5 });
    stage.tell("b", "waiting", { version: 3, at: 1_000 });
    stage.tell("c", "waiting", { version: 2, at: 2_000 });
    expect(["a", "b", "c"].map((id) => positionOf(stage, id))).toEqual([null, null, 1]);
  });
});

describe("a generation that never reports again", () => {
  it("is forgotten after its deadlines, and gives its place back", async () => {
    const stage = new LineStage();
    stage.settings = { ...stage.settings, maxConcurrent: 1 };
    stage.tell("a", "waiting", { until: LINE_T0 + 10 * MINUTE });
    stage.tell("a", "running", { until: LINE_T0 + 10 * MINUTE });
    stage.tell("b", "waiting", { at: 1_000 });
    await stage.pass(10 * MINUTE - 1);
    expect(stage.granted).toEqual([]);
    await stage.pass(MINUTE + 1);
    expect(stage.granted).toEqual(["b"]);
  });
});

describe("the place in line", () => {
  it("is counted within the account, and null for others", () => {
    const stage = waiting("a", "b");
    stage.tell("x", "waiting", { at: 500, account: "other" });
    expect(stage.line.places("other", ["x", "a", "unknown"])).toEqual([
      { position: 1, waiting: 1, remainingMs: null },
      null,
      null,
    ]);
    expect(positionOf(stage, "b")).toBe(2);
  });

  it("has a remaining time from how fast this line moves, with the accounts in turn", () => {
    const stage = waiting("a", "b", "c", "d");
    stage.tell("x", "waiting", { at: 1_500, account: "other" });
    stage.now += 4_000;
    stage.tell("a", "running");
    expect(stage.line.places("acme", ["b", "c", "d"])).toEqual([
      // Before b and its successors, the other account has its turn.
      { position: 1, waiting: 3, remainingMs: 8_000 },
      { position: 2, waiting: 3, remainingMs: 12_000 },
      { position: 3, waiting: 3, remainingMs: 16_000 },
    ]);
  });

  it("has no remaining time from a line of yesterday", () => {
    const stage = waiting("a", "b");
    stage.now += 4_000;
    stage.tell("a", "running");
    for (const id of ["a", "b"]) stage.tell(id, "left");
    stage.now += 24 * 60 * MINUTE;
    stage.tell("c", "waiting", { at: stage.now - LINE_T0, refused: null });
    for (const id of ["d", "e"]) stage.tell(id, "waiting", { at: stage.now - LINE_T0 + 1 });
    expect(stage.line.places("acme", ["c"])[0]?.remainingMs).toBeNull();
    stage.now += 6_000;
    stage.tell("c", "running");
    const [last] = stage.line.places("acme", ["e"]);
    expect(last?.remainingMs).toBe(6_000 * (last?.position ?? 0));
  });
});

describe("the alarm", () => {
  it("is cleared once nobody is left", () => {
    const stage = waiting("a");
    expect(stage.alarmAt).not.toBeNull();
    stage.tell("a", "left");
    expect(stage.alarmAt).toBeNull();
  });

  it("is not set again for each of many who join", () => {
    const stage = waiting("a");
    const before = stage.alarmCalls;
    for (let at = 1; at <= 50; at++) stage.tell(`b${at}`, "waiting", { at });
    expect(stage.alarmCalls).toBe(before);
  });
});
