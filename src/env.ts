// What the platform binds to the Worker; wrangler.toml declares it.

import type { AccountObject } from "./account/object.ts";
import type { Settings } from "./config.ts";
import type { GenerationObject } from "./generation/object.ts";

export interface Env extends Settings {
  readonly ACCOUNTS: DurableObjectNamespace<AccountObject>;
  readonly GENERATIONS: DurableObjectNamespace<GenerationObject>;
  readonly VIDEOS: R2Bucket;
}
