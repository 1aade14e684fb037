// The adapters of a generation, as the present configuration wants them.

import { accountsIn } from "../account/accounts.ts";
import { configOf, urlRules } from "../config.ts";
import type { Env } from "../env.ts";
import type { Clock, Log, VideoSource } from "../ports.ts";
import { aimlapi } from "../providers/aimlapi.ts";
import { sandbox } from "../providers/sandbox.ts";
import { openRemoteVideo } from "../videos/download.ts";
import { linkSigner } from "../videos/links.ts";
import { videoStore } from "../videos/store.ts";
import { webhookSenderFor } from "../webhooks/sender.ts";
import type { Adapters } from "./executor.ts";

/** @param origin of this Worker, as the accepted request knew it: it must not be called by itself. */
export function adaptersFor(env: Env, { clock, log, origin }: { clock: Clock; log: Log; origin: string }): Adapters {
  const config = configOf(env);
  const { signingSecrets, publicUrl } = config;
  const rules = urlRules(config, origin);
  const send: typeof fetch = (input, init) => fetch(input, init);
  const openVideo: VideoSource["open"] = (url, signal, resume) =>
    openRemoteVideo(url, signal, { fetch: send, rules }, resume);
  return {
    provider: (name) =>
      name === "sandbox"
        ? sandbox(clock)
        : aimlapi({
            apiKey: config.aimlapiKey,
            baseUrl: config.aimlapiBaseUrl,
            fetch: send,
            clock,
            openVideo,
            onUnknownStatus: (status) => log.info("provider.unknown_status", { status: status.slice(0, 100) }),
          }),
    videos: videoStore(env.VIDEOS),
    webhooks: webhookSenderFor(env, { clock, origin }),
    links: linkSigner({ signingSecrets, clock }),
    accounts: accountsIn(env.ACCOUNTS),
    clock,
    publicUrl,
  };
}
