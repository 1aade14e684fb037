// Drives the loop one input at a time, with a clock that the test sets.

import { describe, expect, it } from "vitest";
import type { Action } from "../../src/core/generation/action.ts";
import { TOMBSTONE_MS } from "../../src/core/generation/removal.ts";
import { unrotated } from "../../src/core/webhooks/rotation.ts";
import type { ActContext } from "../../src/generation/loop.ts";
import { Loop } from "../../src/generation/loop.ts";
import { Disk } from "../simulation/disk.ts";
import { CALM, changed, delivery, FACTS, INTERVAL, inPhase, stateOf, T0 } from "../support/lives.ts";

/** A loop whose actions run until the test ends them. */
function looping(generation = inPhase("generating")) {
  const disk = new Disk();
  disk.generation = generation;
  const clock = { time: T0, now: () => clock.time, random: () => CALM };
  const begun: { action: Action; end: (outcome: never) => Promise<void> }[] = [];
  const discarded: string[] = [];
  const contexts: ActContext[] = [];
  const deliverySignals: AbortSignal[] = [];
  const failures: object[] = [];
  const reported: [id: string, endpointId: string | null][] = [];
  let told = 0;
  const begin = <T>(action: (typeof begun)[number]["action"]): Promise<T> =>
    new Promise((resolve) => {
      begun.push({
        action,
        end: async (outcome) => {
          resolve(outcome);
          for (let tick = 0; tick < 6; tick++) await Promise.resolve();
        },
      });
    });
  const loop = new Loop({
    store: disk,
    executor: {
      act: (action, _, context) => {
        contexts.push(context);
        if (action.kind === "deliver") deliverySignals.push(context.signal);
        return begin(action);
      },
      reportAttempt: ({ id, endpointId }) => void reported.push([id, endpointId]),
      deleteOrphan: async (key) => void discarded.push(key),
    },
    alarm: {
      set: (time) => {
        disk.alarm = time;
      },
    },
    clock,
    log: { info: () => {}, error: (event, fields) => void failures.push({ event, ...fields }) },
    newDeliveryId: () => "msg_1",
    hasLine: () => false,
    detach: () => {},
    onChange: () => {
      told++;
    },
  });
  /** Fires the alarm at its time, or `lateMs` later. */
  const fire = (lateMs = 0) => {
    const scheduledFor = disk.alarm ?? 0;
    clock.time = scheduledFor + lateMs;
    disk.alarm = null;
    loop.handle({ kind: "alarm", scheduledFor });
  };
  const kinds = () => begun.map(({ action }) => action.kind);
  const run = () => loop.handle({ kind: "ensure" });
  return {
    loop,
    run,
    disk,
    clock,
    begun,
    discarded,
    contexts,
    deliverySignals,
    failures,
    reported,
    fire,
    kinds,
    told: () => told,
  };
}

/** Ends a delivery attempt with this result. */
async function endAttempt(attempt: ReturnType<typeof looping>["begun"][number] | undefined, result: never) {
  if (attempt?.action.kind !== "deliver") throw new Error("not a delivery attempt");
  await attempt.end({ kind: "deliver", deliveryId: attempt.action.deliveryId, result } as never);
}

const ANSWERED = { at: T0, durationMs: 1, status: 204, error: null, response: null, retryAfterMs: null };

const BODIES = new Map([["generation.completed", "{}"]] as const);

const STILL_RUNNING = { kind: "running", started: true, status: "generating", credits: null, usd: null } as const;

describe("the loop", () => {
  it("sets the alarm for the next slot, and writes nothing for a poll without news", async () => {
    const { run, disk, fire, begun, kinds } = looping();
    run();
    const record = disk.generation;
    for (let slot = 1; slot <= 5; slot++) {
      expect(disk.alarm).toBe(T0 + slot * INTERVAL);
      fire(80);
      expect(kinds()).toHaveLength(slot);
      await begun.at(-1)?.end({ kind: "poll", slot, result: STILL_RUNNING } as never);
    }
    expect(disk.generation).toBe(record);
  });

  it("fault 42: keeps polling, at most once per slot, when the clock is set back", async () => {
    const { run, clock, fire, begun, kinds } = looping();
    run();
    for (let slot = 1; slot <= 40; slot++) {
      fire();
      await begun.at(-1)?.end({ kind: "poll", slot, result: STILL_RUNNING } as never);
    }
    clock.time -= 300_000;
    run();
    for (let wake = 1; wake <= 5; wake++) {
      fire();
      await begun.at(-1)?.end({ kind: "poll", slot: 10 + wake, result: STILL_RUNNING } as never);
    }
    expect(kinds()).toHaveLength(45);
  });

  it("polls a slot when another outcome arrives before its alarm fires", async () => {
    const { loop, disk, clock, begun, kinds } = looping();
    disk.generation = null;
    loop.handle({ kind: "created", facts: FACTS, stagedKey: null });
    const { requestId } = stateOf(disk.generation ?? inPhase("ready"), "submitting");
    const accepted = { kind: "accepted", jobId: "j", status: "queued", credits: null, usd: null };
    await begun[0]?.end({ kind: "submit", requestId, result: accepted } as never);
    expect(kinds()).toEqual(["submit", "report"]);
    clock.time = T0 + INTERVAL + 1;
    await begun[1]?.end({ kind: "report", status: "queued", version: 9, result: { kind: "unavailable" } } as never);
    expect(kinds()).toEqual(["submit", "report", "poll"]);
  });

  it("sets the alarm for a generation created after the previous one was forgotten", async () => {
    const gone = changed(inPhase("completed"), { kind: "removed", requestId: "r" }, T0).generation;
    const { loop, run, disk, clock, begun } = looping({ ...gone, report: { ...gone.report, acknowledged: "deleted" } });
    clock.time = T0 + TOMBSTONE_MS;
    run();
    clock.time += 5_000;
    await begun[0]?.end({ kind: "purge", result: { kind: "done" } } as never);
    expect(disk.generation).toBeNull();
    loop.handle({ kind: "created", facts: FACTS, stagedKey: null });
    expect(disk.alarm).toBe(clock.time + 10_000);
  });

  it("moves the alarm neither when the provider accepts nor for a copy, and does not delete it at the end", async () => {
    const { run, fire, disk, clock, begun } = looping(inPhase("ready"));
    const end = (kind: string, outcome: object) =>
      begun.findLast(({ action }) => action.kind === kind)?.end({ kind, ...outcome } as never);
    run();
    const { requestId } = stateOf(disk.generation ?? inPhase("ready"), "submitting");
    const first = disk.alarm;
    expect(first).toBe(clock.time + 10_000);
    clock.time += 1_500;
    const accepted = { kind: "accepted", jobId: "j", status: "queued", credits: null, usd: null };
    await end("submit", { requestId, result: accepted });
    expect(disk.alarm).toBe(first);
    fire();
    const second = disk.alarm;
    expect(second).toBe(clock.time + 10_000);
    const done = { kind: "done", url: "https://example.com/v", status: "completed", credits: null, usd: null };
    await end("poll", { slot: 1, result: done });
    expect(disk.alarm).toBe(second);
    const { video } = stateOf(inPhase("completed"), "completed");
    await end("store", { result: { kind: "stored", video, link: { url: "https://example.com/v", expiresAt: null } } });
    const answer = { kind: "done", endpoints: { "generation.started": [], "generation.completed": [] } };
    const { version = 0 } = disk.generation ?? {};
    await end("report", { status: "completed", version, result: { ...answer, rotation: unrotated(0) } });
    expect(disk.alarm).toBe(second);
    fire();
    expect(disk.alarm).toBeNull();
  });

  it("logs a crashed action with the id of its generation", async () => {
    const { run, fire, begun, disk, failures } = looping();
    run();
    fire();
    await begun.at(-1)?.end(null as never);
    expect(failures).toEqual([{ event: "action.crashed", id: disk.generation?.id, action: "poll" }]);
  });

  it("polls once when an alarm fires twice", () => {
    const { loop, run, fire, disk, clock, kinds } = looping();
    run();
    const scheduledFor = disk.alarm ?? 0;
    fire();
    loop.handle({ kind: "alarm", scheduledFor });
    clock.time += 1;
    loop.handle({ kind: "alarm", scheduledFor });
    expect(kinds()).toEqual(["poll"]);
  });

  it("sets an early alarm while an action runs, in case the object dies", () => {
    const { run, disk } = looping(inPhase("storing", { notBefore: T0, since: T0 }));
    run();
    expect(disk.alarm).toBe(T0 + 20_000);
  });

  it("drops the outcome of a copy whose generation was canceled, and deletes its video", async () => {
    const { loop, run, disk, begun, discarded } = looping(inPhase("storing", { notBefore: T0, since: T0 }));
    run();
    loop.handle({ kind: "canceled" });
    const video = { key: "k", bytes: 1, contentType: "video/mp4", sha256: "00" };
    const outcome = { kind: "store", result: { kind: "stored", video, link: { url: "", expiresAt: null } } };
    await begun[0]?.end(outcome as never);
    expect(disk.generation?.state.phase).toBe("canceled");
    expect(discarded).toEqual(["k"]);
  });

  it("deletes the video of a second copy that lands after its generation was completed and deleted", async () => {
    const { loop, run, disk, clock, begun, discarded } = looping(inPhase("storing", { notBefore: T0, since: T0 }));
    run();
    clock.time += 16 * 60_000;
    run();
    disk.generation = inPhase("completed");
    loop.handle({ kind: "removed", requestId: "r" });
    const video = { key: "k", bytes: 1, contentType: "video/mp4", sha256: "00" };
    const outcome = { kind: "store", result: { kind: "stored", video, link: { url: "", expiresAt: null } } };
    await begun[0]?.end(outcome as never);
    expect(discarded).toEqual(["k"]);
  });

  it("drops the outcome of an attempt that was abandoned for a redelivery", async () => {
    const { loop, run, disk, begun } = looping(inPhase("completed"));
    disk.put([delivery("a")], BODIES);
    run();
    const attempts = () => begun.filter(({ action }) => action.kind === "deliver");
    loop.handle({ kind: "redeliver", deliveryId: "a" });
    await endAttempt(attempts()[0], {
      at: T0,
      durationMs: 1,
      status: 410,
      error: null,
      response: null,
      retryAfterMs: null,
    } as never);
    const givenUp = { status: null, error: "replaced by a redelivery" };
    expect(disk.deliveries.get("a")).toMatchObject({ state: "pending", attempts: [givenUp] });
    await endAttempt(attempts()[1], {
      at: T0,
      durationMs: 1,
      status: 204,
      error: null,
      response: null,
      retryAfterMs: null,
    } as never);
    expect(disk.deliveries.get("a")).toMatchObject({ state: "delivered" });
  });

  it("aborts an attempt that is no longer needed, so that its connection is closed", () => {
    const { loop, run, disk, clock, deliverySignals } = looping(inPhase("completed"));
    const deliveries = ["a", "b", "c"].map((id) => delivery(id));
    disk.put(deliveries, BODIES);
    run();
    loop.handle({ kind: "redeliver", deliveryId: "a" });
    expect(disk.deliveries.get("a")?.attempts.map(({ at }) => at)).toEqual([T0]);
    expect(deliverySignals.map(({ aborted }) => aborted)).toEqual([true, false, false, false]);
    disk.deliveries.delete("b");
    run();
    expect(deliverySignals.slice(0, 3).map(({ aborted }) => aborted)).toEqual([true, true, false]);
    clock.time += 20_000;
    run();
    expect(deliverySignals.slice(0, 3).map(({ aborted }) => aborted)).toEqual([true, true, true]);
  });

  it("fault 34: starts twenty deliveries per invocation and leaves the rest to an immediate next one", async () => {
    const { run, disk, clock, begun, fire } = looping(inPhase("completed"));
    const deliveries = Array.from({ length: 30 }, (_, at) => delivery(`d${at}`));
    disk.put(deliveries, BODIES);
    const answered = { at: T0, durationMs: 1, status: 204, error: null, response: null, retryAfterMs: null };
    const attempts = () => begun.filter(({ action }) => action.kind === "deliver");
    const perWake: number[] = [];
    run();
    for (let ended = 0; ended < 30; ) {
      for (; ended < attempts().length; ended++) await endAttempt(attempts()[ended], answered as never);
      perWake.push(ended);
      if (ended === 30) break;
      expect(disk.alarm).toBe(clock.time + 1);
      fire();
    }
    expect(perWake).toEqual([20, 30]);
  });

  it("lets a copy run as long as it makes progress, and restarts one that stalls", () => {
    const { run, clock, begun, kinds, contexts } = looping(inPhase("storing", { notBefore: T0 }));
    run();
    for (let minute = 1; minute <= 60; minute++) {
      clock.time += 60_000;
      contexts[0]?.onProgress();
      run();
    }
    expect(kinds()).toEqual(["store"]);
    clock.time += 16 * 60_000;
    run();
    expect(kinds()).toEqual(["store", "store"]);
    expect(begun).toHaveLength(2);
  });

  it("accepts a late answer to an abandoned submission, so that a paid job is not lost", async () => {
    const { run, disk, clock, begun, kinds } = looping(inPhase("ready"));
    run();
    const { requestId } = stateOf(disk.generation ?? inPhase("ready"), "submitting");
    clock.time += 300_000;
    run();
    expect(kinds()).toEqual(["submit", "reconcile"]);
    await begun[1]?.end({ kind: "reconcile", result: { kind: "absent" } } as never);
    const result = { kind: "accepted", jobId: "j", status: "queued", credits: null, usd: null };
    await begun[0]?.end({ kind: "submit", requestId, result } as never);
    expect(disk.generation?.state).toMatchObject({ phase: "waiting", job: { id: "j" } });
  });

  it("reports the last attempt before retention deletes it, to the endpoint that joined the delivery", async () => {
    const ended = inPhase("completed", { finishedAt: T0 }, { policy: { ...FACTS.policy, retentionMs: 0 } });
    const { run, disk, begun, reported } = looping(ended);
    disk.put([delivery("a")], BODIES);
    run();
    disk.put([delivery("a", { endpointId: "we_1" })], BODIES);
    await endAttempt(begun[0], ANSWERED as never);
    expect(disk.generation?.deletedBy).toBe("retention");
    expect(reported).toEqual([["a", "we_1"]]);
  });

  it("forgets the deliveries of a deleted generation, including those being sent", async () => {
    const { run, disk, begun } = looping(inPhase("completed"));
    disk.put([delivery("a")], BODIES);
    run();
    disk.deliveries.clear();
    run();
    await endAttempt(begun[0], {
      at: T0,
      durationMs: 1,
      status: 500,
      error: null,
      response: null,
      retryAfterMs: null,
    } as never);
    expect(disk.deliveries.size).toBe(0);
  });

  it("notifies waiters of each change and of nothing else", async () => {
    const { loop, run, disk, told, clock, begun } = looping();
    disk.generation = null;
    const wasTold = (act: () => unknown) => {
      const before = told();
      act();
      return told() - before;
    };
    expect(wasTold(() => loop.handle({ kind: "created", facts: FACTS, stagedKey: null }))).toBe(1);
    expect(wasTold(run)).toBe(0);
    expect(wasTold(() => loop.handle({ kind: "canceled" }))).toBe(1);
    expect(wasTold(() => loop.handle({ kind: "canceled" }))).toBe(0);
    disk.put([delivery("a", { state: "failed", nextAttemptAt: null, endpointId: "we_1" })], BODIES);
    const endpoint = { endpointId: "we_1", url: "https://elsewhere.example.com/" };
    expect(wasTold(() => loop.handle({ kind: "endpoint_recovered", endpoint }))).toBe(1);
    expect(wasTold(() => loop.handle({ kind: "endpoint_recovered", endpoint }))).toBe(0);
    expect(wasTold(() => loop.handle({ kind: "redeliver", deliveryId: "a" }))).toBe(1);
    const before = told();
    await endAttempt(begun.at(-1), ANSWERED as never);
    expect(told() - before).toBe(1);
    clock.time += 1_000;
    expect(wasTold(() => loop.handle({ kind: "removed", requestId: "r" }))).toBe(1);
  });
});
