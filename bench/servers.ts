// Starts the servers under measurement, each in its own processes: Reelhook here, the alternatives to it in peers.ts.

import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bundle, bundleWorker, type LocalWorkerOptions, startLocalWorker } from "../scripts/local-worker.ts";
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
  /** It only accepts generations: nothing is polled or called back. */
  readonly isAcceptingOnly?: true;
  start(provider: string, intervalSeconds: number): Promise<Server>;
}

const KEY = "rh_live_bench_0123456789";
const OTHER_KEY = "rh_live_bench_other_0123456789";

/** More keys of the same account. */
export const listenerKeys = (count: number) =>
  Array.from({ length: count }, (_, at) => `rh_live_bench_listener_${at}_0123456789`);

/** This checkout. */
export const PROJECT = join(import.meta.dirname, "..");

export const JSON_HEADERS = { "content-type": "application/json" };
const HEADERS = { ...JSON_HEADERS, authorization: `Bearer ${KEY}` };

const bundles = new Map<string, Promise<Bundle>>();

/** Bundles each Worker once, because each one is started many times. @param config path of its wrangler.toml. */
function bundleOf(config: string): Promise<Bundle> {
  const known = bundles.get(config) ?? bundleWorker(config);
  bundles.set(config, known);
  return known;
}

export async function removeBundles(): Promise<void> {
  for (const bundle of bundles.values()) await (await bundle).remove();
}

/** A folder in memory if /dev/shm exists, because a disk is slower and less even. */
export const stateFolder = () => mkdtemp(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "reelhook-bench-"));

interface WorkerdOptions {
  /** Path of the Worker's wrangler.toml. */
  readonly config: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly submission: Omit<Asking, "url">;
  readonly without?: LocalWorkerOptions["without"];
}

export async function startWorkerd({ config, settings, submission, without = [] }: WorkerdOptions): Promise<Server> {
  const bundle = await bundleOf(config);
  const folder = await stateFolder();
  const worker = await startLocalWorker({ settings, without, persistTo: folder, bundle });
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

/** The body of a request for a generation. @param hooks number of webhooks named in it. */
export function asked(provider: string, hooks: number, model = "runway/gen4_aleph"): string {
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

export interface ReelhookOptions {
  readonly name?: string;
  /** Folder of the checkout to run. */
  readonly project?: string;
  /** Number of webhooks named in each request. */
  readonly webhooks?: number;
  /** Number of webhook endpoints of the account. */
  readonly endpoints?: number;
  readonly model?: string;
  /** Settings beside the usual ones. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Simulated bindings to leave out. By default those of {@link PLAYED}. */
  readonly without?: LocalWorkerOptions["without"];
}

export function reelhook(options: ReelhookOptions = {}): ServerKind {
  const { name = "Reelhook", project = PROJECT, webhooks = 1, endpoints = 0, without = PLAYED } = options;
  return {
    name,
    async start(provider, intervalSeconds) {
      const server = await startWorkerd({
        config: join(project, "wrangler.toml"),
        settings: { ...settingsFor(provider, intervalSeconds), ...options.settings },
        submission: { headers: HEADERS, body: asked(provider, webhooks, options.model) },
        without,
      });
      for (const endpoint of hooksAt(provider, endpoints)) {
        const body = JSON.stringify(endpoint);
        const made = await fetch(`${server.url}/v1/webhook-endpoints`, { method: "POST", headers: HEADERS, body });
        if (made.status !== 201) throw new Error(`POST /v1/webhook-endpoints: ${made.status} ${await made.text()}`);
      }
      return server;
    },
  };
}
