// What the platform binds to the Worker; wrangler.toml declares it.

import type { AccountObject } from "./account/object.ts";
import type { Settings } from "./config.ts";
import type { GenerationObject } from "./generation/object.ts";

export interface Env extends Settings {
  readonly ACCOUNTS: DurableObjectNamespace<AccountObject>;
  readonly GENERATIONS: DurableObjectNamespace<GenerationObject>;
  readonly VIDEOS: R2Bucket;
  /** The pages; without it there are none. */
  readonly ASSETS?: Fetcher;
  /** Limits the requests of one API key; without it there is no limit. */
  readonly RATE_LIMITER?: RateLimit;
  /** Counts, durations and outcomes, for whoever wants to draw them; off by default. */
  readonly ANALYTICS?: AnalyticsEngineDataset;
  /** A client certificate for the endpoints that want one: https://developers.cloudflare.com/workers/runtime-apis/bindings/mtls/ */
  readonly WEBHOOK_CERTIFICATE?: Fetcher;
}
