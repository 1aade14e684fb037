// A Worker with a simulated world, outside of vitest.

import { startLocalWorker } from "../../scripts/local-worker.ts";
import { World } from "../support/world.ts";

const KEY = "rh_test_acme_0123456789";

/** Of an account without anything. */
export const EMPTY_KEY = "rh_test_beta_0123456789";
/** In live mode, without a provider's key. */
export const LIVE_KEY = "rh_live_acme_0123456789";

export interface Stage {
  readonly url: string;
  readonly key: string;
  readonly world: World;
  /** @returns the answer's body. @throws if the request is refused. */
  call<T>(path: string, options?: { readonly json?: object; readonly headers?: Record<string, string> }): Promise<T>;
  stop(): Promise<void>;
}

export async function setStage(): Promise<Stage> {
  const world = new World();
  await world.start();
  const worker = await startLocalWorker({
    settings: {
      API_KEYS: JSON.stringify({ acme: [KEY, LIVE_KEY], beta: [EMPTY_KEY] }),
      ADMIN_KEY: "rh_admin_acme_0123456789",
      SIGNING_SECRET: "a-secret-of-at-least-thirty-two-bytes",
      AIMLAPI_BASE_URL: world.url,
      POLL_INTERVAL_SECONDS: "1",
      ALLOW_LOCAL_URLS: "true",
    },
  });
  return {
    url: worker.url,
    key: KEY,
    world,
    async call(path, { json, headers = {} } = {}) {
      const response = await fetch(worker.url + path, {
        method: json === undefined ? "GET" : "POST",
        headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json", ...headers },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      });
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
      return (await response.json()) as never;
    },
    async stop() {
      await worker.stop();
      await world.stop();
    },
  };
}
