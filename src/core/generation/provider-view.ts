// A generation in the provider's own words, for the drop-in paths.

import type { ProviderJobView } from "../../contract/drop-in.ts";
import type { GenerationView } from "../../contract/generation.ts";
import type { Status } from "../../contract/words.ts";

type ProviderStatus = ProviderJobView["status"];

/** A video that is still being stored counts as generating: its caller expects a URL with `completed`. */
const PROVIDER_STATUSES: Readonly<Record<Status, ProviderStatus>> = {
  queued: "queued",
  generating: "generating",
  storing: "generating",
  completed: "completed",
  failed: "error",
  canceled: "error",
};

export function providerStatus(status: Status): ProviderStatus {
  return PROVIDER_STATUSES[status];
}

export function providerJobView({ id, status, video, error, usage }: GenerationView): ProviderJobView {
  return {
    id,
    status: providerStatus(status),
    video: video && { url: video.url },
    error: error && { name: error.code, message: error.message },
    ...(usage === null ? {} : { meta: { usage: providerUsage(usage) } }),
  };
}

/** A field is absent if the provider has not stated it. */
function providerUsage({ credits, usd }: NonNullable<GenerationView["usage"]>) {
  return {
    ...(credits === null ? {} : { credits_used: credits }),
    ...(usd === null ? {} : { usd_spent: usd }),
  };
}
