// Runs the demo as a newcomer does: without a provider key.

import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { descendantsOf, isAlive } from "../support/processes.ts";
import { type RunningCommand, startCommand } from "../support/running-command.ts";

const ROOT = join(import.meta.dirname, "../..");

function startDemo(environment: Record<string, string> = {}): RunningCommand {
  const { AIMLAPI_KEY: _, ...env } = process.env;
  return startCommand(process.execPath, ["scripts/demo.ts"], { ...env, ...environment });
}

describe("the demo", () => {
  it("shows a generation from request to video and verified callbacks, and saves the video", async () => {
    const demo = startDemo();
    expect(await demo.ended, demo.output()).toBe(0);
    const output = demo.output();
    const told = output.split("\n").flatMap((line) => /^ +[\d.]+ s {2}(.*)$/.exec(line)?.slice(1) ?? []);
    expect(told).toEqual([
      expect.stringMatching(/^accepted +gen_[0-9a-z]{26}$/),
      "generating",
      expect.stringMatching(/^callback +generation\.started, signature verified$/),
      "copying",
      expect.stringMatching(/^stored +the video, \d+ bytes, in R2 at videos\/demo\/test\/gen_[0-9a-z]{26}\.mp4$/),
      expect.stringMatching(/^callback +generation\.completed, signature verified$/),
      expect.stringMatching(/^saved +out\/gen_[0-9a-z]{26}\.mp4$/),
    ]);
    expect(output).not.toMatch(/sandbox:|sha256|provider/);
    const file = /saved +(\S+)/.exec(output)?.[1] ?? "";
    const [saved, original] = [join(ROOT, file), join(ROOT, "src/providers/sandbox.mp4")].map((path) =>
      createHash("sha256").update(readFileSync(path)).digest("hex"),
    );
    expect(saved).toBe(original);
  });

  it("stops on Ctrl-C and leaves no process or file behind", async () => {
    const temporary = mkdtempSync(join(tmpdir(), "demo-"));
    const demo = startDemo({ TMPDIR: temporary, NODE_DISABLE_COMPILE_CACHE: "1" });
    await demo.shows(/accepted +gen_/);
    const started = descendantsOf(demo.child.pid ?? 0);
    expect(started.length).toBeGreaterThan(0);
    demo.child.kill("SIGINT");
    expect(await demo.ended).toBe(130);
    expect(started.filter(isAlive)).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
    rmdirSync(temporary);
  });
});
