import { describe, expect, it } from "vitest";
import { ERROR_CODES, type ErrorCode } from "../../../src/contract/words.ts";
import { billing, nextStep } from "../../../src/dashboard/generation/failure.ts";

const ended = (code: ErrorCode, change: object = {}) => {
  return {
    mode: "live" as const,
    submitted_at: "2026-05-01T12:00:00.000Z",
    estimate: { usd: 0.75 },
    usage: null,
    error: { code, retryable: false },
    ...change,
  };
};

describe("a generation without a video", () => {
  it("says what to do next, unless it was canceled", () => {
    for (const code of ERROR_CODES) expect(nextStep(ended(code)) === "", code).toBe(code === "canceled");
  });

  it.each([
    ["moderated", {}, /^Not billed: the provider does not charge/],
    ["provider_error", { error: { code: "provider_error", retryable: true } }, /^Not billed: the provider does not/],
    ["provider_error", {}, /^It may be billed/],
    ["submission_unknown", { submitted_at: null }, /^It may be billed/],
    ["timed_out", {}, /^It may be billed/],
    ["timed_out", { submitted_at: null }, /^Not billed: the provider never accepted it/],
    ["storage_failed", {}, /^It may be billed/],
    ["storage_failed", { usage: { credits: null, usd: 0.75 } }, /^Billed: .* \$0\.75\.$/],
    ["canceled", {}, /^It may be billed: the provider cannot stop/],
    ["canceled", { submitted_at: null }, /^Not billed, unless/],
    ["canceled", { mode: "test", usage: { credits: 9, usd: null } }, /^Not billed: test mode is free/],
  ] as const)("%s %j says whether it is billed", (code, change, text) => {
    expect(billing(ended(code, change))).toMatch(text);
  });
});
