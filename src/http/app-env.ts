// What every handler finds in its context.

import type { Config } from "../config.ts";
import type { Scope } from "../core/generation/record.ts";
import type { Env } from "../env.ts";
import type { Clock, Generations, Index, Log, Webhooks } from "../ports.ts";

/** The world as the HTTP side sees it: gateways, not classes. */
export interface Gateways {
  readonly generations: Generations;
  readonly index: Index;
  readonly webhooks: Webhooks;
  readonly videos: R2Bucket;
  readonly clock: Clock;
  readonly log: Log;
}

export interface AppEnv {
  Bindings: Env;
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
