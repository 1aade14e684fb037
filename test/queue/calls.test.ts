import { describe, expect, it } from "vitest";
import { LINE_INTERVAL, LINE_T0, LineStage, lineOf, positionOf } from "../support/line.ts";

const MINUTE = 60_000;
const MOST_CALLS = 20;

const idsOf = (count: number) => Array.from({ length: count }, (_, at) => `g${at}`);

/** How many generations an alarm calls, with the work that it detaches. */
async function callsOfAlarm(stage: LineStage): Promise<number> {
  const before = stage.granted.length + stage.asked.length;
  stage.line.wake();
  await stage.settle();
  return stage.granted.length + stage.asked.length - before;
}

/** Runs the alarms of a short time. @returns how many generations each of them calls. */
async function callsOfAlarms(stage: LineStage, ms = 100): Promise<number[]> {
  const calls: number[] = [];
  const end = stage.now + ms;
  while (stage.alarmAt !== null && stage.alarmAt <= end) {
    stage.now = stage.alarmAt;
    calls.push(await callsOfAlarm(stage));
  }
  return calls;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

describe("an invocation of the line calls at most 20 generations, and the next one continues at once,", () => {
  /** A line in which so many wait for the only place, at a provider that has accepted many. */
  function longLine(waiting: number): LineStage {
    const stage = new LineStage();
    stage.settings = { ...stage.settings, maxConcurrent: 1 };
    // Each accepted submission lets more wait for their answers at once.
    for (let at = 0; at < 400; at++)
      for (const standing of ["unknown", "running", "left"] as const) {
        stage.tell(`before${at}`, standing);
      }
    stage.tell("holder", "running");
    idsOf(waiting).forEach((id, at) => void stage.tell(id, "waiting", { at }));
    return stage;
  }

  it("if many places have become free", async () => {
    const stage = longLine(200);
    await stage.settle();
    stage.settings = { ...stage.settings, maxConcurrent: 500 };
    stage.alarmAt = stage.now + 1;
    const calls = await callsOfAlarms(stage);
    expect(calls.slice(0, 5)).toEqual(Array(5).fill(MOST_CALLS));
    expect(stage.granted).toEqual(idsOf(sum(calls)));
  });

  it("if many who are called have left", async () => {
    const stage = longLine(200);
    await stage.settle();
    stage.onGrant = () => "left";
    stage.settings = { ...stage.settings, maxConcurrent: 2 };
    stage.alarmAt = stage.now + 1;
    expect(await callsOfAlarms(stage)).toEqual(Array(10).fill(MOST_CALLS));
    expect(stage.granted).toEqual(idsOf(200));
  });

  it("if a report frees many places", async () => {
    const stage = longLine(200);
    await stage.settle();
    stage.settings = { ...stage.settings, maxConcurrent: 500 };
    expect(await stage.grantsDuring(() => void stage.tell("holder", "left"))).toEqual(idsOf(MOST_CALLS));
    const calls = await callsOfAlarms(stage);
    expect(calls[0]).toBe(MOST_CALLS);
  });

  it("if many may not have heard the answer that was their turn", async () => {
    const stage = longLine(0);
    await stage.settle();
    stage.settings = { ...stage.settings, maxConcurrent: 500 };
    for (const [at, id] of idsOf(60).entries()) expect(stage.tell(id, "waiting", { at }).isGranted).toBe(true);
    stage.now += 10_000;
    expect(await callsOfAlarms(stage)).toEqual([MOST_CALLS, MOST_CALLS, MOST_CALLS]);
    expect(stage.granted).toEqual(idsOf(60));
  });

  it("if many that hold a place have not reported for long", async () => {
    const stage = new LineStage();
    for (const id of idsOf(100)) {
      stage.tell(id, "waiting");
      stage.tell(id, "running");
    }
    stage.now += 30 * MINUTE;
    const calls = await callsOfAlarms(stage);
    expect(calls.filter((each) => each > 0)).toEqual(Array(5).fill(MOST_CALLS));
    expect(stage.asked.toSorted()).toEqual(idsOf(100).toSorted());
  });
});

describe("if generations do not answer when they are called for their turns, the line", () => {
  const HOUR = 60 * MINUTE;

  function silentLine(waiting: number): LineStage {
    const stage = lineOf(...idsOf(waiting));
    stage.onGrant = () => null;
    return stage;
  }

  it("calls five, and then one every ten seconds", async () => {
    const stage = silentLine(900);
    await stage.pass(LINE_INTERVAL);
    expect(stage.granted).toEqual(idsOf(5));
    await stage.pass(10_000 - 1);
    expect(stage.granted).toHaveLength(5);
    await stage.pass(1);
    expect(stage.granted).toEqual(idsOf(6));
    const { writes, alarmCalls } = stage;
    await stage.pass(HOUR);
    expect(stage.granted).toHaveLength(6 + 360);
    expect(stage.writes - writes).toBeLessThan(360 * 10);
    expect(stage.alarmCalls - alarmCalls).toBeLessThan(360 * 3);
  });

  it("still gives a turn to the first in line at once when it asks", async () => {
    const stage = silentLine(6);
    await stage.pass(LINE_INTERVAL);
    expect(stage.tell("g0", "waiting", { version: 1 }).isGranted).toBe(true);
  });

  it("goes on at once when one answers", async () => {
    const stage = silentLine(30);
    await stage.pass(LINE_INTERVAL);
    stage.onGrant = (id) => {
      stage.tell(id, "running");
      return "running";
    };
    await stage.pass(10_000);
    expect(new Set(stage.granted)).toEqual(new Set(idsOf(30)));
  });

  it("serves other accounts in the meantime", async () => {
    const stage = silentLine(30);
    const others = ["x", "y", "z"];
    others.forEach((id, at) => void stage.tell(id, "waiting", { at: MINUTE + at, account: "other" }));
    stage.onGrant = (id) => {
      if (!others.includes(id)) return null;
      stage.tell(id, "running", { account: "other" });
      return "running";
    };
    await stage.pass(MINUTE);
    expect(others.map((id) => positionOf(stage, id, "other"))).toEqual([null, null, null]);
  });

  it("is not held up by single ones that do not answer", async () => {
    const stage = lineOf(...idsOf(60));
    stage.onGrant = (id) => {
      if (Number(id.slice(1)) % 5 !== 4) return null;
      stage.tell(id, "running");
      return "running";
    };
    await stage.pass(LINE_INTERVAL);
    expect(stage.now).toBe(LINE_T0 + LINE_INTERVAL);
    expect(stage.granted).toEqual(idsOf(60));
  });
});
