// Clients that know nothing but what this API says of itself.

import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMPLETED, GENERATING } from "../support/scenario.ts";
import { LIVE, type Stage, setStage, TEST } from "../support/stage.ts";

const ROOT = join(import.meta.dirname, "../..");
const CLIENTS = join(ROOT, "test/clients");

let stage: Stage;

beforeAll(async () => {
  stage = await setStage();
});

afterAll(() => stage.stop());

/** @throws with all that the program said, unless it ends well. */
async function run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { stdout } = await promisify(execFile)(program, args, { cwd: CLIENTS, env: { ...process.env, ...env } }).catch(
    (cause) => {
      throw new Error(`${cause.message}\n${cause.stdout}`);
    },
  );
  return stdout;
}

describe("a client that openapi-typescript made of the description", () => {
  it("is well typed, and drives the Worker", async () => {
    const generated = join(CLIENTS, "generated");
    await mkdir(generated, { recursive: true });
    await writeFile(join(generated, "openapi.json"), await (await stage.call("/openapi.json")).text());
    // A default says what is taken for a field that is missing, not that requests must have it.
    await run(process.execPath, [
      join(CLIENTS, "node_modules/openapi-typescript/bin/cli.js"),
      join(generated, "openapi.json"),
      "--default-non-nullable=false",
      "--output",
      join(generated, "api.ts"),
    ]);
    await run(process.execPath, [join(CLIENTS, "node_modules/typescript/bin/tsc"), "-p", CLIENTS]);
    stage.world.play("driven", { poll: [GENERATING, COMPLETED], hooks: { in: [{ status: 204 }] } });
    const said = await run(process.execPath, [join(CLIENTS, "drive.ts")], {
      REELHOOK_URL: stage.url,
      REELHOOK_KEY: LIVE,
      HOOK_URL: `${stage.world.url}/hooks/driven/in`,
    });
    expect(said.trim()).toBe("driven");
  });
});

describe("examples/hono-client.ts", () => {
  it("sees a generation to its end", async () => {
    const said = await run(process.execPath, [join(ROOT, "examples/hono-client.ts")], {
      REELHOOK_URL: stage.url,
      REELHOOK_KEY: TEST,
    });
    expect(said).toMatch(/^accepted {3}gen_\w+\ncompleted {2}http.*signature=/);
  });
});
