// The servers under measurement: Reelhook and the alternatives to it, each in its own processes.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bundle, bundleWorker, type LocalWorkerOptions, startLocalWorker } from "../scripts/local-worker.ts";
import { descendantsOf } from "../test/support/processes.ts";
import { startChild } from "./harness/child.ts";
import type { Asking } from "./harness/load.ts";
import { runtimes } from "./harness/machine.ts";

export interface Server {
  /** The serving processes only. */
  readonly pids: readonly number[];
  readonly url: string;
  /** A request that submits a generation. */
  readonly submission: Asking;
  stop(): Promise<void>;
}

export interface ServerKind {
  readonly name: string;
  start(provider: string, intervalSeconds: number): Promise<Server>;
}

const KEY = "rh_live_bench_0123456789";
const OTHER_KEY = "rh_live_bench_other_0123456789";

/** More keys of the same account. */
export const listenerKeys = (count: number) =>
  Array.from({ length: count }, (_, at) => `rh_live_bench_listener_${at}_0123456789`);

const PEERS = join(import.meta.dirname, "peers");
const JSON_HEADERS = { "content-type": "application/json" };
const HEADERS = { ...JSON_HEADERS, authorization: `Bearer ${KEY}` };

const bundles = new Map<string, Promise<Bundle>>();

/** Bundles each Worker once, because each one is started many times. */
export function bundleOf(config?: string): Promise<Bundle> {
  const known = bundles.get(config ?? "") ?? bundleWorker(config);
  bundles.set(config ?? "", known);
  return known;
}

export async function removeBundles(): Promise<void> {
  for (const bundle of bundles.values()) await (await bundle).remove();
}

/** A folder in memory if /dev/shm exists, because a disk is slower and less even. */
export const stateFolder = () => mkdtemp(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "reelhook-bench-"));

export async function startWorkerd(
  settings: Readonly<Record<string, string>>,
  submission: Omit<Asking, "url">,
  { config, without = [] }: { readonly config?: string; readonly without?: LocalWorkerOptions["without"] } = {},
): Promise<Server> {
  const folder = await stateFolder();
  const worker = await startLocalWorker({ settings, without, persistTo: folder, bundle: await bundleOf(config) });
  return {
    pids: runtimes(),
    url: worker.url,
    submission: { ...submission, url: `${worker.url}/v1/generations` },
    async stop() {
      await worker.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const hooksAt = (provider: string, count: number) =>
  Array.from({ length: count }, (_, at) => ({ url: `${provider}/hook/${at}` }));

function asked(provider: string, hooks: number, model = "runway/gen4_aleph"): string {
  return JSON.stringify({
    model,
    prompt: "A bench in the park, at dawn.",
    video_url: "https://example.com/v.mp4",
    webhooks: hooksAt(provider, hooks),
  });
}

export const settingsFor = (provider: string, intervalSeconds: number) => ({
  AIMLAPI_KEY: "key",
  AIMLAPI_BASE_URL: provider,
  API_KEYS: JSON.stringify({ bench: [KEY, ...listenerKeys(10)], other: [OTHER_KEY] }),
  SIGNING_SECRET: "a-secret-of-at-least-thirty-two-bytes",
  POLL_INTERVAL_SECONDS: String(intervalSeconds),
  ALLOW_LOCAL_URLS: "true",
});

export const AUTHORIZED: Readonly<Record<string, string>> = HEADERS;

/** As `AUTHORIZED`, for another account. */
export const OTHER_AUTHORIZED: Readonly<Record<string, string>> = { ...HEADERS, authorization: `Bearer ${OTHER_KEY}` };

/** Simulated bindings to leave out: the platform provides them outside the Worker, and the peers have neither. */
const PLAYED = ["assets", "ratelimits"] as const;

/** @param hooks number of webhooks named in each request. */
export function reelhook(hooks = 1): ServerKind {
  return {
    name: "Reelhook",
    start: (provider, intervalSeconds) => startReelhook(provider, intervalSeconds, hooks, PLAYED),
  };
}

/** Reelhook, with requests for this model. */
export function reelhookWith(model: string): ServerKind {
  return { name: model, start: (provider, seconds) => startReelhook(provider, seconds, 1, PLAYED, { model }) };
}

/** @param settings beside the usual ones. */
export function reelhookSet(name: string, settings: Readonly<Record<string, string>>): ServerKind {
  return { name, start: (provider, seconds) => startReelhook(provider, seconds, 1, PLAYED, { settings }) };
}

/** Includes the platform services that Miniflare simulates as separate Workers: asset router and rate limiter. */
export const REELHOOK_AND_PLATFORM: ServerKind = {
  name: "Reelhook with Miniflare's assets and rate limiter",
  start: (provider, intervalSeconds) => startReelhook(provider, intervalSeconds, 1, []),
};

function startReelhook(
  provider: string,
  intervalSeconds: number,
  hooks: number,
  without: LocalWorkerOptions["without"],
  { model, settings }: { readonly model?: string; readonly settings?: Readonly<Record<string, string>> } = {},
): Promise<Server> {
  const submission = { headers: HEADERS, body: asked(provider, hooks, model) };
  return startWorkerd({ ...settingsFor(provider, intervalSeconds), ...settings }, submission, { without });
}

/** With standing endpoints and no webhooks in the request. */
export function reelhookStanding(endpoints: number): ServerKind {
  return {
    name: "Reelhook, standing endpoints",
    async start(provider, intervalSeconds) {
      const server = await reelhook(0).start(provider, intervalSeconds);
      for (const endpoint of hooksAt(provider, endpoints)) {
        const body = JSON.stringify(endpoint);
        const made = await fetch(`${server.url}/v1/webhook-endpoints`, { method: "POST", headers: HEADERS, body });
        if (made.status !== 201) throw new Error(`POST /v1/webhook-endpoints: ${made.status} ${await made.text()}`);
      }
      return server;
    },
  };
}

export function workflow(hooks = 1): ServerKind {
  return {
    name: "Workflow",
    start: (provider, intervalSeconds) =>
      startWorkerd(
        { PROVIDER: provider, POLL_INTERVAL_SECONDS: String(intervalSeconds) },
        { headers: JSON_HEADERS, body: asked(provider, hooks) },
        { config: join(PEERS, "workflow/wrangler.toml") },
      ),
  };
}

export const BARE: ServerKind = {
  name: "new object, one row, no provider",
  start: (provider) =>
    startWorkerd(
      {},
      { headers: JSON_HEADERS, body: asked(provider, 1) },
      { config: join(PEERS, "bare/wrangler.toml") },
    ),
};

function onNode(name: string, script: string, hooks: number, env?: Readonly<Record<string, string>>): ServerKind {
  return {
    name,
    async start(provider, intervalSeconds) {
      const node = await startChild(join(PEERS, script), [provider, String(intervalSeconds)], env);
      return {
        pids: [node.pid, ...descendantsOf(node.pid).map(({ pid }) => pid)],
        url: node.address,
        submission: { url: `${node.address}/v1/generations`, headers: JSON_HEADERS, body: asked(provider, hooks) },
        stop: () => node.stop(),
      };
    },
  };
}

export const bullmq = (hooks = 1) => onNode("BullMQ", "bullmq/server.ts", hooks);

/** Told what the provider takes: `PLACES` jobs at once, or `PER_SECOND` submissions. */
export const bullmqTold = (env: { readonly PLACES: string } | { readonly PER_SECOND: string }) =>
  onNode("BullMQ", "bullmq/server.ts", 1, env);

export const POLLING_CLIENT = onNode("polling client", "client/server.ts", 1);

/** Whether redis-server is available. If it is missing, tries to install Debian's package as root. */
export function hasRedis(): boolean {
  const found = () => (process.env["PATH"] ?? "").split(":").some((folder) => existsSync(join(folder, "redis-server")));
  if (found()) return true;
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return false;
  console.log("Installing redis-server for the comparison with BullMQ …");
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    execFileSync("apt-get", ["-qq", "update"], { env, stdio: "ignore" });
    execFileSync("apt-get", ["-qq", "install", "--yes", "--no-install-recommends", "redis-server"], {
      env,
      stdio: "ignore",
    });
  } catch {
    return false;
  }
  return found();
}
