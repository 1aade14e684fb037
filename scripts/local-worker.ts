// The Worker as it would be deployed, on the workerd of this machine: bundled by wrangler, with local R2 and Durable
// Objects. For the demo and for tests and benchmarks that want a real runtime behind real HTTP.

import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";

const ROOT = join(import.meta.dirname, "..");

/** Nothing that wrangler does here needs the network. */
export const QUIET_WRANGLER = {
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
};

export interface LocalWorkerOptions {
  /** Settings and secrets. */
  readonly settings: Readonly<Record<string, string>>;
  /** Made before, for one that is started again and again; without it one is made, and removed at the end. */
  readonly bundle?: Bundle;
  /** Services of the platform that Miniflare would play as Workers beside this one: the Worker runs without them. */
  readonly without?: readonly ("assets" | "ratelimits")[];
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** Folder for objects and videos; without it they end with the Worker. */
  readonly persistTo?: string;
  /** Called with each line that the Worker logs; without it they are dropped. */
  readonly onLog?: (line: string) => void;
}

/** What wrangler made of a Worker. */
export interface Bundle {
  /** The wrangler.toml that describes it. */
  readonly config: string;
  readonly folder: string;
  remove(): Promise<void>;
}

/** @param config of another Worker than the product: its wrangler.toml. */
export async function bundleWorker(config = join(ROOT, "wrangler.toml")): Promise<Bundle> {
  const folder = await mkdtemp(join(tmpdir(), "reelhook-bundle-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await runWrangler(["deploy", "--dry-run", "--outdir", folder, "--config", config]);
    return { config, folder, remove };
  } catch (cause) {
    await remove();
    throw cause;
  }
}

export interface LocalWorker {
  readonly url: string;
  readonly miniflare: Miniflare;
  stop(): Promise<void>;
}

export async function startLocalWorker(options: LocalWorkerOptions): Promise<LocalWorker> {
  const { settings, without = [], port = 0, persistTo, onLog = () => {} } = options;
  endWithWorkers();
  const bundle = options.bundle ?? (await bundleWorker());
  let miniflare: Miniflare | undefined;
  const stop = async () => {
    await miniflare?.dispose();
    if (options.bundle === undefined) await bundle.remove();
    stops.delete(stop);
  };
  stops.add(stop);
  try {
    const { workerOptions } = unstable_getMiniflareWorkerOptions(bundle.config);
    miniflare = new Miniflare(
      convertV4MiniflareOptions({
        ...workerOptions,
        ...Object.fromEntries(without.map((service) => [service, undefined])),
        modules: await modulesIn(bundle.folder),
        modulesRoot: bundle.folder,
        bindings: { ...settings },
        host: "127.0.0.1",
        port,
        cf: false,
        telemetry: { enabled: false },
        handleStructuredLogs: ({ message }) => onLog(message),
        ...(persistTo === undefined ? {} : { resourcePersistencePath: persistTo }),
      }),
    );
    endWithWorkers();
    const url = (await miniflare.ready).origin;
    return { url, miniflare, stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Of every Worker that runs. */
const stops = new Set<() => Promise<void>>();

async function endOn(signal: NodeJS.Signals): Promise<void> {
  await Promise.allSettled([...stops].map((stop) => stop()));
  process.exit(EXIT_CODES[signal as keyof typeof EXIT_CODES]);
}

/**
 * Lets a signal end this process only once its Workers have ended. Miniflare's own listeners, which come with its first
 * instance, exit at once: with the runtime still dying, and the bundle left behind.
 */
function endWithWorkers(): void {
  for (const signal of Object.keys(EXIT_CODES) as (keyof typeof EXIT_CODES)[]) {
    for (const listener of process.listeners(signal)) {
      if (/^onSignal(Int|Term|Hup)$/.test(listener.name)) process.removeListener(signal, listener);
    }
    if (!process.listeners(signal).includes(endOn)) process.on(signal, endOn);
  }
}

/** Runs wrangler of this project and gives what it printed. */
export async function runWrangler(args: readonly string[]): Promise<string> {
  const wrangler = join(ROOT, "node_modules/wrangler/bin/wrangler.js");
  const env = { ...process.env, ...QUIET_WRANGLER };
  const { stdout } = await promisify(execFile)(process.execPath, [wrangler, ...args], { cwd: ROOT, env });
  return stdout;
}

/** The bundle's files as workerd wants them, the entry first. */
async function modulesIn(folder: string) {
  const names = await readdir(folder);
  const data = names.filter((name) => name.endsWith(".mp4"));
  const entry = names.find((name) => name.endsWith(".js")) ?? "index.js";
  const script = { type: "ESModule" as const, path: join(folder, entry) };
  return [
    { ...script, contents: await readFile(script.path, "utf8") },
    ...(await Promise.all(
      data.map(async (name) => ({
        type: "Data" as const,
        path: join(folder, name),
        contents: await readFile(join(folder, name)),
      })),
    )),
  ];
}
