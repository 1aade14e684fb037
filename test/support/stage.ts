// Runs the Worker behind real HTTP, with a `World` that plays the provider and the webhook receivers.

import { inject } from "vitest";
import {
  type Bundle,
  type LocalWorker,
  type LocalWorkerOptions,
  startLocalWorker,
} from "../../scripts/local-worker.ts";
import { World } from "./world.ts";

export const LIVE = "rh_live_acme_0123456789";
export const TEST = "rh_test_acme_0123456789";
export const OTHER = "rh_live_other_0123456789";
export const SIGNING_SECRET = "a-secret-of-at-least-thirty-two-bytes";

export interface Stage {
  readonly url: string;
  readonly world: World;
  readonly worker: LocalWorker;
  call(path: string, options?: CallOptions): Promise<Response>;
  stop(): Promise<void>;
}

export interface CallOptions {
  readonly key?: string;
  readonly method?: string;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The bundle that test/support/bundle.ts builds once for all test files, and removes after them. */
export function sharedBundle(): Bundle {
  return { ...inject("bundle"), remove: async () => {} };
}

/** @param options settings in addition to the usual ones, and other options of the local Worker. */
export async function setStage({ settings, ...options }: Partial<LocalWorkerOptions> = {}): Promise<Stage> {
  const world = new World();
  await world.start();
  const worker = await startLocalWorker({
    bundle: sharedBundle(),
    ...options,
    settings: {
      AIMLAPI_KEY: "provider-key",
      AIMLAPI_BASE_URL: world.url,
      API_KEYS: JSON.stringify({ acme: [LIVE, TEST], other: [OTHER] }),
      SIGNING_SECRET,
      POLL_INTERVAL_SECONDS: "1",
      ALLOW_LOCAL_URLS: "true",
      ...settings,
    },
  });
  return {
    url: worker.url,
    world,
    worker,
    call: (path, { key = LIVE, method, json, headers = {} } = {}) =>
      fetch(worker.url + path, {
        method: method ?? (json === undefined ? "GET" : "POST"),
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      }),
    async stop() {
      await worker.stop();
      await world.stop();
    },
  };
}
