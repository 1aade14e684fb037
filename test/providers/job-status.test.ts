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
    // With a prefix.
    ["task_failed", "failed"],
    ["video.generation.completed", "done"],
    ["JOB_RUNNING", "generating"],
    ["MEDIA_GENERATION_STATUS_SUCCESSFUL", "done"],
    ["Render Queued", "queued"],
    ["state", "unknown"],
    // Words for a running job that contain a word for a terminal status.
    ["almost_done", "generating"],
    ["not_ready", "generating"],
    ["not_completed", "generating"],
    ["NOT COMPLETE", "generating"],
    ["unfinished", "generating"],
    ["incomplete", "generating"],
    ["pre-processing", "generating"],
    ["Post Processing", "generating"],
    ["completing", "generating"],
    ["finishing", "generating"],
    ["failing_over", "generating"],
    ["retry", "generating"],
    ["failed_retrying", "generating"],
    ["canceling", "generating"],
    ["stopping", "generating"],
    ["under_review", "generating"],
    ["re-queued", "queued"],
    ["suspended", "queued"],
    ["not_queued", "queued"],
    // Ambiguous words.
    ["partially_completed", "unknown"],
    ["failed_over", "unknown"],
    ["completed_with_errors", "unknown"],
    ["processing_complete", "unknown"],
    ["preview_ready", "unknown"],
    ["not_found", "unknown"],
    ["interrupted", "unknown"],
    ["ok", "unknown"],
    ["7", "unknown"],
    ["50%", "unknown"],
    ["done 1/4", "unknown"],
    // A word of another alphabet may mean "not".
    ["не done", "unknown"],
    ["未 completed", "unknown"],
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
    ["rejected", false],
    ["expired", false],
    ["canceled", false],
    ["timeout", false],
    ["completed", false],
    ["daydreaming", false],
  ])("%j certainly means that nothing is paid: %j", (word, expected) => {
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
    [{ status: "error", data: { status: "processing" } }, "processing"],
    [{ status: "failed", data: { status: "completed" } }, "completed"],
    [{ status: "failed", data: { status: "" } }, "failed"],
    // An outer status that means queued or generating takes precedence.
    [{ status: "processing", result: { status: "ready" } }, "processing"],
    [{ status: { state: "completed", progress: 100 } }, "completed"],
    [{ status: { value: "processing" } }, "processing"],
    [{ data: { task: { status: "running" } } }, "running"],
    // The field whose word is about the job takes precedence.
    [{ status: "success", state: "processing" }, "processing"],
    [{ status: "v2", state: "processing" }, "processing"],
    [{ status: "completed", phase: "upscaling" }, "completed"],
    // Google's long-running operations.
    [{ name: "operations/1", done: true }, "done"],
    [{ name: "operations/1", done: false }, "not done"],
    [{ status: "processing", done: true }, "processing"],
    // An HTTP status is not the status of the job.
    [{ status: 500, error: "Internal Server Error" }, undefined],
    [{ status: "429", error: "Too Many Requests" }, undefined],
    [{ status: 200, state: "failed" }, "failed"],
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
