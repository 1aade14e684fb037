// What every handler reads from its context.

import type { Index, WebhookEndpoints } from "../account/accounts.ts";
import type { ApiKeys } from "../api-keys/keys.ts";
import type { Models } from "../catalogue/models.ts";
import type { Clock } from "../clock.ts";
import type { Config, Settings } from "../config.ts";
import type { ProblemCode } from "../contract/problems.ts";
import type { Scope } from "../core/scope.ts";
import type { Generations } from "../generation/generations.ts";
import type { Log } from "../log.ts";
import type { QueuePlaces } from "../queue/queues.ts";
import type { VideoFiles } from "../videos/files.ts";
import type { StagedInputs } from "../videos/staged-inputs.ts";

/** Everything outside the HTTP side, as interfaces. */
export interface Gateways {
  readonly generations: Generations;
  readonly index: Index;
  readonly webhookEndpoints: WebhookEndpoints;
  readonly apiKeys: ApiKeys;
  readonly queuePlaces: QueuePlaces;
  readonly videos: VideoFiles;
  readonly inputs: StagedInputs;
  readonly models: Models;
  readonly clock: Clock;
  readonly log: Log;
}

/** The bindings that the HTTP side uses itself. */
export interface Bindings extends Settings {
  /** The HTTP side only checks that these six are bound (service.ts). */
  readonly GENERATIONS?: unknown;
  readonly ACCOUNTS?: unknown;
  readonly CATALOGUE?: unknown;
  readonly KEYS?: unknown;
  readonly QUEUES?: unknown;
  readonly VIDEOS?: unknown;
  /** Static assets: the pages and /openapi.json. Without it they are 404. */
  readonly ASSETS?: Fetcher;
  /** Limits requests per API key. Without it there is no limit. */
  readonly RATE_LIMITER?: RateLimit;
}

export interface AppEnv {
  Bindings: Bindings;
  Variables: {
    config: Config;
    requestId: string;
    gateways: Gateways;
    /** Set by `authenticated`. */
    scope: Scope;
    /** Whether the API key is read-only: it cannot change anything or read secrets. Set by `authenticated`. */
    isReadOnly: boolean;
    /** Checks the API key again. Undefined for a key in API_KEYS, which is valid for as long as this isolate. */
    isStillValid?: () => Promise<boolean>;
    /** Identifies the API key without revealing it; undefined before `authenticated`. */
    keyId?: string;
    /** Why the request was refused. Set with the answer. */
    problem?: ProblemCode;
  };
}
