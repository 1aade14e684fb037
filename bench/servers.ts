// What is measured: Reelhook, and what its users would pick instead, each in processes of its own.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startLocalWorker } from "../scripts/local-worker.ts";
import { descendantsOf } from "../test/support/processes.ts";
import { startChild } from "./harness/child.ts";
import type { Asking } from "./harness/load.ts";

export interface Server {
  /** Of the processes that serve, and of no other. */
  readonly pids: readonly number[];
  readonly url: string;
  /** A request for a generation. */
  readonly submission: Asking;
  stop(): Promise<void>;
}

export interface ServerKind {
  readonly name: string;
  start(provider: string, intervalSeconds: number): Promise<Server>;
}

const KEY = "rh_live_bench_0123456789";
const PEERS = join(import.meta.dirname, "peers");

/** State in memory, where the machine has such a place: a disk is slower, and varies. */
const stateFolder = () => mkdtemp(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "reelhook-bench-"));

async function workerd(
  settings: Readonly<Record<string, string>>,
  submission: Omit<Asking, "url">,
  config?: string,
): Promise<Server> {
  const folder = await stateFolder();
  const worker = await startLocalWorker({ settings, persistTo: folder, ...(config === undefined ? {} : { config }) });
  const pids = descendantsOf(process.pid)
    .filter(({ command }) => /bin\/workerd serve/.test(command))
    .map(({ pid }) => pid);
  return {
    pids,
    url: worker.url,
    submission: { ...submission, url: `${worker.url}/v1/generations` },
    async stop() {
      await worker.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const asked = (provider: string, hooks: number) => ({
  model: "runway/gen4_aleph",
  prompt: "A bench in the park, at dawn.",
  video_url: "https://example.com/v.mp4",
  ...(hooks === 1
    ? { webhook_url: `${provider}/hook` }
    : { webhooks: Array.from({ length: hooks }, (_, at) => ({ url: `${provider}/hook/${at}` })) }),
});

const JSON_HEADERS = { "content-type": "application/json" };

export function reelhook(hooks = 1): ServerKind {
  return {
    name: "Reelhook",
    start: (provider, intervalSeconds) =>
      workerd(
        {
          AIMLAPI_KEY: "key",
          AIMLAPI_BASE_URL: provider,
          API_KEYS: JSON.stringify({ bench: [KEY] }),
          SIGNING_SECRET: "a-secret-of-at-least-thirty-two-bytes",
          POLL_INTERVAL_SECONDS: String(intervalSeconds),
          ALLOW_LOCAL_URLS: "true",
        },
        { headers: { ...JSON_HEADERS, authorization: `Bearer ${KEY}` }, body: JSON.stringify(asked(provider, hooks)) },
      ),
  };
}

export const WORKFLOW: ServerKind = {
  name: "Workflow",
  start: (provider, intervalSeconds) =>
    workerd(
      { PROVIDER: provider, POLL_INTERVAL_SECONDS: String(intervalSeconds) },
      { headers: JSON_HEADERS, body: JSON.stringify(asked(provider, 1)) },
      join(PEERS, "workflow/wrangler.toml"),
    ),
};

export const BARE: ServerKind = {
  name: "new object, one row, no provider",
  start: (provider) =>
    workerd({}, { headers: JSON_HEADERS, body: JSON.stringify(asked(provider, 1)) }, join(PEERS, "bare/wrangler.toml")),
};

export const BULLMQ: ServerKind = {
  name: "BullMQ",
  async start(provider, intervalSeconds) {
    const node = await startChild(join(PEERS, "bullmq/server.ts"), [provider, String(intervalSeconds)]);
    return {
      pids: [node.pid, ...descendantsOf(node.pid).map(({ pid }) => pid)],
      url: node.address,
      submission: {
        url: `${node.address}/v1/generations`,
        headers: JSON_HEADERS,
        body: JSON.stringify(asked(provider, 1)),
      },
      stop: () => node.stop(),
    };
  },
};

/** Debian's, installed when it is missing and that is possible. */
export function hasRedis(): boolean {
  const found = () => (process.env["PATH"] ?? "").split(":").some((folder) => existsSync(join(folder, "redis-server")));
  if (found()) return true;
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return false;
  console.log("Installing redis-server for the comparison with BullMQ …");
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    execFileSync("apt-get", ["-qq", "update"], { env, stdio: "ignore" });
    execFileSync("apt-get", ["-qq", "install", "--yes", "redis-server"], { env, stdio: "ignore" });
  } catch {
    return false;
  }
  return found();
}
