// The client as apps get it, bundled, in a Worker: without Node's modules, and with the fetch of the platform.

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleLibrary } from "../../../packages/reelhook/build/bundle.ts";
import { type Stage, setStage, TEST } from "../../support/stage.ts";

/** An app that creates a generation, follows it to its end and downloads its video, and calls where nobody answers. */
const APP = `
import { Reelhook, ReelhookError } from "./index.js";

const errorOf = (call) => call.then(() => null, (error) => [error instanceof ReelhookError, error.code ?? error.message]);

export default {
  async fetch(request, { BASE_URL: baseUrl, API_KEY: apiKey }) {
    const reelhook = new Reelhook({ baseUrl, apiKey });
    const { generations } = reelhook;
    const created = await generations.create({ prompt: "[instant] A fairy.", video_url: "https://example.com/v.mp4" });
    const statuses = [];
    const signal = AbortSignal.timeout(60_000);
    const { video } = await generations.wait(created.id, { signal, onUpdate: ({ status }) => statuses.push(status) });
    const file = await (await generations.video(created.id, { signal })).arrayBuffer();
    const listed = [];
    for await (const { id } of generations.deliveries(created.id)) listed.push(id);
    const unused = new URL(request.url).searchParams.get("unused");
    const abort = new AbortController();
    const events = reelhook.events({ signal: abort.signal });
    const { value } = await events.next();
    abort.abort(new Error("enough"));
    const slow = await generations.create({ prompt: "A fairy.", video_url: "https://example.com/v.mp4" }, { simulate: "slow" });
    return Response.json({
      statuses,
      isWhole: file.byteLength === video.bytes,
      listed,
      first: value.type,
      aborted: await errorOf(events.next()),
      timedOut: await errorOf(generations.wait(slow.id, { timeoutMs: 100, signal })),
      refused: await errorOf(generations.get("gen_nobody")),
      own: await new Reelhook({ baseUrl, apiKey, fetch }).account.get(),
      away: await errorOf(new Reelhook({ baseUrl: unused, apiKey, maxRetries: 0 }).account.get()),
    });
  },
};
`;

let stage: Stage;
let app: Miniflare;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "reelhook-library-"));
  await bundleLibrary(folder);
  stage = await setStage();
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".js"));
  const modules = files.map(async (path) => ({
    ...{ type: "ESModule" as const, path: join(folder, path) },
    contents: await readFile(join(folder, path), "utf8"),
  }));
  app = new Miniflare(
    convertV4MiniflareOptions({
      modules: [{ type: "ESModule", path: join(folder, "app.js"), contents: APP }, ...(await Promise.all(modules))],
      modulesRoot: folder,
      compatibilityDate: "2025-01-01",
      bindings: { BASE_URL: stage.url, API_KEY: TEST },
      cf: false,
      telemetry: { enabled: false },
    }),
  );
});

afterAll(async () => {
  await app.dispose();
  await stage.stop();
  await rm(folder, { recursive: true, force: true });
});

describe("the bundled client in a Worker", () => {
  it("makes its calls, follows streams and reports failures", async () => {
    // Port 1 is never listened on.
    const answer = await app.dispatchFetch("http://app.example.com/?unused=http://127.0.0.1:1");
    expect([answer.status, await answer.json()]).toEqual([
      200,
      {
        statuses: expect.arrayContaining(["completed"]),
        isWhole: true,
        listed: [],
        first: "open",
        aborted: [false, "enough"],
        timedOut: [true, "timed_out"],
        refused: [true, "not_found"],
        own: { object: "account", name: "acme", mode: "test" },
        away: [true, "connection_failed"],
      },
    ]);
  });
});
