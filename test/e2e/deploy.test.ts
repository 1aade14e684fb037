// `npm run deploy` with the real wrangler, against stand-ins for Cloudflare's API and the deployed Worker.

import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAdaptorServer } from "@hono/node-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Cloudflare } from "../../scripts/deploy/cloudflare.ts";
import { StepFailure } from "../../scripts/deploy/failure.ts";
import { surroundingsIn } from "../../scripts/deploy/process.ts";
import { CloudflareAccount } from "../support/cloudflare/account.ts";
import { type ApiFailure, CloudflareApi } from "../support/cloudflare/api.ts";
import { DeployedWorker } from "../support/cloudflare/deployed-worker.ts";
import { listen } from "../support/listening.ts";
import { hasPython, startInTerminal } from "../support/pseudo-terminal.ts";
import { type RunningCommand, startCommand } from "../support/running-command.ts";

const ROOT = join(import.meta.dirname, "../..");
/** The address that Cloudflare gives to the Worker of this account. */
const ADDRESS = "https://reelhook.ada.workers.dev";
const PROVIDER_KEY = `provider-${randomBytes(16).toString("hex")}`;

/** The home and the temporary files of all processes. */
const folder = mkdtempSync(join(tmpdir(), "reelhook-test-"));
/** Has the arguments of each Node process that was started. */
const recording = join(folder, "arguments.txt");
const recorder = join(folder, "recorder.cjs");

/** Runs first in every Node process. Sends requests to the address of the Worker to its stand-in. */
const PRELOADED = `
  require("fs").appendFileSync(process.env.RECORDING, process.argv.join(" ") + "\\n");
  const real = globalThis.fetch;
  globalThis.fetch = (url, init) => real(String(url).replace("${ADDRESS}", process.env.WORKER_URL), init);
`;

const apis: CloudflareApi[] = [];

async function startApi(account = new CloudflareAccount()): Promise<CloudflareApi> {
  const api = new CloudflareApi(account);
  await api.start();
  apis.push(api);
  return api;
}

function envFor(api: CloudflareApi): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    // Wrangler's logs could have secrets then, and its output more than the JSON that is read.
    ...{ WRANGLER_LOG: "debug", WRANGLER_LOG_SANITIZE: "false" },
    ...{ HOME: folder, XDG_CONFIG_HOME: folder, TMPDIR: folder },
    ...{ NODE_OPTIONS: `--require=${recorder}`, RECORDING: recording },
    NODE_COMPILE_CACHE: join(folder, "compiled"),
    ...api.env,
  };
}

/** The project's configuration, for an empty Worker that takes no time to build. */
const config = join(folder, "wrangler.toml");

beforeAll(() => {
  writeFileSync(recorder, PRELOADED);
  const sections = readFileSync(join(ROOT, "wrangler.toml"), "utf8").split(/\n(?=\[)/);
  const kept = sections.filter((section) => !/^\[(build|assets|\[rules)\]/.test(section)).join("\n");
  writeFileSync(config, kept.replace(/^main = .*$/m, 'main = "worker.js"'));
  const classes = Array.from(kept.matchAll(/^class_name = "(\w+)"$/gm), ([, name]) => `export class ${name} {}`);
  writeFileSync(join(folder, "worker.js"), ["export default { fetch() {} };", ...classes].join("\n"));
});

afterAll(() => {
  for (const api of apis) api.stop();
  rmSync(folder, { recursive: true });
});

describe("npm run deploy", () => {
  const account = new CloudflareAccount();
  const worker = new DeployedWorker(account);
  const server = createAdaptorServer({ fetch: (request) => worker.fetch(request) });
  let api: CloudflareApi;
  let url: string;

  beforeAll(async () => {
    api = await startApi(account);
    url = await listen(server as Server);
  });

  afterAll(() => {
    server.close();
  });

  const program = [process.execPath, join(ROOT, "scripts/deploy.ts"), "--config", config];

  function start(env: Record<string, string> = {}): RunningCommand {
    const [node = "", ...args] = program;
    return startCommand(node, args, { ...envFor(api), WORKER_URL: url, ...env });
  }

  it("makes everything, and leaves no secret anywhere", async () => {
    let first: RunningCommand;
    if (hasPython()) {
      first = startInTerminal(program, { ...envFor(api), WORKER_URL: url });
      await first.shows(/press Enter to skip\): /);
      first.child.stdin?.write(`${PROVIDER_KEY}\r`);
    } else {
      first = start({ AIMLAPI_KEY: PROVIDER_KEY });
    }
    expect({ code: await first.ended, output: first.output() }).toEqual({ code: 0, output: expect.any(String) });
    expect(account.outline).toEqual({
      buckets: [
        {
          name: "reelhook-videos",
          rules: [
            { id: "Default Multipart Abort Rule", prefix: "", expires: undefined },
            { id: "inputs", prefix: "inputs/", expires: 8 * 86_400 },
          ],
        },
      ],
      isDeployed: true,
      secrets: ["ADMIN_KEY", "AIMLAPI_KEY", "SIGNING_SECRET"],
    });
    expect(account.secrets.get("AIMLAPI_KEY")).toBe(PROVIDER_KEY);
    expect(worker.keys.map(({ mode }) => mode)).toEqual(["live", "test"]);

    const adminKey = account.secrets.get("ADMIN_KEY") ?? "";
    const shownOnce = [adminKey, ...worker.keys.map(({ key }) => key)];
    const hidden = [PROVIDER_KEY, account.secrets.get("SIGNING_SECRET") ?? ""];
    for (const secret of shownOnce) expect(first.output().split(secret)).toHaveLength(2);
    expect(first.output()).toContain(`Deploy          ${ADDRESS}`);
    for (const secret of hidden) expect(first.output()).not.toContain(secret);
    expect(readFileSync(recording, "utf8")).toMatch(/wrangler.*secret bulk/);
    expect(filesWith([...shownOnce, ...hidden])).toEqual([]);
  });

  it("deploys again, and changes nothing else", async () => {
    const [outline, secrets, keys] = [account.outline, new Map(account.secrets), [...worker.keys]];
    api.requests.length = 0;
    const again = start();
    expect({ code: await again.ended, output: again.output() }).toEqual({
      code: 0,
      output: expect.not.stringContaining("rh_"),
    });
    expect([account.outline, account.secrets, worker.keys]).toEqual([outline, secrets, keys]);
    expect(api.requests.filter((request) => /r2|secrets/.test(request) && !request.startsWith("GET "))).toEqual([]);
    expect(account.deployments).toBe(2);
  });

  it("only reads in a dry run", async () => {
    const fresh = await startApi();
    const [node = "", ...args] = program;
    const dry = startCommand(node, [...args, "--dry-run"], envFor(fresh));
    expect({ code: await dry.ended, output: dry.output() }).toEqual({
      code: 0,
      output: expect.stringContaining("the Worker builds"),
    });
    expect(fresh.requests.filter((request) => !request.startsWith("GET "))).toEqual([]);
    expect(fresh.account.outline).toEqual({ buckets: [], isDeployed: false, secrets: [] });
  });
});

it("ends on Ctrl-C with the wrangler that it runs", async () => {
  const api = await startApi();
  const held = api.hold(/^GET \/user/);
  const [node = "", ...args] = [process.execPath, join(ROOT, "scripts/deploy.ts"), "--config", config];
  const stopped = startCommand(node, args, envFor(api));
  await held.arrived;
  stopped.child.kill("SIGINT");
  expect(await stopped.ended).toBe(130);
  expect(stopped.output()).toBe("\nStopped. Run `npm run deploy` again: it goes on from here.\n");
  await held.disconnected;
});

it("refuses a PUBLIC_URL to which ADMIN_KEY must not be sent", async () => {
  const unsafe = join(folder, "unsafe.toml");
  writeFileSync(unsafe, `${readFileSync(config, "utf8")}\n[vars]\nPUBLIC_URL = "http://reelhook.example.com"\n`);
  await expect(surroundingsIn({}).readSettings(unsafe)).rejects.toThrow("PUBLIC_URL must be an https: URL");
});

/** @returns the files of the test and of this repository that have one of the texts. The texts are in no argument. */
function filesWith(texts: readonly string[]): string[] {
  const options = ["-rlF", "-f", "-", "--exclude-dir=node_modules", "--exclude-dir=.git"];
  try {
    return execFileSync("grep", [...options, folder, ROOT], { input: texts.join("\n"), encoding: "utf8" })
      .trim()
      .split("\n");
  } catch (cause) {
    if (cause instanceof Error && "status" in cause && cause.status === 1) return [];
    throw cause;
  }
}

describe("a failure of Cloudflare's API", () => {
  const settings = { bucket: { name: "reelhook-videos", jurisdiction: null }, publicUrl: null };
  const denied = (request: RegExp): ApiFailure => ({
    request,
    status: 403,
    code: 10000,
    message: "Authentication error",
  });
  const broken = (request: RegExp): ApiFailure => ({ request, status: 500, code: 10013, message: "Internal error" });
  const withoutR2: ApiFailure = {
    request: /lifecycle$/,
    status: 403,
    code: 10042,
    message: "Please enable R2 through the Cloudflare Dashboard.",
  };

  it.concurrent.each<[string, ApiFailure, (cloudflare: Cloudflare) => Promise<unknown>, string, string]>([
    ["the login", denied(/^GET \/user/), (each) => each.readLogin(), "Login", "Authentication error"],
    ["the bucket's rules", withoutR2, (each) => each.readBucket(), "R2 bucket", "Please enable R2"],
    ["making the bucket", broken(/^POST \/r2/), (each) => each.makeBucket(), "R2 bucket", "Internal error"],
    ["adding the rule", denied(/^PUT \/r2/), (each) => each.addRule(), "Lifecycle rule", "Authentication error"],
    ["the secrets' names", broken(/secrets$/), (each) => each.readSecrets(), "Secrets", "Internal error"],
    ["the upload", denied(/^PUT \/workers/), (each) => each.deploy(), "Deploy", "Authentication error"],
  ])("at %s names the step and the reason", async (_, failure, call, step, message) => {
    const account = new CloudflareAccount();
    if (step === "Lifecycle rule" || step === "Deploy") account.makeBucket("reelhook-videos");
    const api = await startApi(account);
    api.failure = failure;
    const before = JSON.stringify(account.outline);
    const failed = await call(new Cloudflare(surroundingsIn(envFor(api)), settings, config)).catch((cause) => cause);
    if (!(failed instanceof StepFailure)) throw failed;
    expect({ step: failed.step, message: failed.message }).toEqual({ step, message: expect.stringContaining(message) });
    expect(failed.message.split("\n").length).toBeLessThan(4);
    expect(JSON.stringify(account.outline)).toBe(before);
  });
});
