import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TERMINAL_EVENTS } from "../../../src/contract/words.ts";
import { curlOf } from "../../../src/dashboard/generation/curl.ts";

const ORIGIN = "https://reelhook.example.com";

/** What curl would get, one argument after the other. */
function run(command: string): readonly string[] {
  const script = `curl() { for each; do printf '%s\\0' "$each"; done; }\n${command}`;
  return execFileSync("sh", ["-c", script], { encoding: "utf8", env: { REELHOOK_KEY: "rh_test_1" } })
    .split("\0")
    .slice(0, -1);
}

const bodyOf = (args: readonly string[]) => JSON.parse(args[args.indexOf("-d") + 1] ?? "") as object;

describe("the command that makes a generation again", () => {
  it("sends model, input, webhooks and metadata with the key of the shell", () => {
    const webhooks = [
      { url: "https://a.example", events: TERMINAL_EVENTS, state: "pending" },
      { url: "https://b.example", events: ["generation.failed"], state: "pending" },
    ] as const;
    const command = curlOf({ model: "m", input: { prompt: "a fox" }, webhooks, metadata: { order: "42" } }, ORIGIN);
    const args = run(command);
    expect(args[0]).toBe(`${ORIGIN}/v1/generations`);
    expect(args).toContain("Authorization: Bearer rh_test_1");
    expect(bodyOf(args)).toEqual({
      model: "m",
      prompt: "a fox",
      webhooks: [{ url: "https://a.example" }, { url: "https://b.example", events: ["generation.failed"] }],
      metadata: { order: "42" },
    });
  });

  it.each(["it's", "'; rm -rf /; '", '$(id) `id` $HOME \\ " !! \n\t', "@/etc/passwd", "'\\''", "…é🦊"])(
    "passes %j to curl as it is",
    (prompt) => {
      const args = run(curlOf({ model: "m", input: { prompt, [prompt]: 1 }, webhooks: [], metadata: {} }, ORIGIN));
      expect(bodyOf(args)).toEqual({ model: "m", prompt, [prompt]: 1 });
    },
  );

  it("passes any text to curl as it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (prompt) => {
        const args = run(curlOf({ model: "m", input: { prompt }, webhooks: [], metadata: {} }, ORIGIN));
        expect(bodyOf(args)).toEqual({ model: "m", prompt });
      }),
      { numRuns: 30 },
    );
  });
});
