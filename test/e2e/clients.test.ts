// Tests clients: types generated from the OpenAPI description, one behind a proxy, one that sends
// Latin-1. The client of packages/reelhook has tests of its own in test/e2e/package.

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createGzip } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiTypes } from "../../packages/reelhook/build/types.ts";
import { GENERATING } from "../support/scenario.ts";
import { LIVE, type Stage, setStage } from "../support/stage.ts";

const ROOT = join(import.meta.dirname, "../..");
const GENERATOR = join(ROOT, "packages/reelhook/node_modules/openapi-typescript/bin/cli.js");

let stage: Stage;

beforeAll(async () => {
  stage = await setStage();
});

afterAll(() => stage.stop());

/** Runs a program and returns its output. @throws with the output if it fails. */
async function run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const options = { env: { ...process.env, ...env } };
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], options).catch((cause) => {
    throw new Error(`${cause.message}\n${cause.stdout}`);
  });
  return stdout;
}

describe("the command in docs/clients.md that generates types", () => {
  it("makes those that the package's client is built from", async () => {
    const documented = await readFile(join(ROOT, "docs/clients.md"), "utf8");
    const [, url = "", rest = ""] = /^npx openapi-typescript (\S+) (.+)$/m.exec(documented) ?? [];
    const folder = await mkdtemp(join(tmpdir(), "reelhook-types-"));
    try {
      const types = join(folder, "api.ts");
      const options = rest.split(" ").map((each) => (each === "api.ts" ? types : each));
      await run(GENERATOR, [stage.url + new URL(url).pathname, ...options]);
      const [, withoutHeader] = (await readFile(types, "utf8")).split(/^ \*\/\n\n/m);
      expect(withoutHeader).toBe(await apiTypes());
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe("an event stream behind a proxy that compresses", () => {
  /** Compresses every answer that does not forbid it, which delays small answers until they end. */
  const proxy = createServer((asked, answer) => {
    const options = { method: asked.method, headers: asked.headers };
    const upstream = request(stage.url + asked.url, options, (response) => {
      const { "content-length": _, ...headers } = response.headers;
      const mayCompress = !/\bno-transform\b/.test(headers["cache-control"] ?? "");
      answer.writeHead(response.statusCode ?? 0, {
        ...headers,
        ...(mayCompress ? { "content-encoding": "gzip" } : {}),
      });
      answer.once("close", () => upstream.destroy());
      if (mayCompress) response.pipe(createGzip()).pipe(answer);
      else response.pipe(answer);
    });
    upstream.once("error", () => answer.destroy());
    asked.pipe(upstream);
  });

  beforeAll(async () => {
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  });

  afterAll(() => {
    proxy.closeAllConnections();
    proxy.close();
  });

  it.each([
    ["a generation", (id: string) => `/v1/generations/${id}/events`, "generation.queued"],
    ["a scope", () => "/v1/events", "open"],
  ])("fault 65: of %s delivers events before it ends", async (_, pathOf, first) => {
    stage.world.play("proxied", { poll: [GENERATING] });
    const json = { prompt: "scenario=proxied", video_url: "https://example.com/v.mp4" };
    const { id } = (await (await stage.call("/v1/generations", { json })).json()) as { id: string };
    const { port } = proxy.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}${pathOf(id)}`, {
      headers: { authorization: `Bearer ${LIVE}`, accept: "text/event-stream" },
      signal: AbortSignal.timeout(20_000),
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toContain(`event: ${first}\n`);
    await reader?.cancel();
    await stage.call(`/v1/generations/${id}/cancel`, { method: "POST" });
  });
});

describe("an idempotency key that is not UTF-8", () => {
  it("is refused, because different keys could be read as the same", async () => {
    stage.world.play("latin1", {});
    const json = { prompt: "scenario=latin1", video_url: "https://example.com/v.mp4" };
    const send = (key: string) => stage.call("/v1/generations", { json, headers: { "idempotency-key": key } });
    // fetch sends one byte for each of these characters.
    const latin1 = await send("orden-ñ");
    expect([latin1.status, await latin1.json()]).toMatchObject([400, { detail: "Idempotency-Key must be UTF-8." }]);
    const utf8 = (text: string) => Buffer.from(text).toString("latin1");
    const accepted = await Promise.all([send(utf8("orden-ñ")), send(utf8("orden-ó"))]);
    const ids = await Promise.all(accepted.map(async (each) => ((await each.json()) as { id: string }).id));
    expect(new Set(ids).size).toBe(2);
  });
});
