// Helpers for tests in workerd: call the Worker, play scenarios, wait for results, change and crash objects.

import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env, exports, waitUntil } from "cloudflare:workers";
import { expect, vi } from "vitest";
import { indexIn, webhookEndpointsIn } from "../../src/account/accounts.ts";
import { apiKeysIn } from "../../src/api-keys/keys.ts";
import { KnownKeys } from "../../src/api-keys/known-keys.ts";
import { modelsIn } from "../../src/catalogue/models.ts";
import { systemClock } from "../../src/clock.ts";
import { configOf } from "../../src/config.ts";
import type { GenerationView } from "../../src/contract/generation.ts";
import type { ProblemView } from "../../src/contract/problem.ts";
import { changesBetween } from "../../src/core/generation/changes.ts";
import { draftOf } from "../../src/core/generation/draft.ts";
import type { Life } from "../../src/core/generation/life.ts";
import type { Generation } from "../../src/core/generation/record.ts";
import type { Delivery } from "../../src/core/webhooks/delivery.ts";
import { generationsIn } from "../../src/generation/generations.ts";
import { GenerationStore } from "../../src/generation/store.ts";
import type { Gateways } from "../../src/http/app-env.ts";
import type { Env } from "../../src/index.ts";
import { KnownLines, queuePlacesIn } from "../../src/queue/queues.ts";
import { videoFiles } from "../../src/videos/files.ts";
import { stagedInputs } from "../../src/videos/staged-inputs.ts";
import { holdToDescription, holdWebhook } from "../support/description.ts";
import type { Call, Scenario } from "../support/scenario.ts";

export const ORIGIN = "https://reelhook.example.com";
export const LIVE = "rh_live_acme_0123456789";
/** Another key of the same account and mode as `LIVE`. */
export const SECOND = "rh_live_acme_second_0123456789";
export const TEST = "rh_test_acme_0123456789";
export const ADMIN = "rh_admin_acme_0123456789";
export const OTHER = "rh_live_other_0123456789";

export const testEnv = env as unknown as Env & Record<string, string>;
export const WORLD = testEnv["AIMLAPI_BASE_URL"] ?? "";

/** The real gateways, for an app with other settings or with one gateway replaced. Logs nothing. */
export function gateways(replaced: Partial<Gateways> = {}): Gateways {
  return {
    generations: generationsIn(testEnv.GENERATIONS),
    index: indexIn(testEnv.ACCOUNTS),
    webhookEndpoints: webhookEndpointsIn(testEnv.ACCOUNTS),
    apiKeys: apiKeysIn({ namespace: testEnv.KEYS, known: new KnownKeys(), clock: systemClock }),
    queuePlaces: queuePlacesIn({
      namespace: testEnv.QUEUES,
      clock: systemClock,
      known: new KnownLines(),
      apiKey: configOf(testEnv).aimlapiKey,
      maxConcurrent: 0,
    }),
    videos: videoFiles(testEnv.VIDEOS),
    inputs: stagedInputs(testEnv.VIDEOS),
    models: modelsIn(testEnv.CATALOGUE, {
      extraModels: configOf(testEnv).extraModels,
      clock: systemClock,
      detach: waitUntil,
    }),
    clock: { now: () => Date.now(), random: () => 0 },
    log: { info() {}, error() {} },
    ...replaced,
  };
}

/** The body of a refused request, which must be problem details. */
export async function problemOf(response: Response): Promise<ProblemView> {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const problem = await response.json<ProblemView>();
  expect(problem).toMatchObject({
    type: expect.stringContaining(problem.code),
    title: expect.any(String),
    status: response.status,
    detail: expect.any(String),
    request_id: response.headers.get("x-request-id"),
  });
  return problem;
}

interface CallOptions {
  readonly key?: string | null;
  readonly method?: string;
  readonly json?: unknown;
  readonly headers?: Record<string, string>;
  readonly body?: BodyInit;
}

/** Calls the Worker. @throws if the answer does not match the OpenAPI description. */
export async function call(
  path: string,
  { key = LIVE, method, json, headers = {}, body }: CallOptions = {},
): Promise<Response> {
  const url = path.startsWith("http") ? path : ORIGIN + path;
  const response = await exports.default.fetch(
    new Request(url, {
      method: method ?? (json === undefined && body === undefined ? "GET" : "POST"),
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(json === undefined ? (body === undefined ? {} : { body }) : { body: JSON.stringify(json) }),
    }),
  );
  await holdToDescription(method ?? (json === undefined && body === undefined ? "GET" : "POST"), url, response);
  return response;
}

let scenarios = 0;

export interface Played {
  readonly name: string;
  /** A prompt that selects the scenario. */
  readonly prompt: string;
  hook(receiver: string): string;
  /** Calls that the scenario has received. @throws if a webhook does not match the OpenAPI description. */
  calls(kind?: Call["kind"]): Promise<Call[]>;
}

export async function play(scenario: Scenario): Promise<Played> {
  const name = `s${++scenarios}-${crypto.randomUUID().slice(0, 8)}`;
  const address = `${WORLD}/_scenarios/${name}`;
  await (await fetch(address, { method: "PUT", body: JSON.stringify(scenario) })).text();
  return {
    name,
    prompt: `scenario=${name}`,
    hook: (receiver) => `${WORLD}/hooks/${name}/${receiver}`,
    async calls(kind) {
      const calls = await (await fetch(address)).json<Call[]>();
      for (const { kind, body } of calls) if (kind === "hook") holdWebhook(body);
      return kind === undefined ? calls : calls.filter((made) => made.kind === kind);
    },
  };
}

/** A valid request for the default model. */
export function request(prompt: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { prompt, video_url: "https://example.com/raccoon.mp4", ...more };
}

export async function submit(json: unknown, options: CallOptions = {}): Promise<GenerationView> {
  const response = await call("/v1/generations", { json, ...options });
  if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
  return response.json<GenerationView>();
}

export async function read(id: string, key: string = LIVE): Promise<GenerationView> {
  return (await call(`/v1/generations/${id}`, { key })).json<GenerationView>();
}

/** Calls `ask` every 20 ms until `holds` accepts its answer. @throws after `patienceMs`. */
export async function eventually<T>(
  ask: () => Promise<T>,
  holds: (answer: T) => boolean,
  patienceMs = 25_000,
): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`not reached in time; last answer: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function finished(id: string, key: string = LIVE): Promise<GenerationView> {
  return eventually(
    () => read(id, key),
    ({ status }) => status === "completed" || status === "failed" || status === "canceled",
  );
}

/** Changes a saved record, for example to skip hours of waiting. */
export function amend(id: string, change: (generation: Generation) => Generation): Promise<void> {
  return amendLife(id, (life) => ({ ...life, generation: change(life.generation) }));
}

export function amendDeliveries(id: string, change: (delivery: Delivery) => Delivery): Promise<void> {
  return amendLife(id, (life) => ({ ...life, deliveries: life.deliveries.map(change) }));
}

/** Writes through the object's own store, found by a spy: it caches the record and would miss a write around it. */
function amendLife(id: string, change: (life: Life) => Life): Promise<void> {
  return runInDurableObject(stub(id), (object) => {
    const load = vi.spyOn(GenerationStore.prototype, "load");
    object.findVideo();
    const store = load.mock.contexts[0] as GenerationStore;
    load.mockRestore();
    const life = store.load();
    if (life === null) return;
    const after = draftOf(change(life));
    store.commit(after, changesBetween(life, after));
  });
}

/** Runs the object's alarm now instead of when it is due. */
export async function wake(id: string): Promise<void> {
  await runDurableObjectAlarm(stub(id)).catch(() => {});
}

export function record(id: string): Promise<{ generation: Generation; deliveries: Delivery[]; alarm: number | null }> {
  return runInDurableObject(stub(id), async (_, { storage }) => ({
    generation: storage.kv.get<Generation>("generation") as Generation,
    deliveries: Array.from(storage.kv.list<Delivery>({ prefix: "delivery:" }), ([, delivery]) => delivery),
    alarm: await storage.getAlarm(),
  }));
}

/** Aborts the object like a crash: its memory is lost, its writes are kept. */
export async function crash(id: string): Promise<void> {
  await runInDurableObject(stub(id), async (_, state) => {
    await state.storage.sync();
    state.abort("aborted by the test");
  }).catch(() => {});
}

/** Makes the canceled job's next poll due at once instead of in a minute. */
export async function pollNow(id: string): Promise<void> {
  // A new object polls the slot that its alarm was set for.
  await crash(id);
  const at = Date.now() + 100;
  await amend(id, (generation) => {
    const { state } = generation;
    if (state.phase !== "canceled" || state.leftover === undefined || !("job" in state.leftover)) {
      throw new Error("no job is left at the provider");
    }
    const job = { ...state.leftover.job, acceptedAt: at - 60_000, polledFrom: at - 60_000 };
    return { ...generation, state: { ...state, leftover: { ...state.leftover, job } } };
  });
  await runInDurableObject(stub(id), (_, { storage }) => storage.setAlarm(at));
}

export function stub(id: string) {
  const { GENERATIONS } = testEnv;
  return GENERATIONS.get(GENERATIONS.idFromName(id));
}
