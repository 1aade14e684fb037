import { describe, expect, it } from "vitest";
import type { Outcome, QueueResult, SubmitResult } from "../../../src/core/generation/action.ts";
import { dueActions, isSettled, nextWake } from "../../../src/core/generation/agenda.ts";
import { atProvider } from "../../../src/core/generation/at-provider.ts";
import type { RuntimeState } from "../../../src/core/generation/context.ts";
import type { LineReport } from "../../../src/core/generation/line-report.ts";
import { standingOf } from "../../../src/core/generation/queue.ts";
import type { Generation, Phase } from "../../../src/core/generation/record.ts";
import type { Standing } from "../../../src/core/queue/standing.ts";
import { applied, changed, FACTS, inPhase, life, memory, stateOf, stepped, T0, TIMEOUT } from "../../support/lives.ts";

const MINUTE = 60_000;
const NOW = T0 + 1_000;
const HAS_LINE: RuntimeState = { ...memory(), hasLine: true };
const KNOWN: LineReport = { acknowledged: "waiting", failures: 0, notBefore: T0 };

const withLine = (generation: Generation, line: Partial<LineReport> = {}): Generation => ({
  ...generation,
  line: { ...KNOWN, ...line },
});

function reportDue(generation: Generation, now = NOW, runtime = memory()) {
  const action = dueActions(life(generation), runtime, now).find(({ kind }) => kind === "queue");
  return action?.kind === "queue" ? action.report : null;
}

const kindsDue = (generation: Generation, now = NOW, runtime = memory()) =>
  dueActions(life(generation), runtime, now).map(({ kind }) => kind);

const submitted = (generation: Generation, result: SubmitResult, now = NOW) =>
  applied(generation, { kind: "submit", requestId: "r.1", result }, now).generation;

const answered = (generation: Generation, standing: Standing, kind: QueueResult["kind"], now = NOW) =>
  applied(generation, { kind: "queue", standing, result: { kind } } satisfies Outcome, now).generation;

const granted = (generation: Generation, now = NOW) => changed(generation, { kind: "turn_granted" }, now).generation;

const busy = (retryAfterMs: number | null = null): SubmitResult => ({ kind: "busy", retryAfterMs, message: "full" });

describe("where a generation stands", () => {
  it.each<[Phase, Standing | null]>([
    ["ready", null],
    ["in-line", "waiting"],
    ["submitting", "unknown"],
    ["reconciling", "unknown"],
    ["waiting", "running"],
    ["generating", "running"],
    ["storing", "left"],
    ["completed", "left"],
    ["failed", "left"],
    ["canceled", "left"],
  ])("in phase %s: %s", (phase, standing) => {
    expect(standingOf(inPhase(phase), memory())).toBe(standing);
    const report = reportDue(withLine(inPhase(phase), { acknowledged: null }));
    expect(report?.standing ?? null).toBe(standing);
  });

  it("is open while the provider's answer is awaited", () => {
    expect(standingOf(inPhase("submitting"), memory(0, "submit"))).toBeNull();
  });

  it.each(["submitting", "reconciling", "waiting", "generating"] as const)(
    "after a cancel: that of the %s job, until it has ended",
    (phase) => {
      const { generation } = changed(withLine(inPhase(phase)), { kind: "canceled" }, NOW);
      expect(standingOf(generation, memory())).toBe(standingOf(inPhase(phase), memory()));
    },
  );

  it.each<Phase>(["waiting", "storing", "completed", "failed", "canceled"])(
    "is not told in phase %s if the generation never waited in line",
    (phase) => {
      expect(reportDue(inPhase(phase), T0 + TIMEOUT - 1)).toBeNull();
    },
  );
});

describe("a submission that is refused as one too many", () => {
  it("joins the line, and tells it of the refusal at once", () => {
    const waiting = submitted(inPhase("submitting"), busy(7_000));
    expect(waiting.state).toEqual({
      phase: "in-line",
      tries: 1,
      refusal: "full",
      unreported: { retryAfterMs: 7_000 },
    });
    expect(reportDue(waiting)).toEqual({
      version: waiting.version,
      standing: "waiting",
      refusal: { retryAfterMs: 7_000 },
      lastTryAt: T0 + TIMEOUT - MINUTE,
      until: T0 + 2 * TIMEOUT + 15 * MINUTE,
    });
    expect(kindsDue(waiting, T0 + TIMEOUT - 1)).not.toContain("submit");
  });

  it("goes back to the line with each refusal, which it reports once", () => {
    const first = answered(submitted(inPhase("submitting"), busy()), "waiting", "acknowledged");
    expect(stateOf(first, "in-line")).not.toHaveProperty("unreported");
    expect(reportDue(first, NOW + 10 * MINUTE)).toMatchObject({ standing: "waiting", refusal: null });
    const again = { ...granted(first), state: inPhase("submitting", { tries: 2 }).state };
    const second = submitted(again, busy(1_000));
    expect(reportDue(second)).toMatchObject({ refusal: { retryAfterMs: 1_000 }, version: second.version });
    expect(second.version).toBeGreaterThan(first.version);
  });

  it("is told apart from a submission that could not be sent, which keeps its turn", () => {
    const unsent = { kind: "unsent", message: "R2 is down" } as const;
    expect(submitted(inPhase("submitting"), unsent).state).not.toHaveProperty("hasTurn");
    const kept = submitted(withLine(inPhase("submitting")), unsent);
    expect(stateOf(kept, "ready")).toMatchObject({ hasTurn: true, notBefore: NOW + 2_000 });
    expect(kindsDue(kept, NOW + 2_000, HAS_LINE)).toEqual(["submit"]);
  });

  it("that the provider's log calls failed goes back to the line if it came from there", () => {
    const outcome = { kind: "reconcile", result: { kind: "failed" } } as const;
    expect(applied(withLine(inPhase("reconciling")), outcome).generation.state.phase).toBe("in-line");
    expect(applied(inPhase("reconciling"), outcome).generation.state.phase).toBe("ready");
  });
});

describe("a new generation", () => {
  it("is submitted at once while no line is known", () => {
    expect(kindsDue(inPhase("ready"))).toEqual(["submit"]);
  });

  it("asks the line first while one is known", () => {
    expect(kindsDue(inPhase("ready"), NOW, HAS_LINE)).toEqual(["queue"]);
    expect(reportDue(inPhase("ready"), NOW, HAS_LINE)).toMatchObject({ standing: "waiting", refusal: null });
  });

  it.each<[QueueResult["kind"], object]>([
    ["granted", { phase: "ready", tries: 0, notBefore: NOW, hasTurn: true }],
    ["acknowledged", { phase: "in-line", tries: 0 }],
    ["unavailable", { phase: "ready", tries: 0, notBefore: T0 }],
  ])("whose question is answered with %s goes on accordingly", (kind, state) => {
    expect(answered(inPhase("ready"), "waiting", kind).state).toEqual(state);
  });
});

describe("a generation that has asked the line", () => {
  const asked = stepped(life(inPhase("ready")), { kind: "ensure" }, NOW, HAS_LINE);
  const asking = asked.life?.generation ?? inPhase("ready");

  it("tells it of its end, even if the answer has not arrived", () => {
    expect(asked.actions.map(({ kind }) => kind)).toContain("queue");
    const canceled = changed(asking, { kind: "canceled" }, NOW).generation;
    expect(reportDue(canceled)?.standing).toBe("left");
  });

  it("awaits the answer before it tells of its end, which must not arrive first", () => {
    const running = asked.actions.filter(({ kind }) => kind === "queue").map((action) => ["queue", action] as const);
    const under = new Map(running.map(([key, action]) => [key, { action, begunAt: NOW, lastProgressAt: NOW }]));
    const runtime = { ...memory(), running: under };
    const { aborted } = stepped(life(asking), { kind: "canceled" }, NOW, runtime);
    expect(aborted).not.toContain("queue");
    expect(stepped(life(asking), { kind: "turn_granted" }, NOW, runtime).aborted).toContain("queue");
  });
});

describe("a turn", () => {
  it("ends the wait of a generation that tries by itself", () => {
    const trying = {
      ...inPhase("ready"),
      state: { phase: "ready", tries: 3, notBefore: NOW + MINUTE, hasTurn: true },
    } as const;
    expect(stepped(life(trying), { kind: "turn_granted" }, NOW).actions.map(({ kind }) => kind)).toContain("submit");
  });

  it.each([
    ["that waits", withLine(inPhase("in-line")), true],
    ["that asks", inPhase("ready"), true],
    ["that has its turn", inPhase("ready", { hasTurn: true }), false],
    ["that is being submitted", withLine(inPhase("submitting")), false],
    ["that runs", withLine(inPhase("waiting")), false],
    ["that was canceled", withLine(inPhase("canceled")), false],
  ])("is taken by a generation %s: %#", (_, generation, isTaken) => {
    const after = granted(generation);
    if (isTaken) expect(after.state).toMatchObject({ phase: "ready", hasTurn: true, notBefore: NOW });
    else expect(after).toBe(generation);
  });

  it("submits the generation in the same step, whatever is known of a line", () => {
    const after = stepped(life(withLine(inPhase("in-line"))), { kind: "turn_granted" }, NOW, HAS_LINE);
    expect(after.actions.map(({ kind }) => kind)).toEqual(["submit"]);
    expect(after.changes.mayWait).toBe(false);
  });

  it("ends the question that is under way, so that its answer is not taken for one about the next refusal", () => {
    const waiting = submitted(inPhase("submitting"), busy());
    const report = reportDue(waiting);
    if (report === null) throw new Error("nothing to report");
    const asking = new Map([["queue", { action: { kind: "queue", report }, begunAt: NOW, lastProgressAt: NOW }]]);
    const runtime = { polledSlot: 0, running: asking } as const;
    const after = stepped(life(waiting), { kind: "turn_granted" }, NOW, runtime as never);
    expect(after.aborted).toEqual(["queue"]);
    expect(stepped(life(waiting), { kind: "ensure" }, NOW, runtime as never).aborted).toEqual([]);
  });

  it("keeps the reason of the last refusal", () => {
    expect(stateOf(granted(submitted(inPhase("submitting"), busy())), "ready").refusal).toBe("full");
  });
});

describe("a line that does not answer", () => {
  it("is asked three times with growing waits, then the generation tries by itself", () => {
    let generation = submitted(inPhase("submitting"), busy(30_000));
    const waits: number[] = [];
    for (let failure = 1; failure <= 2; failure++) {
      generation = answered(generation, "waiting", "unavailable");
      expect(stateOf(generation, "in-line").unreported).toEqual({ retryAfterMs: 30_000 });
      waits.push((nextWake(life(generation), memory(), NOW) ?? 0) - NOW);
    }
    expect(waits).toEqual([1_000, 2_000]);
    const alone = answered(generation, "waiting", "unavailable");
    // 30 s as the provider said, and up to 20 % more.
    expect(alone.state).toEqual({ phase: "ready", tries: 1, notBefore: NOW + 33_000, refusal: "full", hasTurn: true });
    expect(kindsDue(alone, NOW + 33_000, HAS_LINE)).toEqual(["submit"]);
  });

  it("is asked once after each further refusal, and the tries are backed off", () => {
    const alone = { ...withLine(inPhase("submitting", { tries: 4 }), { failures: 3 }) };
    const again = answered(submitted(alone, busy()), "waiting", "unavailable");
    expect(again.state).toMatchObject({ phase: "ready", notBefore: NOW + 16_000, hasTurn: true });
    const answers = answered(submitted(alone, busy()), "waiting", "acknowledged");
    expect(answers.line).toMatchObject({ failures: 0 });
  });

  it("does not lose the last try before the deadline to a longer Retry-After", () => {
    const waiting = submitted(withLine(inPhase("submitting"), { failures: 3 }), busy(2 * TIMEOUT));
    const alone = answered(waiting, "waiting", "unavailable");
    expect(stateOf(alone, "ready").notBefore).toBe(T0 + TIMEOUT - MINUTE);
  });

  it("does not change a generation that runs, and is told again with growing waits", () => {
    const running = withLine(inPhase("waiting"), { failures: 4 });
    const after = answered(running, "running", "unavailable");
    expect(after.state).toBe(running.state);
    expect(after.line).toEqual({ acknowledged: "waiting", failures: 5, notBefore: NOW + 16_000 });
  });
});

describe("a generation that has left", () => {
  it("says so thirty times to a line that does not answer, and no more", () => {
    const often = answered(withLine(inPhase("completed"), { failures: 28 }), "left", "unavailable");
    expect(reportDue(often, T0 + TIMEOUT)).toMatchObject({ standing: "left" });
    const given = answered(often, "left", "unavailable");
    expect(reportDue(given, T0 + TIMEOUT)).toBeNull();
    expect(isSettled(life(given))).toBe(true);
  });
});

describe("a report that the line has acknowledged", () => {
  it("is not repeated before five minutes while the generation waits", () => {
    const waiting = answered(submitted(inPhase("submitting"), busy()), "waiting", "acknowledged");
    expect(reportDue(waiting, NOW + 5 * MINUTE - 1)).toBeNull();
    expect(reportDue(waiting, NOW + 5 * MINUTE)).toMatchObject({ standing: "waiting" });
  });

  it.each(["waiting", "reconciling"] as const)("is not repeated at all in phase %s", (phase) => {
    const standing = phase === "waiting" ? "running" : "unknown";
    const generation = answered(withLine(inPhase(phase)), standing, "acknowledged");
    expect(reportDue(generation, T0 + TIMEOUT - 1)).toBeNull();
  });

  it("is followed at once by one about what has changed since", () => {
    const found = answered(withLine(inPhase("waiting")), "unknown", "acknowledged");
    expect(reportDue(found)).toMatchObject({ standing: "running" });
  });

  it("ends the outbox once the generation has left", () => {
    const ended = withLine(inPhase("completed"));
    expect(isSettled(life(ended))).toBe(false);
    const left = answered(ended, "left", "acknowledged");
    expect(left).not.toHaveProperty("line");
    expect(isSettled(life(left))).toBe(true);
  });

  it.each([
    ["waiting", withLine(inPhase("in-line")), "briefly"],
    ["waiting", inPhase("ready"), false],
    ["running", withLine(inPhase("waiting")), "briefly"],
  ] as const)("%s may be written later if it changes no more than the outbox: %#", (standing, generation, mayWait) => {
    const outcome = { kind: "queue", standing, result: { kind: "acknowledged" } } as const;
    const input = { kind: "outcome", outcome, isStale: false } as const;
    // While another action runs, another step follows soon.
    expect(stepped(life(generation), input, NOW, memory(0, "report")).changes.mayWait).toBe(mayWait);
  });
});

describe("a cancel", () => {
  it("in line is free, and leaves the line at once", () => {
    const { generation } = changed(withLine(inPhase("in-line")), { kind: "canceled" }, NOW);
    const { error, ...state } = stateOf(generation, "canceled");
    expect(error.message).toBe("Canceled before it was sent to the provider; nothing will be billed.");
    expect(state).not.toHaveProperty("leftover");
    expect(reportDue(generation)).toMatchObject({ standing: "left", version: generation.version });
    expect(granted(generation)).toBe(generation);
  });

  it("of a job that runs keeps its place until the job has ended", () => {
    const running = withLine(inPhase("generating"), { acknowledged: "running" });
    const { generation } = changed(running, { kind: "canceled" }, NOW);
    expect(reportDue(generation, NOW + 10 * MINUTE)).toBeNull();
    const result = { kind: "failed", code: "provider_error", message: "", retryable: true } as const;
    const price = { status: "error", credits: null, usd: null };
    const ended = applied(generation, { kind: "poll", slot: 1, result: { ...result, ...price } }, NOW + MINUTE);
    expect(reportDue(ended.generation, NOW + MINUTE)).toMatchObject({ standing: "left" });
  });

  it("during a submission that is then refused leaves the line, and tells it of the refusal until it answers", () => {
    const { generation } = changed(withLine(inPhase("submitting")), { kind: "canceled" }, NOW);
    const refused = submitted(generation, busy(7_000));
    expect(refused.state).not.toHaveProperty("leftover");
    const told = { standing: "left", refusal: { retryAfterMs: 7_000 } };
    expect(reportDue(refused)).toMatchObject(told);
    const removed = changed(refused, { kind: "removed", requestId: "req" }, NOW).generation;
    expect(reportDue(removed)).toMatchObject(told);
    expect(reportDue(answered(refused, "left", "unavailable"), NOW + MINUTE)).toMatchObject(told);
    expect(answered(refused, "left", "acknowledged")).not.toHaveProperty("line");
  });

  it("during a submission that is then refused tells nothing if the generation never waited in line", () => {
    const { generation } = changed(inPhase("submitting"), { kind: "canceled" }, NOW);
    expect(reportDue(submitted(generation, busy()))).toBeNull();
  });

  it("or a deadline right after a refusal still tells the line of it, once", () => {
    const waiting = submitted(withLine(inPhase("submitting")), busy(7_000));
    const { generation } = changed(waiting, { kind: "canceled" }, NOW);
    expect(reportDue(generation)).toMatchObject({ standing: "left", refusal: { retryAfterMs: 7_000 } });
    const late = changed(waiting, { kind: "ensure" }, T0 + TIMEOUT).generation;
    expect(late.state.phase).toBe("failed");
    expect(reportDue(late, T0 + TIMEOUT)).toMatchObject({ standing: "left", refusal: { retryAfterMs: 7_000 } });
    const known = changed(answered(waiting, "waiting", "acknowledged"), { kind: "canceled" }, NOW).generation;
    expect(reportDue(known)).toMatchObject({ standing: "left", refusal: null });
  });

  it("and a deletion in line still leave the line", () => {
    const { generation } = changed(withLine(inPhase("in-line")), { kind: "canceled" }, NOW);
    const removed = changed(generation, { kind: "removed", requestId: "req" }, NOW).generation;
    expect(reportDue(removed)).toMatchObject({ standing: "left" });
  });

  it("and a deletion keep the place of a job that runs", () => {
    const running = withLine(inPhase("generating"), { acknowledged: "running" });
    const { generation } = changed(running, { kind: "canceled" }, NOW);
    const removed = changed(generation, { kind: "removed", requestId: "req" }, NOW).generation;
    expect(standingOf(removed, memory())).toBe("running");
    expect(atProvider(removed).state.phase).toBe("generating");
  });
});

describe("the deadline in line", () => {
  const expire = (generation: Generation, now: number) =>
    stepped(life(generation), { kind: "ensure" }, now).life?.generation;

  it("is QUEUE_TIMEOUT after acceptance, and names the reason of the last refusal", () => {
    const policy = { ...FACTS.policy, queueTimeoutMs: 7_200_000 };
    const waiting = { ...withLine(inPhase("in-line", { refusal: "Too many jobs." })), policy };
    expect(nextWake(life(waiting), memory(), T0 + 7_200_000 - 1)).toBe(T0 + 7_200_000);
    expect(expire(waiting, T0 + 7_200_000 - 1)?.state.phase).toBe("in-line");
    const failed = expire(waiting, T0 + 7_200_000);
    expect(failed?.state).toMatchObject({
      phase: "failed",
      error: {
        code: "timed_out",
        message: "The provider did not accept the job within 7200 s. Last error: Too many jobs.",
      },
    });
  });

  it("is GENERATION_TIMEOUT in records of earlier releases", () => {
    expect(expire(withLine(inPhase("in-line")), T0 + TIMEOUT)?.state.phase).toBe("failed");
  });

  it.each([
    [7_200_000, 7_200_000 - MINUTE],
    [20_000, 10_000],
  ])("of %i ms has its last try at %i ms", (queueTimeoutMs, lastTry) => {
    const policy = { ...FACTS.policy, queueTimeoutMs };
    const waiting = { ...submitted(inPhase("submitting"), busy()), policy };
    expect(reportDue(waiting)?.lastTryAt).toBe(T0 + lastTry);
  });

  it("leaves the line", () => {
    const failed = expire(withLine(inPhase("in-line")), T0 + TIMEOUT);
    if (failed === undefined) throw new Error("it is gone");
    expect(reportDue(failed, T0 + TIMEOUT)).toMatchObject({ standing: "left" });
  });
});
