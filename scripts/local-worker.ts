// Runs the Worker locally on workerd, bundled by wrangler as for a deployment, with local R2 and Durable Objects. Used
// by the demo, and by tests and benchmarks that need the real runtime and real HTTP.

import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";

const ROOT = join(import.meta.dirname, "..");

/** Keeps wrangler off the network and silent. */
export const QUIET_WRANGLER = {
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
};

export interface LocalWorkerOptions {
  /** Settings and secrets. */
  readonly settings: Readonly<Record<string, string>>;
  /** A bundle to reuse across starts. By default, one is built and removed on `stop`. */
  readonly bundle?: Bundle;
  /** Platform services to leave out. Miniflare would simulate each as a Worker beside this one. */
  readonly without?: readonly ("assets" | "ratelimits")[];
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** Folder that keeps objects and videos. By default, they are lost when the Worker stops. */
  readonly persistTo?: string;
  /** Answers everything that the Worker requests, instead of the network. */
  readonly network?: (request: Request) => Promise<Response>;
  /** Called with each line that the Worker logs. By default, lines are dropped. */
  readonly onLog?: (line: string) => void;
}

/** A Worker bundled by wrangler. */
export interface Bundle {
  /** Path of its wrangler.toml. */
  readonly config: string;
  readonly folder: string;
  remove(): Promise<void>;
}

/** @param config path of a wrangler.toml; by default, the project's own. */
export async function bundleWorker(config = join(ROOT, "wrangler.toml")): Promise<Bundle> {
  const folder = await mkdtemp(join(tmpdir(), "reelhook-bundle-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    // Its build command belongs to its own folder.
    await runWrangler(["deploy", "--dry-run", "--outdir", folder, "--config", config], dirname(config));
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
  const { settings, without = [], port = 0, persistTo, network, onLog = () => {} } = options;
  endWithWorkers();
  const bundle = options.bundle ?? (await bundleWorker());
  let miniflare: Miniflare | undefined;
  let stopping: Promise<void> | undefined;
  /** A signal and the caller may both stop it, at the same time. */
  const stop = () => {
    stopping ??= (async () => {
      await miniflare?.dispose();
      if (options.bundle === undefined) await bundle.remove();
      stops.delete(stop);
    })();
    return stopping;
  };
  stops.add(stop);
  try {
    const workerOptions = workerOptionsOf(bundle.config);
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
        ...(network === undefined ? {} : { outboundService: network as never }),
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

/** Wrangler would print that it reads .dev.vars, whose settings are not used here. */
function workerOptionsOf(config: string) {
  const { WRANGLER_LOG: before } = process.env;
  process.env["WRANGLER_LOG"] = "warn";
  try {
    return unstable_getMiniflareWorkerOptions(config).workerOptions;
  } finally {
    if (before === undefined) delete process.env["WRANGLER_LOG"];
    else process.env["WRANGLER_LOG"] = before;
  }
}

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** The `stop` functions of all running Workers. */
const stops = new Set<() => Promise<void>>();

async function endOn(signal: NodeJS.Signals): Promise<void> {
  await Promise.allSettled([...stops].map((stop) => stop()));
  process.exit(EXIT_CODES[signal as keyof typeof EXIT_CODES]);
}

/**
 * On a signal, stops all Workers before this process exits. Replaces the listeners that the first Miniflare instance
 * adds: they exit at once, before the runtime has ended and the bundle is removed.
 */
function endWithWorkers(): void {
  for (const signal of Object.keys(EXIT_CODES) as (keyof typeof EXIT_CODES)[]) {
    for (const listener of process.listeners(signal)) {
      if (/^onSignal(Int|Term|Hup)$/.test(listener.name)) process.removeListener(signal, listener);
    }
    if (!process.listeners(signal).includes(endOn)) process.on(signal, endOn);
  }
}

/** Runs the project's wrangler. @returns its standard output. */
export async function runWrangler(args: readonly string[], cwd = ROOT): Promise<string> {
  const wrangler = join(ROOT, "node_modules/wrangler/bin/wrangler.js");
  const env = { ...process.env, ...QUIET_WRANGLER };
  const { stdout } = await promisify(execFile)(process.execPath, [wrangler, ...args], { cwd, env });
  return stdout;
}

/** The bundle's files as Miniflare modules, the entry point first. */
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
