import { describe, expect, it } from "vitest";
import { saysUnpaid, stageOf, statusOf } from "../../src/providers/job-status.ts";
import { bodiesOf } from "../../src/providers/json-fields.ts";

describe("a status word", () => {
  it.each([
    ["queued", "queued"],
    ["waiting", "queued"],
    ["PENDING", "queued"],
    ["In Queue", "queued"],
    ["not-started", "queued"],
    ["THROTTLED", "queued"],
    ["generating", "generating"],
    ["active", "generating"],
    ["processing", "generating"],
    ["In Progress", "generating"],
    ["in_progress", "generating"],
    ["inProgress", "generating"],
    ["JOB_STATE_RUNNING", "generating"],
    ["completed", "done"],
    ["complete", "done"],
    ["succeeded", "done"],
    ["COMPLETED", "done"],
    [" Succeed ", "done"],
    ["done", "done"],
    ["ready", "done"],
    ["finished", "done"],
    ["TASK_STATUS_SUCCEED", "done"],
    ["error", "failed"],
    ["failed", "failed"],
    ["failure", "failed"],
    ["expired", "failed"],
    ["canceled", "failed"],
    ["CANCELLED", "failed"],
    ["rejected", "failed"],
    ["timeout", "failed"],
    ["Timed Out", "failed"],
    ["content_moderated", "failed"],
    ["daydreaming", "unknown"],
    ["status", "unknown"],
    ["constructor", "unknown"],
    ["__proto__", "unknown"],
    ["", "unknown"],
    ["完了", "unknown"],
  ])("%j is %s", (word, stage) => {
    expect(stageOf(word)).toBe(stage);
  });

  it.each([
    ["error", true],
    ["FAILED", true],
    ["rejected", true],
    ["expired", false],
    ["canceled", false],
    ["timeout", false],
    ["completed", false],
    ["daydreaming", false],
  ])("%j leaves no doubt that nothing is paid: %j", (word, expected) => {
    expect(saysUnpaid(word)).toBe(expected);
  });
});

describe("the status of a job", () => {
  it.each([
    [{ status: "queued" }, "queued"],
    [{ state: "running" }, "running"],
    [{ Status: "DONE" }, "DONE"],
    [{ data: { task_status: "succeed" } }, "succeed"],
    [{ generations: [{ status: "failed" }] }, "failed"],
    // The outer status of an envelope is about the request.
    [{ status: "success", data: { status: "processing" } }, "processing"],
    [{ status: 200, data: { status: "processing" } }, "processing"],
    // A job that is known to wait, run or have failed is not overruled by a part of it.
    [{ status: "processing", result: { status: "ready" } }, "processing"],
    [{ status: "failed", data: { status: "completed" } }, "failed"],
    [{ status: 3 }, "3"],
    [{ status: "  " }, undefined],
    [{ status: null }, undefined],
    [{ status: { toString: 1 } }, undefined],
    [{}, undefined],
  ])("of %j is %j", (answer, word) => {
    expect(statusOf(bodiesOf(answer))?.word).toBe(word);
  });

  it("is cut at 100 characters, between characters", () => {
    expect(statusOf([{ status: `${"x".repeat(99)}😀` }])?.word).toBe("x".repeat(99));
  });
});
