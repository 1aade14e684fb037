// Runs programs that were written for the provider, with only their base URL and key changed.

import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUILT_IN_MODELS } from "../../src/catalogue/built-in.ts";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import { LIVE, type Stage, setStage } from "../support/stage.ts";

const hasRequests = spawnSync("python3", ["-c", "import requests"]).status === 0;
const fallback = hasRequests ? {} : { PYTHONPATH: join(import.meta.dirname, "fallback") };

let stage: Stage;

beforeAll(async () => {
  stage = await setStage();
});

afterAll(() => stage.stop());

async function run(command: string, file: string, model: string, prompt: string): Promise<string> {
  const program = spawn(command, [join(import.meta.dirname, file), model], {
    env: {
      ...process.env,
      ...fallback,
      BASE_URL: `${stage.url}/v2`,
      API_KEY: LIVE,
      PROMPT: prompt,
      PAUSE_SECONDS: "0.2",
    },
  });
  let output = "";
  for (const stream of [program.stdout, program.stderr]) {
    stream.on("data", (text) => {
      output += text;
    });
  }
  const code = await new Promise((resolve) => program.once("close", resolve));
  expect([code, output]).toEqual([0, expect.stringContaining("Processing complete:")]);
  return output;
}

describe.concurrent.each([
  ["Python", "python3", "provider-client.py", ["ratio"]],
  [
    "JavaScript",
    process.execPath,
    "provider-client.mjs",
    ["ratio", "last_image_url", "watermark", "n", "response_format"],
  ],
])("the provider's documented %s program", (language, command, file, unknown) => {
  it.each(BUILT_IN_MODELS.map(({ id }) => id))("fault 63: for %s completes against this Worker", async (model) => {
    const name = `${language}-${model}`.replaceAll(/\W/g, "-");
    stage.world.play(name, { poll: [GENERATING, COMPLETED] });
    const output = await run(command, file, model, `scenario=${name}`);
    expect(output).toMatch(/Generation ID: gen_/);
    expect(output).toMatch(/Processing complete:.*'?"?status'?"?: ?['"]completed['"]/);
    const [url = ""] = /https?:[^'"]+signature=[^'"]+/.exec(output) ?? [];
    expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(100_000);
    const sent = JSON.parse(stage.world.calls(name, "submit")[0]?.body ?? "{}");
    expect(sent.model).toBe(model);
    // Fields that are not in the schema reach the provider.
    const names = Object.keys(BUILT_IN_MODELS.find(({ id }) => id === model)?.inputSchema?.properties ?? {});
    const others = Object.keys(sent).filter((field) => field !== "model" && !names.includes(field));
    expect(unknown).toEqual(expect.arrayContaining(others));
    if (model.endsWith("turbo")) expect(sent.ratio).toBe("16:9");
  });
});
