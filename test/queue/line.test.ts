import { describe, expect, it } from "vitest";
import type { Standing } from "../../src/core/queue/standing.ts";
import { LINE_INTERVAL, LINE_T0, LineStage, lineOf, positionOf } from "../support/line.ts";

const MINUTE = 60_000;

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
    const stage = lineOf("a");
    stage.tell("b", "waiting", { at: 1_000 });
    expect(stage.alarmAt).toBe(LINE_T0 + LINE_INTERVAL);
    await stage.pass(LINE_INTERVAL - 1);
    expect(stage.granted).toEqual([]);
    await stage.pass(1);
    expect(stage.granted).toEqual(["a"]);
  });

  it("waits at its own time of acceptance, however late it joins", () => {
    const stage = lineOf("a", "b", "c");
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
    const stage = lineOf("a");
    await stage.pass(9_000);
    stage.tell("stray", "waiting", { at: 9_000, refused: 60_000 });
    await stage.pass(1_000);
    expect(stage.granted).toEqual(["a"]);
  });

  it("is told that there is a line, also while the only one in line tries", async () => {
    const stage = lineOf("a");
    await stage.pass(LINE_INTERVAL);
    expect(stage.tell("b", "left")).toEqual({ isGranted: false, hasLine: true });
    stage.tell("a", "running");
    expect(stage.tell("b", "left")).toEqual({ isGranted: false, hasLine: false });
  });
});

describe("a report", () => {
  it("of an older version changes nothing", () => {
    const stage = lineOf("a", "b");
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

  it("of an older version than that of a question answered with a turn changes nothing", () => {
    const stage = new LineStage();
    stage.tell("a", "waiting", { version: 2 });
    expect(stage.tell("a", "waiting", { version: 5 }).isGranted).toBe(true);
    stage.tell("a", "unknown", { version: 3 });
    expect(stage.tell("a", "waiting", { version: 5 }).isGranted).toBe(true);
  });

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
    const stage = lineOf("a", "b", "c");
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

  it("calls for turns whose answer may have been lost", async () => {
    const stage = new LineStage();
    stage.settings = { ...stage.settings, maxConcurrent: 1 };
    stage.tell("a", "waiting");
    stage.tell("b", "waiting", { at: 1_000 });
    stage.restart();
    await stage.pass(10_000);
    expect(stage.granted).toEqual(["a"]);
  });

  it("repeats calls that were lost", async () => {
    const stage = lineOf("a", "b");
    stage.settings = { ...stage.settings, maxConcurrent: 1 };
    stage.onGrant = () => new Promise(() => {});
    stage.now += LINE_INTERVAL;
    stage.line.wake();
    stage.restart();
    stage.onGrant = (id) => (id === "a" ? null : "unknown");
    await stage.pass(30_000);
    expect(stage.granted).toEqual(["a", "a", "b"]);
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

describe("a clock that is set back by hours", () => {
  const HOURS = 5 * 60 * MINUTE;

  it("does not hold up the next try of a full provider", async () => {
    const stage = lineOf("a", "b");
    stage.now -= HOURS;
    stage.restart();
    stage.tell("b", "waiting", { at: 1_000 });
    expect(await stage.grantsDuring(() => void stage.pass(LINE_INTERVAL))).toEqual(["a"]);
  });

  it("does not make a Retry-After longer", async () => {
    const stage = new LineStage();
    stage.tell("a", "waiting", { refused: 60_000 });
    stage.now -= HOURS;
    stage.tell("b", "waiting", { at: 1_000 });
    await stage.pass(MINUTE);
    expect(stage.granted).toEqual(["a"]);
  });

  it("does not make a turn longer that was not taken", async () => {
    const stage = new LineStage();
    stage.settings = { ...stage.settings, maxConcurrent: 1 };
    stage.tell("a", "waiting");
    stage.tell("b", "waiting", { at: 1_000 });
    stage.now -= HOURS;
    stage.restart();
    stage.tell("b", "waiting", { at: 1_000 });
    // It is called after 10 s, and then has two minutes to report.
    await stage.pass(2 * MINUTE + 10_000);
    expect(stage.granted).toContain("b");
  });

  it("does not make another turn later for a generation that missed one", async () => {
    const stage = lineOf("a");
    stage.onGrant = () => null;
    await stage.pass(LINE_INTERVAL);
    stage.now -= HOURS;
    stage.tell("c", "left");
    stage.onGrant = () => "unknown";
    expect(await stage.grantsDuring(() => void stage.pass(30_000))).toEqual(["a"]);
  });

  it("moves nothing if it is right", () => {
    const stage = lineOf("a", "b");
    const { writes } = stage;
    stage.line.wake();
    expect(stage.writes).toBe(writes);
  });
});

describe("a generation that never reports again", () => {
  /** Holds the only place, while b waits. */
  function silent(): LineStage {
    const stage = new LineStage();
    stage.settings = { ...stage.settings, maxConcurrent: 1 };
    stage.tell("a", "waiting");
    stage.tell("a", "running");
    stage.tell("b", "waiting", { at: 1_000 });
    return stage;
  }

  it("is asked after half an hour, and gives its place back if it has left", async () => {
    const stage = silent();
    stage.onAsk = (id) => (id === "a" ? "left" : "running");
    await stage.pass(30 * MINUTE - 1);
    expect(stage.asked).toEqual([]);
    await stage.pass(5 * MINUTE + 1);
    expect(stage.asked).toEqual(["a"]);
    expect(stage.granted[0]).toBe("b");
  });

  it("is asked even if the object is evicted before each sweep", async () => {
    const stage = silent();
    stage.onAsk = (id) => (id === "a" ? "left" : "running");
    for (let minutes = 0; minutes < 40; minutes += 4) {
      stage.restart();
      await stage.pass(4 * MINUTE);
    }
    expect(stage.granted).toContain("b");
  });

  it.each<[string, Standing | null]>([
    ["it still runs", "running"],
    ["it does not answer", null],
  ])("keeps its place if %s, and is asked again", async (_, answer) => {
    const stage = silent();
    stage.onAsk = () => answer;
    await stage.pass(75 * MINUTE);
    expect(stage.asked.length).toBeGreaterThanOrEqual(2);
    expect(new Set(stage.asked)).toEqual(new Set(["a"]));
    expect(stage.granted).toEqual([]);
  });

  it("is asked even if others report, each to a new instance of the object", async () => {
    const stage = silent();
    stage.onAsk = (id) => (id === "a" ? "left" : "running");
    for (let minutes = 0; minutes < 32; minutes += 2) {
      stage.restart();
      stage.tell("b", "waiting", { at: 1_000, version: 1 });
      stage.now += 2 * MINUTE;
    }
    await stage.settle();
    expect(stage.asked).toContain("a");
  });

  it("is forgotten after its deadlines if it waits", async () => {
    const stage = lineOf("a", "b");
    stage.tell("a", "waiting", { until: LINE_T0 + MINUTE, version: 9 });
    stage.settings = { ...stage.settings, maxConcurrent: 1 };
    stage.tell("c", "unknown");
    await stage.pass(6 * MINUTE);
    expect(positionOf(stage, "a")).toBeNull();
    expect(positionOf(stage, "b")).toBe(1);
  });
});

describe("a report that comes late", () => {
  it("of a place does not bring back a generation that has left, even after a restart", async () => {
    const stage = lineOf("a", "b");
    stage.settings = { ...stage.settings, maxConcurrent: 1 };
    stage.tell("a", "left", { version: 9 });
    stage.restart();
    stage.onAsk = (id) => (id === "a" ? "left" : "running");
    stage.tell("a", "running", { version: 5 });
    stage.tell("a", "running", { version: 5 });
    await stage.settle();
    await stage.pass(LINE_INTERVAL);
    expect(stage.asked).toContain("a");
    expect(stage.granted).toEqual(["b"]);
  });

  it("is asked for again if the first question was not answered", async () => {
    const stage = new LineStage();
    stage.onAsk = () => null;
    stage.tell("a", "running", { version: 5 });
    stage.tell("a", "running", { version: 5 });
    await stage.settle();
    stage.onAsk = () => "left";
    await stage.pass(5 * MINUTE + 1);
    expect(stage.alarmAt).toBeNull();
  });
});

describe("the place in line", () => {
  it("is counted within the account, and null for others", () => {
    const stage = lineOf("a", "b");
    stage.tell("x", "waiting", { at: 500, account: "other" });
    expect(stage.line.places("other", ["x", "a", "unknown"])).toEqual([
      { position: 1, waiting: 1, remainingMs: null },
      null,
      null,
    ]);
    expect(positionOf(stage, "b")).toBe(2);
  });

  it("has a remaining time from how fast this line moves, with the accounts in turn", () => {
    const stage = lineOf("a", "b", "c", "d");
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
    const stage = lineOf("a", "b");
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
    const stage = lineOf("a");
    expect(stage.alarmAt).not.toBeNull();
    stage.tell("a", "left");
    expect(stage.alarmAt).toBeNull();
  });

  it("is not set again for each of many who join", () => {
    const stage = lineOf("a");
    const before = stage.alarmCalls;
    for (let at = 1; at <= 50; at++) stage.tell(`b${at}`, "waiting", { at });
    expect(stage.alarmCalls).toBe(before);
  });
});
