// What every handler finds in its context.

import type { Index, WebhookEndpoints } from "../account/accounts.ts";
import type { Clock } from "../clock.ts";
import type { Config, Settings } from "../config.ts";
import type { Scope } from "../core/scope.ts";
import type { Generations } from "../generation/generations.ts";
import type { Log } from "../log.ts";
import type { VideoFiles } from "../videos/files.ts";
import type { StagedInputs } from "../videos/staged-inputs.ts";

/** The world as the HTTP side sees it: gateways, not classes. */
export interface Gateways {
  readonly generations: Generations;
  readonly index: Index;
  readonly webhookEndpoints: WebhookEndpoints;
  readonly videos: VideoFiles;
  readonly inputs: StagedInputs;
  readonly clock: Clock;
  readonly log: Log;
}

/** What the HTTP side itself uses of what the platform binds. */
export interface Bindings extends Settings {
  /** Whether it is bound is all that matters here (health.ts). */
  readonly GENERATIONS?: unknown;
  readonly ACCOUNTS?: unknown;
  readonly VIDEOS?: unknown;
  /** Serves the pages. If it is not bound, there are none. */
  readonly ASSETS?: Fetcher;
  /** Limits the requests of one API key. If it is not bound, there is no limit. */
  readonly RATE_LIMITER?: RateLimit;
}

export interface AppEnv {
  Bindings: Bindings;
  Variables: {
    config: Config;
    requestId: string;
    gateways: Gateways;
    /** Set by `authenticated` only. */
    scope: Scope;
    /** Tells API keys apart without giving them away; none before `authenticated`. */
    keyId?: string;
  };
}
