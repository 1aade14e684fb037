// The package in an app's hands: packed, and installed by npm into a folder outside the repository. The programs in the
// folder `app` run there against the Worker in test mode.

import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppFolder, makeAppFolder, run } from "../../support/app-folder.ts";
import { listen } from "../../support/listening.ts";
import { startCommand } from "../../support/running-command.ts";
import { type Stage, setStage, TEST } from "../../support/stage.ts";

const ROOT = join(import.meta.dirname, "../../..");

let stage: Stage;
let packed: string;
let tarball: string;
let app: AppFolder;

beforeAll(async () => {
  packed = await mkdtemp(join(tmpdir(), "reelhook-packed-"));
  const [started] = await Promise.all([setStage(), pack()]);
  stage = started;
}, 120_000);

afterAll(async () => {
  await stage?.stop();
  await app?.remove();
  await rm(packed, { recursive: true, force: true });
});

async function pack(): Promise<void> {
  await run("npm", ["pack", "-w", "packages/reelhook", "--silent", "--pack-destination", packed], { cwd: ROOT });
  const [name = ""] = await readdir(packed);
  tarball = join(packed, name);
  // The declarations of `ai` need the last two to be type-checked. Those of the package need nothing.
  const others = ["ai", "standardwebhooks", "typescript", "@types/node", "@types/json-schema"];
  app = await makeAppFolder(tarball, others);
  await cp(join(import.meta.dirname, "app"), app.path, { recursive: true });
}

const environment = () => ({ REELHOOK_URL: stage.url, REELHOOK_API_KEY: TEST });

/** Runs a program in the app's folder. @throws with its output if it fails. */
async function runInApp(program: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(program, args, { cwd: app.path, env: { ...process.env, ...environment() } }).catch(
    (cause) => {
      throw new Error(`${cause.message}\n${cause.stdout}`);
    },
  );
  return stdout;
}

const COMPILER = {
  strict: true,
  module: "nodenext",
  target: "es2024",
  noEmit: true,
  skipLibCheck: false,
};

async function typeCheck(files: readonly string[], options: object): Promise<void> {
  const compilerOptions = { ...COMPILER, ...options };
  await writeFile(join(app.path, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  await runInApp(process.execPath, "node_modules/typescript/bin/tsc", "-p", ".");
}

describe("the packed package", () => {
  it("has no dependencies, and contains only what is built and its description", async () => {
    const manifest = JSON.parse(await readFile(join(app.path, "node_modules/reelhook/package.json"), "utf8"));
    expect(manifest.dependencies).toBeUndefined();
    expect((await readdir(join(app.path, "node_modules/reelhook"))).sort()).toEqual([
      "LICENSE",
      "README.md",
      "dist",
      "package.json",
    ]);
  });

  it("is resolved by Node, bundlers, Deno and edge runtimes", async () => {
    const data = await readFile(tarball);
    const { messages } = await publint({ pack: { tarball: new Uint8Array(data).buffer }, strict: true });
    expect(messages).toEqual([]);
    const { types, ...analysis } = await checkPackage(createPackageFromTarballData(new Uint8Array(data)));
    expect(types).not.toBe(false);
    const problems = "problems" in analysis ? analysis.problems : [];
    // The package is ESM: `require` of Node before 22 and resolution without `exports` are not supported.
    const unexpected = problems.filter(
      (problem) => !("resolutionKind" in problem) || !["node10", "node16-cjs"].includes(problem.resolutionKind),
    );
    expect(unexpected).toEqual([]);
  });

  it("type-checks without the declarations of any other package", () =>
    typeCheck(["types.ts"], { types: [], exactOptionalPropertyTypes: true }));

  it("type-checks in programs of an app", () => typeCheck(["client.ts", "receiver.ts", "ai.ts"], { types: ["node"] }));
});

describe("an app with the package", () => {
  it.each(["client", "receiver", "ai"])("runs %s.ts", async (program) => {
    expect(await runInApp(process.execPath, `${program}.ts`)).toContain(`${program}: ok`);
  });

  it("generates a video with the command", async () => {
    const args = ["generate", "--prompt", "[instant] A fairy.", "--video-url", "https://example.com/v.mp4"];
    const said = await runInApp("node_modules/.bin/reelhook", ...args, "--out", "fairy.mp4", "--json");
    const { status, video } = JSON.parse(said);
    expect(status).toBe("completed");
    expect((await readFile(join(app.path, "fairy.mp4"))).byteLength).toBe(video.bytes);
  });

  it("receives callbacks with `reelhook listen`", async () => {
    const { secret } = (await (await stage.call("/v1/webhook-secret", { key: TEST })).json()) as { secret: string };
    const { promise: received, resolve } = Promise.withResolvers<unknown>();
    const server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      response.writeHead(204).end();
      const body = Buffer.concat(parts).toString();
      resolve(new Webhook(secret).verify(body, request.headers as Record<string, string>));
    });
    const forward = `${await listen(server)}/hook`;
    const args = ["listen", "--forward", forward, "--events", "generation.completed"];
    const listener = startCommand(join(app.path, "node_modules/.bin/reelhook"), args, environment());
    try {
      await listener.shows(/Forwarding to/);
      const json = { prompt: "[instant] A fairy.", video_url: "https://example.com/v.mp4" };
      await stage.call("/v1/generations", { key: TEST, json });
      expect(await received).toMatchObject({ type: "generation.completed", data: { mode: "test" } });
      await listener.shows(/generation\.completed .* 204/);
    } finally {
      listener.child.kill();
      await listener.ended;
      server.close();
    }
  });
});
