import { describe, expect, it } from "vitest";
import { readReason } from "../../src/providers/aimlapi-answers.ts";
import { saysModerated } from "../../src/providers/reasons.ts";

describe("the reason in an answer", () => {
  it.each<[unknown, string | null]>([
    [{ error: { name: "E", message: "broke" } }, "broke"],
    [{ error: "broke" }, "broke"],
    [{ error: { error: { message: "broke" } } }, "broke"],
    [{ error: { name: "OnlyAName" } }, "OnlyAName"],
    [{ error: { detail: [{ loc: ["body", "prompt"], msg: "too long", type: "x" }] } }, "body.prompt: too long"],
    [{ error: { detail: [{ loc: [{ toString: 1 }], msg: "odd" }] } }, "odd"],
    [{ error: { name: { toString: 1 } } }, null],
    [{ errors: ["a", { message: "b" }] }, "a; b"],
    [{ message: "broke" }, "broke"],
    [{ message: ["a", "b"] }, "a; b"],
    [{ detail: "broke" }, "broke"],
    [{ failure: "broke", failureCode: "INTERNAL" }, "broke"],
    [{ failure_reason: "broke" }, "broke"],
    [{ status_message: "broke" }, "broke"],
    [{ data: { task_status_msg: "broke" }, message: "SUCCEED" }, "broke"],
    [{ base: 1, fail_reason: "broke", message: "ok" }, "broke"],
    [{ error_message: "broke" }, "broke"],
    [{ error: null, message: "broke" }, "broke"],
    [{ error: "", message: "broke" }, "broke"],
    [{ statusCode: "400" }, "400"],
    [{ message: "success" }, null],
    ["broke", "broke"],
    ["", null],
    [[], null],
    [null, null],
    [undefined, null],
    [7, null],
  ])("%j is %j", (answer, message) => {
    expect(readReason(answer).message).toBe(message);
  });

  it("is not searched for without end, and is cut between characters", () => {
    let deep: unknown = { message: "deep" };
    for (let level = 0; level < 90_000; level++) deep = { error: deep };
    expect(readReason(deep)).toEqual({ message: null, isModerated: false });
    const { message } = readReason({ error: `${"x".repeat(3_999)}😀${"y".repeat(1e6)}` });
    expect(message).toBe("x".repeat(3_999));
    expect(readReason({ error: "\ud83d half" }).message).toBe("\ufffd half");
  });
});

describe("moderation", () => {
  it.each([
    "SAFETY.INPUT.TEXT",
    "INPUT_PREPROCESSING.SAFETY.TEXT",
    "SafetyError",
    "Moderation",
    "ContentModerated",
    "content_policy_violation",
    "moderation_blocked",
    "NSFW",
    "DataInspectionFailed",
    "InputTextSensitiveContentDetected",
    "PROHIBITED_CONTENT",
  ])("is meant by the code %s", (code) => {
    expect(readReason({ error: { code, message: "not this" } }).isModerated).toBe(true);
    expect(readReason({ error: { name: code } }).isModerated).toBe(true);
    expect(readReason({ error: code }).isModerated).toBe(true);
    expect(readReason({ failure: "not this", failureCode: code }).isModerated).toBe(true);
  });

  it.each([
    "INTERNAL.BAD_OUTPUT.CODE01",
    "MODERATION_SERVICE_UNAVAILABLE",
    "SAFETY_CHECK_TIMEOUT",
    "INVALID_SAFETY_TOLERANCE",
    "ASSET.INVALID",
    "ModerateMotionError",
    "rate_limit_exceeded",
  ])("is not meant by the code %s", (code) => {
    expect(readReason({ error: { code, message: "broke" } }).isModerated).toBe(false);
  });

  it.each([
    "The prompt may contain sensitive information",
    "Your request was blocked by our content moderation system.",
    "blocked by moderation",
    "Moderation failed",
    "content policy violation",
    "This prompt violates our content policies.",
    "The request violates our usage policies",
    "Your prompt violates the Community Guidelines.",
    "This content may violate our terms",
    "Your image was flagged as inappropriate",
    "The generated video was rejected by the safety filter.",
    "The output did not pass the safety check",
    "Output blocked for safety reasons",
    "NSFW content detected",
    "Request moderated",
    "Your prompt has been moderated",
    "The text contains prohibited words",
    "Input image contains inappropriate content",
    "The prompt contains inappropriate or harmful content",
    "Public figures are not allowed in this model",
    "Rejected: copyrighted material",
    "The video contains nudity",
    "Prompt is not safe for work",
  ])("is meant by %j", (text) => {
    expect(saysModerated(text)).toBe(true);
    expect(saysModerated(text.toUpperCase())).toBe(true);
  });

  it.each([
    "moderate motion is not supported",
    "moderate_motion must be a boolean",
    "motion must be one of low, moderate, high",
    "The moderation service is temporarily unavailable",
    "Failed to reach the moderation service",
    "Request failed: safety checker timed out",
    "safety_tolerance must be between 0 and 6",
    "'moderation' must be one of auto, low",
    "Unknown field: moderation",
    "unrecognized parameter 'safety_checker'",
    "enable_safety_checker should be a boolean",
    "The prompt is case sensitive",
    "This endpoint is time-sensitive",
    "The image has an inappropriate aspect ratio",
    "An explicit prompt is required",
    "illegal image format",
    "restricted language code",
    "The value violates the schema",
    "value violates unique constraint",
    "This violates our rate limit policy",
    "quota exceeded: see the usage policy",
    "Keep a safety margin of 5 pixels",
    "The operation is not permitted",
    "No content received",
    "Body validation error",
    "",
  ])("is not meant by %j", (text) => {
    expect(saysModerated(text)).toBe(false);
  });
});
