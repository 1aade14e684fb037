import { describe, expect, it } from "vitest";
import { readReason } from "../../src/providers/aimlapi-answers.ts";

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
    [{ errors: { prompt: ["too long", "not text"], seed: [] } }, "prompt: too long; not text"],
    [{ error: { code: 500, message: "" }, message: "broke" }, "broke"],
    [{ title: "Bad request", detail: "" }, "Bad request"],
    // Fields that may repeat the request, next to a status.
    [{ status: "failed", title: "A nude statue", error: "broke" }, "broke"],
    [{ message: "broke" }, "broke"],
    [{ message: ["a", "b"] }, "a; b"],
    [{ detail: "broke" }, "broke"],
    [{ failure: "broke", failureCode: "INTERNAL" }, "broke"],
    [{ failure_reason: "broke" }, "broke"],
    [{ failure_details: "broke" }, "broke"],
    [{ error_info: { message: "broke" } }, "broke"],
    [{ status: { state: "failed", message: "broke" } }, "broke"],
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

  it("is searched for within limits, and is cut between characters", () => {
    let deep: unknown = { message: "deep" };
    for (let level = 0; level < 90_000; level++) deep = { error: deep };
    expect(readReason(deep)).toEqual({ message: null, isModerated: false });
    const { message } = readReason({ error: `${"x".repeat(3_999)}😀${"y".repeat(1e6)}` });
    expect(message).toBe("x".repeat(3_999));
    expect(readReason({ error: "\ud83d half" }).message).toBe("\ufffd half");
  });
});
