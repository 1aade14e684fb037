// The composition root: exports the Worker and its Durable Object classes, and makes every adapter that they use.

import { waitUntil } from "cloudflare:workers";
import { accountsIn, indexIn, webhookEndpointsIn } from "./account/accounts.ts";
import { AccountObject as AccountObjectBase } from "./account/object.ts";
import { apiKeysIn } from "./api-keys/keys.ts";
import { KnownKeys } from "./api-keys/known-keys.ts";
import { ApiKeysObject as ApiKeysObjectBase } from "./api-keys/object.ts";
import { modelsIn } from "./catalogue/models.ts";
import { CatalogueObject as CatalogueObjectBase } from "./catalogue/object.ts";
import { systemClock as clock } from "./clock.ts";
import { configOf, type Settings, urlRules } from "./config.ts";
import type { ProviderName } from "./contract/words.ts";
import type { Adapters } from "./generation/executor.ts";
import { generationsForAccountIn, generationsForQueueIn, generationsIn } from "./generation/generations.ts";
import { GenerationObject as GenerationObjectBase } from "./generation/object.ts";
import type { Provider, WebhookSender } from "./generation/ports.ts";
import { createApp } from "./http/app.ts";
import { type Log, logFor } from "./log.ts";
import { aimlapi } from "./providers/aimlapi.ts";
import { aimlapiCatalogue } from "./providers/aimlapi-catalogue.ts";
import { sandbox, sandboxVideos } from "./providers/sandbox.ts";
import { QueueObject as QueueObjectBase } from "./queue/object.ts";
import { KnownLines, type QueueSettings, queueFor, queuePlacesIn } from "./queue/queues.ts";
import { openRemoteVideo } from "./videos/download.ts";
import { videoFiles } from "./videos/files.ts";
import { linkSigner } from "./videos/links.ts";
import type { VideoSource } from "./videos/source.ts";
import { stagedInputs } from "./videos/staged-inputs.ts";
import { videoStore } from "./videos/store.ts";
import { webhookSender } from "./webhooks/send.ts";

/** The bindings of the Worker, declared in wrangler.toml. */
export interface Env extends Settings {
  readonly ACCOUNTS: DurableObjectNamespace<AccountObjectBase>;
  readonly CATALOGUE: DurableObjectNamespace<CatalogueObjectBase>;
  readonly KEYS: DurableObjectNamespace<ApiKeysObjectBase>;
  readonly GENERATIONS: DurableObjectNamespace<GenerationObjectBase>;
  readonly QUEUES: DurableObjectNamespace<QueueObjectBase>;
  readonly VIDEOS: R2Bucket;
  /** Static assets: the pages and /openapi.json. Without it they are 404. */
  readonly ASSETS?: Fetcher;
  /** Limits requests per API key. Without it there is no limit. */
  readonly RATE_LIMITER?: RateLimit;
  /** Receives counts, durations and outcomes for charts. Off by default. */
  readonly ANALYTICS?: AnalyticsEngineDataset;
  /** Client certificate for endpoints that require one: https://developers.cloudflare.com/workers/runtime-apis/bindings/mtls/ */
  readonly WEBHOOK_CERTIFICATE?: Fetcher;
}

/** Shared by all objects of this isolate. */
const knownLines = new KnownLines();

/** Shared by all requests of this isolate. */
const knownKeys = new KnownKeys();

const send: typeof fetch = (input, init) => fetch(input, init);

const app = createApp((env: Env) => ({
  generations: generationsIn(env.GENERATIONS),
  index: indexIn(env.ACCOUNTS),
  webhookEndpoints: webhookEndpointsIn(env.ACCOUNTS),
  apiKeys: apiKeysIn({ namespace: env.KEYS, known: knownKeys, clock }),
  queuePlaces: queuePlacesIn(queueSettings(env)),
  videos: videoFiles(env.VIDEOS),
  inputs: stagedInputs(env.VIDEOS),
  models: modelsIn(env.CATALOGUE, { extraModels: configOf(env).extraModels, clock, detach: waitUntil }),
  clock,
  log: logFor(env),
}));

export default { fetch: app.fetch } satisfies ExportedHandler<Env>;

export class GenerationObject extends GenerationObjectBase {
  constructor(ctx: DurableObjectState, env: Env) {
    const log = logFor(env);
    super(ctx, env, {
      clock,
      log,
      adapters: (origin) => adaptersOf(env, origin, log),
      hasLine: ({ provider, scope }) => queueFor(provider, scope, queueSettings(env)).hasLine(),
    });
  }
}

export class AccountObject extends AccountObjectBase {
  constructor(ctx: DurableObjectState, env: Env) {
    const generations = generationsForAccountIn(env.GENERATIONS);
    super(ctx, env, {
      clock,
      log: logFor(env),
      generations,
      webhookSender: (origin) => webhookSenderOf(env, origin),
      certificateHosts: () => configOf(env).certificateHosts,
      deliveriesPerSecond: () => configOf(env).deliveriesPerSecond,
    });
  }
}

export class ApiKeysObject extends ApiKeysObjectBase {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, { clock });
  }
}

export class CatalogueObject extends CatalogueObjectBase {
  constructor(ctx: DurableObjectState, env: Env) {
    const source = () => aimlapiCatalogue({ baseUrl: configOf(env).aimlapiBaseUrl, fetch: send });
    super(ctx, env, { clock, log: logFor(env), source });
  }
}

export class QueueObject extends QueueObjectBase {
  constructor(ctx: DurableObjectState, env: Env) {
    // PROVIDER_MAX_CONCURRENT is about the provider's key, which the sandbox does not have.
    const isSandbox = ctx.id.name?.startsWith("sandbox/") === true;
    const settings = () => {
      const { pollIntervalMs: intervalMs, maxConcurrent } = configOf(env);
      return { intervalMs, maxConcurrent: isSandbox ? 0 : maxConcurrent };
    };
    super(ctx, env, { clock, log: logFor(env), generations: generationsForQueueIn(env.GENERATIONS), settings });
  }
}

function queueSettings(env: Env): QueueSettings {
  const { aimlapiKey: apiKey, maxConcurrent } = configOf(env);
  return { namespace: env.QUEUES, clock, known: knownLines, apiKey, maxConcurrent };
}

/** The adapters of a generation, for the current configuration. */
function adaptersOf(env: Env, origin: string, log: Log): Adapters {
  const { signingSecrets, publicUrl } = configOf(env);
  return {
    provider: (name) => providerOf(env, name, { origin, log }),
    videos: videoStore(env.VIDEOS, (name) => videoSourceOf(env, name, origin)),
    inputs: stagedInputs(env.VIDEOS),
    webhooks: webhookSenderOf(env, origin),
    links: linkSigner({ signingSecrets, clock }),
    accounts: accountsIn(env.ACCOUNTS),
    queue: (provider, scope) => queueFor(provider, scope, queueSettings(env)),
    clock,
    publicUrl,
  };
}

function providerOf(env: Env, name: ProviderName, { origin, log }: { origin: string; log: Log }): Provider {
  if (name === "sandbox") return sandbox(clock);
  const config = configOf(env);
  return aimlapi({
    apiKey: config.aimlapiKey,
    baseUrl: config.aimlapiBaseUrl,
    fetch: send,
    clock,
    rules: urlRules(config, origin),
    onUnknownStatus: (status) => log.info("provider.unknown_status", { status }),
    onMissingLink: (job, answer) => log.info("provider.missing_link", { job, answer }),
  });
}

function videoSourceOf(env: Env, name: ProviderName, origin: string): VideoSource {
  if (name === "sandbox") return sandboxVideos;
  const rules = urlRules(configOf(env), origin);
  return { open: (url, signal, resume) => openRemoteVideo(url, signal, { fetch: send, rules }, resume) };
}

/** @param origin this Worker's own origin, which it must never call. */
function webhookSenderOf(env: Env, origin: string): WebhookSender {
  const config = configOf(env);
  return webhookSender({
    fetch: send,
    certificate: env.WEBHOOK_CERTIFICATE ?? null,
    certificateHosts: config.certificateHosts,
    clock,
    rules: urlRules(config, origin),
    signingSecrets: config.signingSecrets,
  });
}
