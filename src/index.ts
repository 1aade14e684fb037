// Composition root: the Worker and its Durable Object classes.

import type { Env } from "./env.ts";
import { generationsIn } from "./generation/gateway.ts";
import { createApp } from "./http/app.ts";
import { consoleLog } from "./log.ts";

export { AccountObject } from "./account/object.ts";
export { GenerationObject } from "./generation/object.ts";

const app = createApp((env: Env) => ({
  generations: generationsIn(env.GENERATIONS),
  videos: env.VIDEOS,
  clock: { now: () => Date.now(), random: () => Math.random() },
  log: consoleLog,
}));

export default { fetch: app.fetch } satisfies ExportedHandler<Env>;
