import { describe, expect, it } from "vitest";
import type { Course } from "../../../packages/reelhook/src/command/generate/failures.ts";
import { reporterFor } from "../../../packages/reelhook/src/command/generate/reporter.ts";
import { type RunOptions, run } from "../../../packages/reelhook/src/command/generate/run.ts";

describe("options of reelhook generate", () => {
  it.each([
    [{ resume: "" }, '--resume takes the id of a generation, such as gen_v8tx5ny4r7b8fngyvrxa8prp4x, not "".'],
    [{ resume: ".." }, "--resume takes the id"],
    [{ prompt: "A fairy.", idempotencyKey: "" }, "--idempotency-key takes 1 to 255 characters of printable ASCII"],
    [{ prompt: "A fairy.", idempotencyKey: "order-42 " }, "without spaces at its ends"],
    [{ prompt: "A fairy.", idempotencyKey: "clé" }, "--idempotency-key takes"],
    [{ prompt: "A fairy.", idempotencyKey: "x".repeat(256) }, "--idempotency-key takes"],
    [{ prompt: "A fairy.", field: ["seed"] }, "--field takes name=value"],
    [{ prompt: "A fairy.", field: ["prompt=A"] }, "The field prompt is given twice."],
  ])("are refused before anything is sent: %j", async (given: Partial<RunOptions>, message) => {
    // Nothing listens on this port, so a request would fail with another message.
    const options = { url: "http://127.0.0.1:9", apiKey: "rh_test_1", ...given };
    const course: Course = { url: "", out: undefined, idempotencyKey: "", isSent: false, generation: null };
    const reporter = reporterFor(process.stderr, true);
    const running = run({ options, course, reporter, signal: AbortSignal.timeout(5_000) });
    await expect(running).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining(message) });
  });
});
