// The alternatives to Reelhook. The README of each, under bench/peers, says what it guarantees and what it does not.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { descendantsOf } from "../test/support/processes.ts";
import { startChild } from "./harness/child.ts";
import { asked, JSON_HEADERS, type ServerKind, startWorkerd, stateFolder } from "./servers.ts";

const PEERS = join(import.meta.dirname, "peers");

export function workflow(webhooks = 1): ServerKind {
  return {
    name: "Workflow",
    start: (provider, intervalSeconds) =>
      startWorkerd({
        config: join(PEERS, "workflow/wrangler.toml"),
        settings: { PROVIDER: provider, POLL_INTERVAL_SECONDS: String(intervalSeconds) },
        submission: { headers: JSON_HEADERS, body: asked(provider, webhooks) },
      }),
  };
}

/** The steps of peers/floor that accept a generation, in order. */
const STEPS = [
  "bare object, one row",
  "+ alarm",
  "+ provider call",
  "+ second save and alarm",
  "+ report to the account, two log lines",
  "+ Hono",
] as const;

const floorStep = (step: number) => (provider: string, intervalSeconds: number) =>
  startWorkerd({
    config: join(PEERS, "floor/wrangler.toml"),
    settings: { PROVIDER: provider, POLL_INTERVAL_SECONDS: String(intervalSeconds), STEP: String(step) },
    submission: { headers: JSON_HEADERS, body: asked(provider, 1) },
  });

const accepting = (name: string, step: number): ServerKind => ({ name, isAcceptingOnly: true, start: floorStep(step) });

export const FLOOR_STEPS: readonly ServerKind[] = STEPS.map((name, at) => accepting(name, at + 1));

export const BARE_OBJECT = accepting(STEPS[0], 1);

/** All steps of acceptance. */
export const FLOOR = accepting("floor", STEPS.length);

/** Follows what it accepts to its end. */
export const FLOOR_LIFE: ServerKind = { name: "floor", start: floorStep(STEPS.length + 1) };

interface NodeOptions {
  readonly name: string;
  /** Below `PEERS`. */
  readonly script: string;
  /** Number of webhooks named in each request. */
  readonly webhooks?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it gets a folder for what it stores, as the variable `FOLDER`. */
  readonly isStoring?: boolean;
}

const onNode = ({ name, script, webhooks = 1, env, isStoring = false }: NodeOptions): ServerKind => ({
  name,
  async start(provider, intervalSeconds) {
    const folder = isStoring ? await stateFolder() : null;
    const variables = { ...env, ...(folder === null ? {} : { FOLDER: folder }) };
    const node = await startChild(join(PEERS, script), [provider, String(intervalSeconds)], variables);
    return {
      pids: [node.pid, ...descendantsOf(node.pid).map(({ pid }) => pid)],
      url: node.address,
      submission: { url: `${node.address}/v1/generations`, headers: JSON_HEADERS, body: asked(provider, webhooks) },
      async stop() {
        await node.stop();
        if (folder !== null) await rm(folder, { recursive: true, force: true });
      },
    };
  },
});

/** Keeps everything in memory. */
export const bullmq = (webhooks = 1) => onNode({ name: "BullMQ", script: "bullmq/server.ts", webhooks });

/** Stores jobs and videos, and signs callbacks. */
export const bullmqStoring = (webhooks = 1) =>
  onNode({ name: "BullMQ, storing", script: "bullmq/server.ts", webhooks, isStoring: true });

/** Told what the provider takes: `PLACES` jobs at once, or `PER_SECOND` submissions. */
export const bullmqTold = (env: { readonly PLACES: string } | { readonly PER_SECOND: string }) =>
  onNode({ name: "BullMQ", script: "bullmq/server.ts", env });

export const POLLING_CLIENT = onNode({ name: "polling client", script: "client/server.ts" });

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
