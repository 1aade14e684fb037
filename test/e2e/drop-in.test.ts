// Runs a program that was written for the provider, with only its base URL and key changed.

import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import { LIVE, type Stage, setStage } from "../support/stage.ts";

const hasRequests = spawnSync("python3", ["-c", "import requests"]).status === 0;

let stage: Stage;

beforeAll(async () => {
  stage = await setStage();
});

afterAll(() => stage.stop());

describe("the provider's documented Python program", () => {
  it("completes against this Worker", async () => {
    stage.world.play("documented", { poll: [GENERATING, COMPLETED] });
    const program = spawn("python3", [join(import.meta.dirname, "provider-client.py")], {
      env: {
        ...process.env,
        ...(hasRequests ? {} : { PYTHONPATH: join(import.meta.dirname, "fallback") }),
        BASE_URL: `${stage.url}/v2`,
        API_KEY: LIVE,
        PROMPT: "scenario=documented",
      },
    });
    let output = "";
    program.stdout.on("data", (text) => {
      output += text;
    });
    program.stderr.on("data", (text) => {
      output += text;
    });
    const code = await new Promise((resolve) => program.once("exit", resolve));
    expect(output).toMatch(/Generation ID: gen_/);
    expect(output).toMatch(/Processing complete:.*'status': 'completed'/);
    const [url = ""] = /https?:[^']+signature=[^']+/.exec(output) ?? [];
    expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(100_000);
    expect(code).toBe(0);
  });
});
