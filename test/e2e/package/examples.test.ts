// Runs the folders in `examples`, copied out of the repository, against the Worker in test mode.

import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppFolder, run } from "../../support/app-folder.ts";
import { copyExamples } from "../../support/example-folders.ts";
import { type Callback, RecordingProxy } from "../../support/recording-proxy.ts";
import { type RunningCommand, startCommand } from "../../support/running-command.ts";
import { type Stage, setStage, TEST } from "../../support/stage.ts";

const ORDER = { prompt: "[instant] A fairy.", video_url: "https://example.com/raccoon.mp4" };

let stage: Stage;
let secret: string;
let copies: AppFolder;

beforeAll(async () => {
  [stage, copies] = await Promise.all([
    setStage(),
    copyExamples(["hono", "@hono/node-server", "typescript", "@types/node"]),
  ]);
  ({ secret } = (await (await stage.call("/v1/webhook-secret", { key: TEST })).json()) as { secret: string });
});

afterAll(async () => {
  await stage?.stop();
  await copies?.remove();
});

interface Example {
  readonly running: RunningCommand;
  readonly proxy: RecordingProxy;
  readonly url: string;
  /** Address of the proxy. */
  readonly publicUrl: string;
}

async function withExample(
  program: string,
  args: readonly string[],
  use: (example: Example) => Promise<void>,
): Promise<string> {
  const proxy = new RecordingProxy();
  const publicUrl = await proxy.listen();
  const running = startCommand(program, args, {
    REELHOOK_URL: stage.url,
    REELHOOK_API_KEY: TEST,
    WEBHOOK_SECRET: secret,
    PUBLIC_URL: publicUrl,
    PORT: "0",
    VIDEOS: join(copies.path, "videos"),
  });
  try {
    await running.shows(/listening on http:\S+\n/);
    const port = /:(\d+)\n/.exec(running.output())?.[1];
    const url = `http://127.0.0.1:${port}`;
    proxy.forwardTo(url);
    await use({ running, proxy, url, publicUrl });
  } finally {
    running.child.kill();
    await running.ended;
    proxy.close();
  }
  return running.output();
}

async function post(url: string, json: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(json) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Sends the first callback again, and forged ones. @returns the callback. */
async function testReceiver(proxy: RecordingProxy): Promise<Callback> {
  const { callback, status } = await proxy.first;
  expect(status).toBe(204);
  expect(await proxy.send(callback)).toBe(204);
  const { path, headers, body } = callback;
  const forgeries: readonly Callback[] = [
    { path, headers, body: body.replace("A fairy", "A goblin") },
    { path, headers: { ...headers, "webhook-id": "msg_other" }, body },
    { path, headers: { ...headers, "webhook-timestamp": "1700000000" }, body },
    { path, headers: {}, body },
  ];
  for (const forgery of forgeries) expect(await proxy.send(forgery)).toBe(400);
  return callback;
}

/** Announces a body without sending it. @returns the status of the answer. */
async function statusOfAnnounced(url: string, bytes: number): Promise<number | undefined> {
  const asking = request(url, { method: "POST", headers: { "content-length": bytes } });
  asking.flushHeaders();
  const [response] = (await once(asking, "response")) as [IncomingMessage];
  asking.once("error", () => {}).destroy();
  return response.statusCode;
}

const count = (text: string, part: string) => text.split(part).length - 1;

describe.concurrent("the examples", () => {
  it.each([
    ["node-hono", "/videos", () => [join(copies.path, "node-hono/server.ts")]],
    [
      "nextjs-route",
      "/api/videos",
      () => [join(import.meta.dirname, "next-server.ts"), join(copies.path, "nextjs-route")],
    ],
  ])("%s creates a generation, acts once on its callback and refuses forged ones", async (_, orders, args) => {
    let id = "";
    const said = await withExample(process.execPath, args(), async ({ proxy, url }) => {
      const { status, body } = await post(url + orders, ORDER);
      expect([status, body]).toEqual([202, { id: expect.stringMatching(/^gen_/), status: expect.any(String) }]);
      id = String(body["id"]);
      expect(JSON.parse((await testReceiver(proxy)).body).data.id).toBe(id);

      const refused = await post(url + orders, { prompt: "A fairy." });
      const errors = [{ pointer: "/video_url", message: expect.any(String) }];
      expect(refused).toMatchObject({ status: 400, body: { code: "invalid_request", errors } });
      expect((await post(url + orders, null)).status).toBe(400);
    });
    expect(count(said, `${id} completed: ${stage.url}`)).toBe(1);
    expect(count(said, " completed: ")).toBe(1);
    expect(count(said, "refused a callback: ")).toBe(4);
  });

  it("type-check with the declarations of the package", async () => {
    // Stricter than an app needs to be, so that the examples compile in every app.
    const own = JSON.parse(await readFile(join(copies.path, "node-hono/tsconfig.json"), "utf8"));
    const more = { noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true };
    const compilerOptions = { ...own.compilerOptions, ...more };
    const config = { compilerOptions, include: ["node-hono", "nextjs-route"] };
    await writeFile(join(copies.path, "tsconfig.json"), JSON.stringify(config));
    const check = run(process.execPath, [join(copies.path, "node_modules/typescript/bin/tsc"), "-p", copies.path]);
    expect(await check.catch(({ stdout }) => stdout)).toEqual({ stdout: "", stderr: "" });
  });

  const isInstalled = spawnSync("python3", ["--version"]).status === 0;

  it.skipIf(!isInstalled)("python-receiver saves the video once and refuses forged callbacks", async () => {
    const program = join(copies.path, "python-receiver/receiver.py");
    let id = "";
    const said = await withExample("python3", [program], async ({ running, proxy, url, publicUrl }) => {
      const json = { ...ORDER, webhook_url: `${publicUrl}/` };
      await stage.call("/v1/generations", { key: TEST, json });
      const { data } = JSON.parse((await testReceiver(proxy)).body);
      id = data.id;
      await running.shows(/^(could not save|saved) .+\n/m);
      expect((await readFile(join(copies.path, "videos", `${id}.mp4`))).byteLength).toBe(data.video.bytes);
      expect(await statusOfAnnounced(url, 65 * 1024)).toBe(413);
    });
    expect(count(said, `generation.completed ${id}`)).toBe(1);
    expect(count(said, "saved ")).toBe(1);
  });
});
