// Composition root: the Worker and its Durable Object classes.

import { indexIn, webhooksIn } from "./account/accounts.ts";
import type { Env } from "./env.ts";
import { generationsIn } from "./generation/generations.ts";
import { createApp } from "./http/app.ts";
import { logFor } from "./log.ts";

export { AccountObject } from "./account/object.ts";
export { GenerationObject } from "./generation/object.ts";

const app = createApp((env: Env) => ({
  generations: generationsIn(env.GENERATIONS),
  index: indexIn(env.ACCOUNTS),
  webhooks: webhooksIn(env.ACCOUNTS),
  videos: env.VIDEOS,
  clock: { now: () => Date.now(), random: () => Math.random() },
  log: logFor(env),
}));

export default { fetch: app.fetch } satisfies ExportedHandler<Env>;
